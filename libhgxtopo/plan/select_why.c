/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a device must stay with the host. VFIO assigns IOMMU groups only as a whole (Linux
 * Documentation/driver-api/vfio.rst), so a device that the host needs keeps its group
 * there. Then the findings about devices left out. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan/select_why.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/classify.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "domain/base.h"
#include "plan/select_list.h"
#include "plan/selection.h"

static int by_group(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a;
	const struct candidate *y = *(struct candidate *const *)b;
	int one = x->node->pci->iommu_group, two = y->node->pci->iommu_group;

	if (one != two)
		return one < two ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Chains the members of each IOMMU group. */
static int find_groups(struct selection *selection)
{
	struct candidate **members = calloc(selection->count + 1, sizeof(*members));
	size_t count = 0;

	if (!members)
		return fail_memory(selection->err);
	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].node->pci->iommu_group >= 0)
			members[count++] = &selection->items[i];
	qsort(members, count, sizeof(*members), by_group);
	for (size_t i = 0; i < count; i++) {
		struct candidate *item = members[i], *before = i ? members[i - 1] : NULL;

		item->group = item;
		if (!before || before->node->pci->iommu_group != item->node->pci->iommu_group)
			continue;
		item->group = before->group;
		before->group_next = item;
	}
	selection->groups = count > 0;
	free(members);
	return HGX_OK;
}

/* A virtual function that the host needs keeps its physical function on the host. */
static void find_needed_functions(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		const struct hgx_pci *pci = selection->items[i].node->pci;
		struct candidate *physical;

		if (!pci->physical_function || !pci->host_use)
			continue;
		physical = candidate_of(selection, pci->physical_function);
		if (physical && physical->node->pci->sriov_enabled && !physical->needed)
			physical->needed = selection->items[i].node;
	}
}

static void find_keepers(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->group && !item->group->keeper &&
		    (item->node->pci->host_use || item->needed))
			item->group->keeper = item;
	}
}

static const char *need_of(const struct selection *selection, const struct candidate *item)
{
	if (item->node->pci->host_use || !item->needed)
		return item->node->pci->host_use;
	return arena_format(&selection->plan->arena, "its virtual function %s: %s",
			    item->needed->name, item->needed->pci->host_use);
}

/* A device behind a VMD controller that the host needs, or NULL. The controller takes it away. */
static const struct hgx_node *needed_behind(const struct selection *selection,
					    const struct hgx_node *vmd)
{
	for (size_t i = 0; is_vmd(vmd) && i < selection->count; i++) {
		const struct hgx_node *node = selection->items[i].node;

		if (node->pci->host_use && vmd_of(node) == vmd)
			return node;
	}
	return NULL;
}

/* Why a VMD controller, or what is behind one, must stay; otherwise as why_not(). */
static const char *why_not_vmd(const struct selection *selection, const struct hgx_node *node,
			       enum rule_id *rule, const struct hgx_node **cause)
{
	const struct hgx_node *behind = needed_behind(selection, node), *vmd = vmd_of(node);
	struct arena *arena = &selection->plan->arena;

	if (behind) {
		*rule = RULE_DEVICE_IN_USE;
		*cause = behind;
		return arena_format(arena, "the host needs %s behind it (%s)",
				    node_title(behind).text, behind->pci->host_use);
	}
	if (!vmd || node->pci->host_use)
		return NULL;
	*rule = RULE_DEVICE_BEHIND_VMD;
	*cause = vmd;
	return arena_format(
		arena,
		"it is behind the VMD controller %s, which only goes to a VM with all "
		"that is behind it: name the controller, or turn off VMD in the firmware",
		vmd->name);
}

/* Why a device must stay with the host; NULL if it need not. Sets @rule to the refusal
 * for a user who names it, @cause to another function that makes it stay, or NULL. */
static const char *why_not(const struct selection *selection, const struct candidate *item,
			   enum rule_id *rule, const struct hgx_node **cause)
{
	const struct hgx_node *node = item->node, *function = item->needed;
	const struct candidate *holder;
	struct arena *arena = &selection->plan->arena;
	const char *of_vmd = why_not_vmd(selection, node, rule, cause);

