/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a base domain. A domain that assigns devices decides which: options add and
 * take away. One that assigns none is a new VM as soon as an option names its GPUs. One of several
 * VMs gets its share of the host as a new VM does, besides what its domain assigns. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/select_base.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "domain/assigned.h"
#include "domain/base.h"
#include "domain/tree.h"
#include "plan/select_near.h"
#include "plan/selection.h"

static enum mode mode_of(const char *text, enum mode unset)
{
	if (!text)
		return unset;
	return !strcmp(text, "all")  ? MODE_ALL :
	       !strcmp(text, "near") ? MODE_NEAR :
	       !strcmp(text, "none") ? MODE_NONE :
				       MODE_LIST;
}

/* Those that the host does not have count as well. */
static bool has_devices(const struct base *base)
{
	for (size_t i = 0; i < base->count; i++)
		if (base->items[i].assigned && !base->items[i].held)
			return true;
	return false;
}

void find_assigned(struct selection *selection)
{
	const struct hgx_plan *plan = selection->plan;
	const struct hgx_plan_options *options = &plan->options;
	bool dealt = options->vms || options->partition;

	for (size_t i = 0; plan->base && i < selection->count; i++) {
		struct candidate *candidate = &selection->items[i];
		const struct base_item *item = base_item_of(plan->base, candidate->node);

		candidate->held = item && item->held;
		candidate->assigned = item && !item->held;
	}
	selection->own = plan->base && !dealt && (has_devices(plan->base) || !options->gpus);
	selection->gpus = mode_of(options->gpus, selection->own ? MODE_OWN : MODE_ALL);
	selection->nics = mode_of(options->nics, selection->own ? MODE_OWN : MODE_NEAR);
	selection->nvme = mode_of(options->nvme, selection->own ? MODE_OWN : MODE_NEAR);
}

/* The other VM has it, too. */
static int refuse_elsewhere(struct selection *selection, const struct candidate *item)
{
	const struct hgx_plan *plan = selection->plan;
	const struct base_item *element = base_item_of(plan->base, item->node);
	struct title title = node_title(item->node);
	unsigned vm = item->owner + 1, vms = plan->share.vms;

	if (plan->options.partition)
		return base_refuse(plan->base, element, RULE_DOMAIN_DEVICE_ELSEWHERE,
				   selection->err,
				   "it assigns %.100s, which belongs to another partition; remove "
				   "the element, or plan the partition that has it",
				   title.text);
	return base_refuse(plan->base, element, RULE_DOMAIN_DEVICE_ELSEWHERE, selection->err,
			   "it assigns %.100s, which belongs to VM %u of %u; remove the element, "
			   "or plan that VM (%s)",
			   title.text, vm, vms, option_vms(plan->options.words, vm, vms).text);
}

static bool has_others(const struct share *share)
{
	for (size_t i = 0; i < share->count; i++)
		if (share->owners[i] != share->vm)
			return true;
	return false;
}

/* The plans of the other VMs do not know that this domain has it. */
static void note_unowned(struct selection *selection, const struct candidate *item)
{
	struct hgx_plan *plan = selection->plan;

	if (has_others(&plan->share))
		plan_note(plan, RULE_BASE_DEVICE_UNOWNED, HGX_WARNING, item->node,
			  arena_format(&plan->arena,
				       "make sure that the domain of no other VM assigns it, or "
				       "take it out with %s",
				       option_value(plan->options.words, OPTION_SKIP, "%s",
						    item->node->name)
					       .text),
			  "%s goes to the VM because the base domain assigns it, but it is in the "
			  "share of no VM",
			  node_title(item->node).text);
}

int take_assigned(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if ((!item->assigned && !item->held) || item->skipped)
			continue;
		if (item->other_vm)
			return refuse_elsewhere(selection, item);
		if (item->owner == NO_VM)
			note_unowned(selection, item);
		if (item->held)
			continue;
		give(selection, item, selection->plan->share.vm);
		item->reason = NULL;
		item->with = NULL;
	}
	return HGX_OK;
}