	if (of_vmd)
		return of_vmd;
	*rule = RULE_DEVICE_IN_USE;
	*cause = function;
	if (function)
		return arena_format(arena, "the host needs its virtual function %s (%s)",
				    function->name, function->pci->host_use);
	if (finding_has(&node->topo->findings, RULE_NO_ANSWER, node)) {
		*rule = RULE_DEVICE_SILENT;
		return "it does not answer: its configuration space reads as all ones";
	}
	if (selection->groups && node->pci->iommu_group < 0) {
		*rule = RULE_DEVICE_WITHOUT_GROUP;
		return "it has no IOMMU group, so it cannot be assigned; check that the "
		       "firmware's DMAR or IVRS table covers its root bus";
	}
	if (node->pci->host_use)
		return arena_format(arena, "the host needs it (%s)", node->pci->host_use);
	if (is_shared_gpu(node))
		return "its virtual functions are GPUs of their own and would vanish with it";
	*rule = RULE_GROUP_IN_USE;
	holder = item->group ? item->group->keeper : NULL;
	*cause = holder ? holder->node : NULL;
	if (holder)
		return arena_format(
			arena,
			"its IOMMU group %d also holds %s, which the host needs (%s), and a "
			"group can only be assigned as a whole; enable ACS on the ports between "
			"them",
			node->pci->iommu_group, node_title(holder->node).text,
			need_of(selection, holder));
	return NULL;
}

int find_stay_reasons(struct selection *selection)
{
	if (find_groups(selection))
		return HGX_NO_MEMORY;
	find_needed_functions(selection);
	find_keepers(selection);
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		item->stay = why_not(selection, item, &item->stay_rule, &item->holder);
		if (is_vmd(item->node))
			item->reason = "what is behind it stays with the host; name it to give the "
				       "VM the controller with all of that";
		item->doubtful = finding_has(&item->node->topo->findings,
					     RULE_NVLINK_MANAGER_UNKNOWN, item->node);
	}
	return HGX_OK;
}

static int refuse_split(struct selection *selection, const struct candidate *in,
			const struct candidate *out)
{
	int words = selection->plan->options.words;
	char title[sizeof(struct title)];
	const char *why = out->other_vm ? "it belongs to another VM" :
			  out->reason	? out->reason :
					  "it was not asked for";

	snprintf(title, sizeof(title), "%.120s", node_title(in->node).text);
	return fail_node(
		selection->err, RULE_GROUP_SPLIT, in->node->name,
		"%s is in IOMMU group %d together with %.120s, which is not in the VM (%s), but "
		"a group can only be assigned as a whole; take both (%s), leave out both (%s), "
		"or enable ACS on the ports between them",
		title, in->node->pci->iommu_group, node_title(out->node).text, why,
		option_value(words, OPTION_ADD, "%s", out->node->name).text,
		option_value(words, OPTION_SKIP, "%s", in->node->name).text);
}

static const struct candidate *missing_member(const struct candidate *first)
{
	const struct candidate *out = first;

	/* a virtual function vanishes with its physical function, or belongs to someone else */
	while (out && (out->chosen || out->node->pci->physical_function || out->stay))
		out = out->group_next;
	return out;
}

int check_groups(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *in = &selection->items[i];

		if (in == in->group)
			in->lacking = missing_member(in);
		/* the domain decides of its own devices */
		if (in->chosen && !in->assigned && in->group && in->group->lacking)
			return refuse_split(selection, in, in->group->lacking);
	}
	return HGX_OK;
}

static bool worth_a_line(const struct candidate *item)
{
	return (!item->node->pci->physical_function || counts_as_gpu(item->node)) &&
	       !item->other_vm &&
	       (item->node->kind != HGX_OTHER || item->node->pci->host_use ||
		is_storage_card(item->node) || is_unknown_card(item->node) || is_vmd(item->node));
}

/* The owner of a domain that has devices is not told of every one that it does not have. */
static bool was_asked_for(const struct selection *selection, const struct candidate *item)
{
	if (!selection->own || item->skipped)
		return true;
	switch (item->node->kind) {
	case HGX_GPU:
	case HGX_ACCELERATOR:
		return selection->gpus != MODE_OWN;
	case HGX_NIC:
		return selection->nics != MODE_OWN;
	case HGX_NVME:
		return selection->nvme != MODE_OWN;
	default:
		return is_of_fabric(item->node) &&
		       selection->plan->options.nvswitch != HGX_NVSWITCH_AUTO;
	}
}

static bool near_gpu_of_vm(const struct selection *selection, const struct hgx_node *node)
{
	const struct hgx_node *group = top_switch(node);

	for (size_t i = 0; group && i < selection->count; i++)
		if (selection->items[i].chosen && kind_computes(selection->items[i].node->kind) &&
		    top_switch(selection->items[i].node) == group)
			return true;
	return false;
}

/* Whether it belongs to a GPU that a VM planned apart may have. */
static bool comes_with_other(const struct selection *selection, const struct candidate *item)
{
	return selection->plan->share.apart && !item->stay && item->cause;
}

/* Whether the user would expect the device in the VM. A skipped one was left out on
 * purpose. */
static bool is_expected(const struct selection *selection, const struct candidate *item)
{
	const struct hgx_plan_options *options = &selection->plan->options;

	if (item->skipped)
		return false;
	if (selection->own && is_of_fabric(item->node))
		return item->stay && options->nvswitch == HGX_NVSWITCH_ALL;
	switch (item->node->kind) {
	case HGX_GPU:
	case HGX_ACCELERATOR:
		return item->stay && counts_as_gpu(item->node) && selection->gpus == MODE_ALL;
	case HGX_NVSWITCH:
	case HGX_NVLINK_MANAGER:
		return item->stay ||
		       (!selection->plan->share.dealt && selection->gpus == MODE_ALL &&
			!options->skip && options->nvswitch == HGX_NVSWITCH_AUTO);
	case HGX_NIC:
		return selection->nics == MODE_NEAR && !comes_with_other(selection, item) &&
		       near_gpu_of_vm(selection, item->node);
	case HGX_NVME:
		return selection->nvme == MODE_NEAR && !comes_with_other(selection, item) &&
		       near_gpu_of_vm(selection, item->node);
	default:
		return false;
	}
}

static void note_counts(struct selection *selection)
{
	size_t chipset = 0, virtuals = 0, others = 0;

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (item->chosen)
			continue;
		if (item->other_vm)
			others++;
		else if (item->node->pci->physical_function && !counts_as_gpu(item->node))
			virtuals++;
		else
			chipset += !worth_a_line(item);
	}
	if (others)
		plan_note(selection->plan, RULE_OTHER_VMS, HGX_NOTE, NULL, NULL,
			  others == 1 ? "%zu device goes to another VM" :
					"%zu devices go to the other VMs",
			  others);
	if (selection->own)
		return;
	if (virtuals)
		plan_note(selection->plan, RULE_LEFT_OUT_VIRTUAL, HGX_NOTE, NULL, NULL,
			  "left out: %zu virtual function%s", virtuals, virtuals == 1 ? "" : "s");
	if (chipset)
		plan_note(selection->plan, RULE_LEFT_OUT_CHIPSET, HGX_NOTE, NULL, NULL,
			  "left out: %zu other function%s: chipset and management, not GPUs, NICs, "
			  "NVMe drives or NVSwitches",
			  chipset, chipset == 1 ? "" : "s");
}

/* Few users want GPUs without a network. */
static void note_no_nic(struct selection *selection)
{
	size_t left = 0;

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (item->node->kind != HGX_NIC)
			continue;
		if (item->chosen)
			return;
		left += !item->stay && !item->node->pci->physical_function;
	}
	if (left && selection->nics == MODE_NEAR && selection->gpus != MODE_NONE)
		plan_note(selection->plan, RULE_NO_NIC, HGX_WARNING, NULL,
			  arena_format(&selection->plan->arena,
				       "see why each of them was left out; use %s, or name one "
				       "with %s",
				       plan_flag(selection->plan, OPTION_VF).text,
				       plan_option(selection->plan, OPTION_NICS).text),
			  "the VM gets no NIC");
}

static bool goes_with_vmd(const struct selection *selection, const struct hgx_node *node)
{
	const struct hgx_node *vmd = vmd_of(node);
	const struct candidate *item = vmd ? candidate_of(selection, vmd) : NULL;

	return item && item->chosen;
}

static void note_vmd(struct selection *selection, const struct hgx_node *vmd)
{
	size_t count = 0;

	for (size_t i = 0; i < selection->count; i++)
		count += vmd_of(selection->items[i].node) == vmd;
	if (count)
		plan_note(selection->plan, RULE_DEVICES_VANISH, HGX_WARNING, vmd,
			  "make sure that nobody uses them",
			  "%s has %zu device%s behind it, which vanish%s from the host when the "
			  "VM starts",
			  node_title(vmd).text, count, count == 1 ? "" : "s",
			  count == 1 ? "es" : "");
}