static int refuse_skipped(struct selection *selection)
{
	struct option_text skip = plan_option(selection->plan, OPTION_SKIP);

	return fail_option(selection->err, RULE_DOMAIN_ASSIGNS_NOTHING, OPTION_SKIP,
			   "%s leaves out every device that the base domain assigns; name others, "
			   "or leave out %s",
			   skip.text, skip.text);
}

int check_assigned(struct selection *selection)
{
	const struct hgx_plan *plan = selection->plan;

	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].chosen)
			return HGX_OK;
	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].assigned)
			return refuse_skipped(selection);
	if (plan->only_pci)
		return fail_option(
			selection->err, RULE_DOMAIN_ASSIGNS_NOTHING, OPTION_BASE,
			"%.100s assigns no device of this host; add a <hostdev> for each "
			"to it, or leave out %s",
			plan->base->name, plan_option(plan, OPTION_ONLY).text);
	return fail_option(selection->err, RULE_DOMAIN_ASSIGNS_NOTHING, OPTION_BASE,
			   "%.100s assigns no device of this host, and no option "
			   "names one; use %s, or name devices",
			   plan->base->name,
			   option_value(plan->options.words, OPTION_GPUS, "all").text);
}

/* What the domain assigns stays, so an option that wants none of a kind cannot be followed. */
static const struct unwanted {
	enum hgx_kind kind;
	enum option_id option;
} unwanted[] = {
	{ HGX_GPU, OPTION_GPUS },
	{ HGX_NIC, OPTION_NICS },
	{ HGX_NVME, OPTION_NVME },
	{ HGX_NVSWITCH, OPTION_NVSWITCH },
};

static bool wants_none(const struct selection *selection, enum hgx_kind kind)
{
	return kind == HGX_GPU	? selection->gpus == MODE_NONE :
	       kind == HGX_NIC	? selection->nics == MODE_NONE :
	       kind == HGX_NVME ? selection->nvme == MODE_NONE :
				  selection->plan->options.nvswitch == HGX_NVSWITCH_NONE;
}

static int check_unwanted(struct selection *selection, const struct unwanted *row)
{
	int words = selection->plan->options.words;

	for (size_t i = 0; wants_none(selection, row->kind) && i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (item->assigned && !item->skipped && item->node->kind == row->kind)
			return fail_about(
				selection->err, RULE_OPTIONS_CONFLICT, row->option,
				item->node->name,
				"%s takes nothing out of a domain, and this one assigns "
				"%s; take it out with %s",
				option_value(words, row->option, "none").text,
				node_title(item->node).text,
				option_value(words, OPTION_SKIP, "%s", item->node->name).text);
	}
	return HGX_OK;
}

int check_effects(struct selection *selection)
{
	const struct hgx_plan *plan = selection->plan;
	int code = HGX_OK;

	if (plan->options.vf && selection->nics == MODE_OWN)
		return fail_option(
			selection->err, RULE_OPTION_INCOMPLETE, OPTION_VF,
			"%s shares NICs that an option chooses, but this domain chooses its own; "
			"add %s, or leave out %s",
			plan_flag(plan, OPTION_VF).text,
			option_value(plan->options.words, OPTION_NICS, "near").text,
			plan_option(plan, OPTION_VF).text);
	for (size_t i = 0; !code && i < ARRAY_SIZE(unwanted); i++)
		code = check_unwanted(selection, &unwanted[i]);
	return code;
}

/* ---- what the operator is told */

static void note_stay(struct selection *selection, const struct candidate *item)
{
	if (item->chosen && item->stay)
		plan_note(selection->plan, RULE_BASE_DEVICE_STAYS, HGX_WARNING, item->node,
			  "free it, or remove it from the domain",
			  "%s goes to the VM because the base domain assigns it, but %s",
			  node_title(item->node).text, item->stay);
}

/* The first function of its group that goes to the VM. */
static const struct hgx_node *group_mate(const struct selection *selection,
					 const struct candidate *out)
{
	const struct hgx_pci *pci = out->node->pci;

	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].chosen &&
		    selection->items[i].node->pci->iommu_group == pci->iommu_group)
			return selection->items[i].node;
	return NULL;
}