void note_left_out(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->chosen || !worth_a_line(item) || !was_asked_for(selection, item))
			continue;
		if (item->stay || !item->reason)
			item->reason = item->stay ? item->stay : "it was not asked for";
		if (goes_with_vmd(selection, item->node))
			item->reason = item->stay = arena_format(
				&selection->plan->arena,
				"the VMD controller %s, which it is behind, goes to the VM, and the "
				"guest finds the device behind it",
				vmd_of(item->node)->name);
		plan_note(selection->plan, RULE_LEFT_OUT,
			  is_expected(selection, item) ? HGX_WARNING : HGX_NOTE, item->node, NULL,
			  "left out: %s: %s", node_title(item->node).text, item->reason);
	}
	note_counts(selection);
	note_no_nic(selection);
	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (item->chosen && is_vmd(item->node))
			note_vmd(selection, item->node);
		if (item->chosen && item->node->pci->sriov_enabled)
			plan_note(selection->plan, RULE_FUNCTIONS_VANISH, HGX_WARNING, item->node,
				  "make sure that nobody uses them",
				  "%s has %d virtual function%s, which vanish%s when the VM starts",
				  node_title(item->node).text, item->node->pci->sriov_enabled,
				  item->node->pci->sriov_enabled == 1 ? "" : "s",
				  item->node->pci->sriov_enabled == 1 ? "es" : "");
	}
}

/* Beside a base domain, the VM takes only what an option says. */
static const char *whole_of(const struct hgx_plan *plan)
{
	const struct hgx_plan_options *options = &plan->options;
	const struct base *base = plan->base;
	const struct share *share = &plan->share;
	bool cores = !options->vcpus && !options->cpus && !(base && base->keeps_vcpus);
	bool memory = !options->memory && !options->memory_per_cell &&
		      !(base && base->keeps_memory);

	cores &= !share->divided || share->whole_cores;
	memory &= !share->divided || share->whole_memory;
	if (cores && memory)
		return "the cores and memory of the whole host";
	if (!base && !share->apart)
		return NULL;
	return cores  ? "the cores of the whole host" :
	       memory ? "all memory of the NUMA nodes that its cells are on" :
			NULL;
}

/* NCCL and RCCL know the GPUs of their makers only. */
static bool is_for_nccl(const struct hgx_node *node)
{
	return node->kind == HGX_GPU &&
	       (node->pci->vendor == 0x10de || node->pci->vendor == 0x1002);
}

void note_nccl_others(struct selection *selection)
{
	const struct hgx_node *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (!item->chosen || !counts_as_gpu(item->node) || is_for_nccl(item->node))
			continue;
		first = first ? first : item->node;
		count++;
	}
	if (count)
		plan_note(selection->plan, RULE_NCCL_OTHERS, HGX_NOTE, first, NULL,
			  "%s%s not in the NCCL file: NCCL and RCCL use the GPUs of NVIDIA and AMD "
			  "only",
			  node_title(first).text,
			  count == 1 ? " is" :
				       arena_format(&selection->plan->arena, " and %zu other%s are",
						    count - 1, count == 2 ? "" : "s"));
}

void note_whole_host(struct selection *selection)
{
	struct hgx_plan *plan = selection->plan;
	const char *whole = whole_of(plan);
	size_t left = 0, gpus = 0;

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (!counts_as_gpu(item->node) || item->chosen || item->stay)
			continue;
		left++;
		gpus += item->node->kind == HGX_GPU;
	}
	if (left && !plan->share.dealt && whole)
		plan_note(plan, RULE_WHOLE_HOST, HGX_WARNING, NULL,
			  arena_format(&plan->arena,
				       "for several VMs use %s or %s, for a smaller one %s and %s",
				       plan_option(plan, OPTION_VMS).text,
				       plan_option(plan, OPTION_PARTITION).text,
				       plan_option(plan, OPTION_VCPUS).text,
				       plan_option(plan, OPTION_MEMORY).text),
			  "the VM gets %s, although %zu %s%s free", whole, left,
			  gpus == left ? "GPU" :
			  gpus	       ? "GPUs and accelerator" :
					 "accelerator",
			  left == 1 ? " stays" : "s stay");
}