static const char *way_to_add(struct hgx_plan *plan, const struct candidate *out)
{
	enum option_id option = kind_computes(out->node->kind) ? OPTION_GPUS : OPTION_ADD;

	if (out->other_vm)
		return "enable ACS on the ports between them";
	if (plan->only_pci)
		return "add a <hostdev> for it to the domain";
	return arena_format(&plan->arena, "add it with %s",
			    option_value(plan->options.words, option, "%s", out->node->name).text);
}

/* Of one that the host needs note_stay() speaks; a virtual function vanishes with its physical
 * function, or is somebody else's. */
static void note_group(struct selection *selection, const struct candidate *out)
{
	const struct hgx_pci *pci = out->node->pci;
	const struct hgx_node *in;

	if (out->chosen || out->held || out->stay || pci->iommu_group < 0 || pci->physical_function)
		return;
	in = group_mate(selection, out);
	if (!in)
		return;
	plan_note(
		selection->plan, RULE_GROUP_INCOMPLETE, HGX_WARNING, out->node,
		way_to_add(selection->plan, out),
		"%s is in IOMMU group %d with %s, but it is not in the VM: a VM only starts if it "
		"has the whole group or if no driver of the host uses the rest",
		node_title(out->node).text, pci->iommu_group, in->name);
}

/* How many more devices of the kind the VM would get if those near its GPUs were asked for. */
static size_t count_near(const struct selection *selection, enum hgx_kind kind, enum mode mode)
{
	struct selection trial = *selection;
	struct findings *findings = &selection->plan->findings;
	size_t before = findings->count, more = 0;

	if (mode != MODE_OWN)
		return 0;
	trial.err = NULL;
	trial.items = malloc(selection->count * sizeof(*trial.items));
	if (!trial.items)
		return 0;
	memcpy(trial.items, selection->items, selection->count * sizeof(*trial.items));
	for (size_t i = 0; i < trial.count; i++)
		trial.items[i].group = NULL;
	if (!choose_near(&trial, kind, MODE_NEAR))
		for (size_t i = 0; i < trial.count; i++)
			more += trial.items[i].chosen && !selection->items[i].chosen;
	free(trial.items);
	findings->count = before; /* of a choice that is not made */
	return more;
}

static size_t count_fabric(const struct selection *selection)
{
	size_t more = 0;

	if (!selection->whole_board || selection->plan->options.nvswitch != HGX_NVSWITCH_AUTO)
		return 0;
	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		more += is_of_fabric(item->node) && !item->chosen && !item->stay && !item->skipped;
	}
	return more;
}

static const char *with_count(struct hgx_plan *plan, const char *before, size_t count,
			      const char *what, struct option_text option)
{
	if (!count)
		return before;
	return arena_format(&plan->arena, "%s%s%s: %zu (%s)", before, *before ? ", " : "", what,
			    count, option.text);
}

/* Who adds GPUs to a domain may expect what a new VM gets with them. */
static void note_alone(struct selection *selection)
{
	struct hgx_plan *plan = selection->plan;
	int words = plan->options.words;
	const char *text = "";

	if (!selection->own || selection->gpus == MODE_OWN)
		return;
	text = with_count(plan, text, count_fabric(selection), "functions of the NVSwitch board",
			  option_value(words, OPTION_NVSWITCH, "all"));
	text = with_count(plan, text, count_near(selection, HGX_NIC, selection->nics), "near NICs",
			  option_value(words, OPTION_NICS, "near"));
	text = with_count(plan, text, count_near(selection, HGX_NVME, selection->nvme),
			  "near NVMe drives", option_value(words, OPTION_NVME, "near"));
	if (*text)
		plan_note(plan, RULE_BASE_ALONE, HGX_NOTE, NULL, NULL,
			  "the domain assigns devices, so nothing else comes along with its GPUs; "
			  "a new VM would also get %s",
			  text);
}

void note_assigned(struct selection *selection)
{
	if (!selection->plan->base)
		return;
	note_alone(selection);
	for (size_t i = 0; i < selection->count; i++) {
		note_stay(selection, &selection->items[i]);
		note_group(selection, &selection->items[i]);
	}
}
