/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a VM: GPUs, the NICs and NVMe drives near them, the NVSwitches if the VM
 * has the whole board, and what the user names. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/select.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "model/classify.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/partition.h"
#include "plan/select_base.h"
#include "plan/select_list.h"
#include "plan/select_near.h"
#include "plan/select_vf.h"
#include "plan/select_why.h"
#include "plan/selection.h"
#include "plan/share.h"
#include "plan/verdict.h"

static bool is_endpoint(const struct hgx_node *node)
{
	return node->pci && !kind_of(node->kind)->bridge;
}

static int name_device(struct selection *selection, struct candidate *item, enum option_id option)
{
	int code = check_free(selection, item, option);

	item->named = true;
	return code;
}

static int skip_device(struct selection *selection, struct candidate *item, enum option_id option)
{
	if (item->skipped)
		return fail_about(selection->err, RULE_DEVICE_TWICE, option, item->node->name,
				  "%s: %s is named twice",
				  plan_option(selection->plan, option).text, item->node->name);
	item->skipped = true;
	item->reason = arena_format(&selection->plan->arena, "%s leaves it out",
				    plan_option(selection->plan, option).text);
	return HGX_OK;
}

static int name_kind(struct selection *selection, struct candidate *item, enum option_id option,
		     enum hgx_kind kind)
{
	bool gpu = kind == HGX_GPU && kind_computes(item->node->kind);

	if (item->node->kind != kind && !gpu)
		return fail_about(selection->err, RULE_DEVICE_KIND, option, item->node->name,
				  "%s: %s is not %s %s; %s takes devices of any kind",
				  plan_option(selection->plan, option).text,
				  node_title(item->node).text, kind == HGX_NVME ? "an" : "a",
				  kind_of(kind)->label,
				  plan_option(selection->plan, OPTION_ADD).text);
	return name_device(selection, item, option);
}

static int name_gpu(struct selection *selection, struct candidate *item, enum option_id option)
{
	return name_kind(selection, item, option, HGX_GPU);
}

static int name_nic(struct selection *selection, struct candidate *item, enum option_id option)
{
	return name_kind(selection, item, option, HGX_NIC);
}

static int name_nvme(struct selection *selection, struct candidate *item, enum option_id option)
{
	return name_kind(selection, item, option, HGX_NVME);
}

static int add_device(struct selection *selection, struct candidate *item, enum option_id option)
{
	int code = check_free(selection, item, option);

	if (!code && counts_as_gpu(item->node))
		return fail_about(selection->err, RULE_DEVICE_KIND, option, item->node->name,
				  "%s: %s is %s; name the %s of a VM with %s",
				  plan_option(selection->plan, option).text,
				  node_title(item->node).text,
				  item->node->kind == HGX_GPU ? "a GPU" : "an accelerator",
				  kind_of(item->node->kind)->plural,
				  plan_option(selection->plan, OPTION_GPUS).text);
	item->named = true;
	if (code)
		return code;
	if (item->chosen)
		return HGX_OK;
	if (!item->other_vm)
		give(selection, item, nearest_owner(selection, item->node));
	if (item->other_vm)
		plan_note(selection->plan, RULE_ADDED_ELSEWHERE, HGX_NOTE, item->node, NULL,
			  "%s, named by %s, goes to another VM, whose GPUs are as near or nearer",
			  node_title(item->node).text, plan_option(selection->plan, option).text);
	return HGX_OK;
}

static int mark_added(struct selection *selection, struct candidate *item, enum option_id option)
{
	(void)selection;
	(void)option;
	item->added = true;
	return HGX_OK;
}

/* Marks the named devices. Runs before the GPUs are chosen. */
static int read_lists(struct selection *selection)
{
	const struct hgx_plan_options *options = &selection->plan->options;
	int code = HGX_OK;

	if (options->skip)
		code = list_read(selection, OPTION_SKIP, options->skip, skip_device);
	if (!code && options->add)
		code = list_read(selection, OPTION_ADD, options->add, mark_added);
	if (!code && selection->gpus == MODE_LIST)
		code = list_read(selection, OPTION_GPUS, options->gpus, name_gpu);
	if (!code && selection->nics == MODE_LIST)
		code = list_read(selection, OPTION_NICS, options->nics, name_nic);
	if (!code && selection->nvme == MODE_LIST)
		code = list_read(selection, OPTION_NVME, options->nvme, name_nvme);
	return code;
}

/* The domain decides of its GPUs, but does not change how several VMs divide the host. */
static bool has_gpu(const struct selection *selection, const struct candidate *item)
{
	return item->assigned && !item->skipped && selection->plan->options.vms < 2 &&
	       counts_as_gpu(item->node);
}

static const char *why_no_gpu(const struct selection *selection, const struct candidate *item)
{
	if (item->reason || has_gpu(selection, item))
		return item->reason;
	if (item->stay)
		return item->stay;
	if (!counts_as_gpu(item->node))
		return arena_format(&selection->plan->arena, "it is a virtual function of %s",
				    item->node->pci->physical_function->name);
	if (selection->gpus == MODE_OWN)
		return why_not_assigned();
	return selection->gpus == MODE_LIST && !item->named ? "it is not one of those named" : NULL;
}

static bool is_on_board(const struct candidate *item)
{
	return is_board_gpu(item->node);
}

static int share_board(struct selection *selection, const struct hgx_node **gpus)
{
	struct hgx_plan *plan = selection->plan;
	size_t count = 0;
	int code;

	for (size_t i = 0; i < selection->count; i++)
		if (is_on_board(&selection->items[i]))
			gpus[count++] = selection->items[i].node;
	code = share_partition(plan, gpus, count, selection->err);
	for (size_t i = 0; !code && i < count; i++) {
		const struct candidate *item = candidate_of(selection, gpus[i]);

		if (!share_owns(&plan->share, item->node, 0))
			continue;
		if (item->skipped || (item->stay && !item->assigned))
			code = fail_about(selection->err, RULE_PARTITION_INCOMPLETE,
					  OPTION_PARTITION, item->node->name,
					  "partition %s has %s, which cannot be assigned: %s",
					  plan->options.partition, node_title(item->node).text,
					  item->skipped ? item->reason : item->stay);
	}
	return code;
}

static bool gets_gpu(const struct hgx_node *gpu, const void *selection)
{
	return !candidate_of(selection, gpu)->reason;
}

/* Whether a VM of its own may get the GPU. One that is left out keeps its share, so that the
 * shares of the others do not depend on it. */
static bool has_share(const struct candidate *item)
{
	return !item->reason || (!item->stay && counts_as_gpu(item->node));
}

static int share_chosen(struct selection *selection, const struct hgx_node **gpus)
{
	bool named = selection->gpus == MODE_LIST && !selection->plan->options.vms;
	size_t count = 0, own = 0;

	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (!kind_computes(item->node->kind))
			continue;
		item->reason = why_no_gpu(selection, item);
		own += !item->reason;
		if (named ? has_share(item) : !item->reason)
			gpus[count++] = item->node;
	}
	if (named && own)
		return share_named(selection->plan, gpus, count, gets_gpu, selection,
				   selection->err);
	return share_gpus(selection->plan, gpus, named ? 0 : count, selection->err);
}

static int refuse_no_gpu(struct selection *selection)
{
	enum option_id option = selection->plan->options.gpus ? OPTION_GPUS : OPTION_NONE;
	const struct candidate *gpu = NULL;

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (kind_computes(item->node->kind) &&
		    (!gpu || (counts_as_gpu(item->node) && !counts_as_gpu(gpu->node))))
			gpu = item;
	}
	if (!gpu)
		return fail(selection->err, RULE_NO_GPU,
			    "this machine has no GPU; there is nothing to assign");
	if (gpu->skipped)
		option = OPTION_SKIP;
	return fail_about(selection->err, RULE_NO_GPU_FREE, option, gpu->node->name,
			  "no GPU can be assigned: %s: %s", node_title(gpu->node).text,
			  why_no_gpu(selection, gpu));
}

/* Whether options say how many cores, and how much memory, a VM without a share gets. */
static bool sizes_given(const struct hgx_plan *plan)
{
	const struct hgx_plan_options *options = &plan->options;

	return (options->vcpus || plan->share.whole_cores) &&
	       (options->memory || options->memory_per_cell || plan->share.whole_memory);
}

/* A VM without GPUs has no share of the host. */
static int check_no_gpu(struct selection *selection)
{
	const struct hgx_plan_options *options = &selection->plan->options;

	for (size_t i = 0; i < selection->count; i++)
		if (kind_computes(selection->items[i].node->kind) && !selection->items[i].reason)
			selection->items[i].reason = "none were asked for";
	if (options->vms)
		return fail_option(selection->err, RULE_OPTIONS_CONFLICT, OPTION_GPUS,
				   "%s: VMs are divided by their GPUs; leave out %s",
				   option_value(options->words, OPTION_GPUS, "none").text,
				   plan_option(selection->plan, OPTION_VMS).text);
	if (selection->plan->base || sizes_given(selection->plan)) {
		if (!selection->plan->base && !options->cpus)
			plan_note(
				selection->plan, RULE_WHOLE_HOST, HGX_WARNING, NULL,
				arena_format(&selection->plan->arena,
					     "name CPUs that no other VM gets with %s",
					     plan_option(selection->plan, OPTION_CPUS).text),
				"the VM has no GPU and so no share of the host: VMs with GPUs may "
				"get the same cores");
		return HGX_OK;
	}
	return fail_option(selection->err, RULE_OPTION_INCOMPLETE, OPTION_GPUS,
			   "a VM without GPUs (%s) has no share of the host; give %s and %s, or %s",
			   option_value(options->words, OPTION_GPUS, "none").text,
			   plan_option(selection->plan, OPTION_VCPUS).text,
			   plan_option(selection->plan, OPTION_MEMORY).text,
			   plan_option(selection->plan, OPTION_BASE).text);
}

static int choose_gpus(struct selection *selection)
{
	struct share *share = &selection->plan->share;
	const struct hgx_node **gpus = calloc(selection->count + 1, sizeof(*gpus));
	int code;

	if (!gpus)
		return fail_memory(selection->err);
	if (selection->gpus == MODE_NEAR)
		code = fail_option(selection->err, RULE_OPTION_VALUE, OPTION_GPUS,
				   "%s takes all, none, numbers such as 0-3, names or addresses",
				   plan_option(selection->plan, OPTION_GPUS).text);
	else if (selection->gpus == MODE_NONE)
		code = check_no_gpu(selection);
	else if (selection->plan->options.partition)
		code = share_board(selection, gpus);
	else
		code = share_chosen(selection, gpus);
	free(gpus);
	if (!code && !share->count && selection->gpus != MODE_OWN && selection->gpus != MODE_NONE)
		return refuse_no_gpu(selection);
	for (size_t i = 0; !code && i < share->count; i++) {
		struct candidate *item = candidate_of(selection, share->gpus[i]);

		/* with a partition, the share holds all GPUs of the board; without VMs that are
		 * known, the others are nobody's */
		if ((!item->stay || item->assigned) && !item->skipped &&
		    (share->dealt || !share->owners[i]))
			give(selection, item, share->owners[i]);
	}
	return code;
}

/* The first GPU of the board that this VM does not get; NULL if it gets all. Between several VMs,
 * whichever of them is planned, the first that does not go to the VM of the board's first GPU. */
static const struct hgx_node *missing_gpu(const struct selection *selection)
{
	const struct candidate *first = NULL;

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (!is_on_board(item))
			continue;
		first = first ? first : item;
		if (selection->plan->share.dealt ? item->owner != first->owner : !item->chosen)
			return item->node;
	}
	return NULL;
}

/* The VM that owns every GPU of the board, or NO_VM. Without GPUs on a board, it is this
 * VM, unless the host is divided. */
static unsigned board_owner(const struct selection *selection)
{
	const struct candidate *first = NULL;

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (!is_on_board(item))
			continue;
		if (first && first->owner != item->owner)
			return NO_VM;
		first = item;
	}
	if (first)
		return first->owner;
	return selection->plan->share.dealt || selection->gpus == MODE_NONE ?
		       NO_VM :
		       selection->plan->share.vm;
}

static const char *why_no_nvswitch(const struct selection *selection, const struct candidate *item,
				   const struct hgx_node *missing)
{
	const struct hgx_plan *plan = selection->plan;
	const char *so = item->node->kind == HGX_NVSWITCH ?
				 "the host's Fabric Manager keeps the NVSwitches" :
				 "the host's Fabric Manager manages the NVLinks";

	if (plan->options.partition && item->node->kind == HGX_NVSWITCH)
		return "it serves all partitions: the host's Fabric Manager keeps it";
	if (plan->options.partition || !missing)
		return arena_format(&selection->plan->arena,
				    "the VM does not have all GPUs of the board, so %s", so);
	return arena_format(&selection->plan->arena,
			    plan->share.dealt ?
				    "GPU %s is not in the VM of the board's first GPU, so %s" :
				    "GPU %s is not in the VM, so %s",
			    missing->name, so);
}

/* All NVSwitches go to one VM, or all stay with the host. */
static void choose_nvswitch(struct selection *selection, struct candidate *item,
			    const struct hgx_node *missing, unsigned owner)
{
	int choice = selection->plan->options.nvswitch;

	if (!item->reason)
		item->reason = item->stay;
	if (!item->reason && choice == HGX_NVSWITCH_NONE)
		item->reason = "none were asked for; the Fabric Manager runs on the host";
	if (!item->reason && selection->own && owner == NO_VM) {
		item->reason = why_not_assigned();
		return;
	}
	if (!item->reason && owner == NO_VM) {
		item->reason = why_no_nvswitch(selection, item, missing);
		item->cause = selection->plan->options.partition ? NULL : missing;
	}
	give(selection, item, item->reason ? NO_VM : owner);
}

static struct option_text nvswitch_value(const struct selection *selection, const char *word)
{
	return option_value(selection->plan->options.words, OPTION_NVSWITCH, "%s", word);
}

/* Which VM gets them if no option says so. */
static unsigned fabric_owner(const struct selection *selection)
{
	return selection->own || selection->plan->options.partition ? NO_VM :
								      board_owner(selection);
}

static void tell_missing_gpu(struct selection *selection)
{
	const struct hgx_node *missing = missing_gpu(selection);
	bool all = selection->plan->options.nvswitch == HGX_NVSWITCH_ALL, any = all;

	for (size_t i = 0; i < selection->count; i++)
		any |= selection->items[i].chosen &&
		       (selection->items[i].assigned || selection->items[i].added) &&
		       selection->items[i].node->kind == HGX_NVSWITCH;
	if (any && missing)
		plan_note(selection->plan, RULE_FABRIC_MANAGER, HGX_WARNING, NULL,
			  all ? arena_format(&selection->plan->arena,
					     "use %s unless the VM should manage the board",
					     nvswitch_value(selection, "auto").text) :
				"take them out unless the VM should manage the board",
			  "the NVSwitches go to the VM, but %s does not: it has no NVLinks without "
			  "a Fabric Manager on the host",
			  node_title(missing).text);
}

static int choose_nvswitches(struct selection *selection)
{
	const struct hgx_node *missing = missing_gpu(selection);
	int choice = selection->plan->options.nvswitch;
	unsigned vm = selection->plan->share.vm, owner = fabric_owner(selection);

	selection->whole_board = board_owner(selection) == vm;
	if (choice == HGX_NVSWITCH_ALL && selection->plan->share.dealt && owner != vm)
		return fail_option(selection->err, RULE_NVSWITCHES_SHARED, OPTION_NVSWITCH,
				   "the NVSwitches cannot go to several VMs; leave out %s: "
				   "they stay on the host, whose Fabric Manager serves the VMs",
				   nvswitch_value(selection, "all").text);
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (is_of_fabric(item->node) && !(item->added && item->owner != NO_VM))
			choose_nvswitch(selection, item, missing,
					choice == HGX_NVSWITCH_ALL ? vm : owner);
	}
	return HGX_OK;
}

/* Whether a device comes along with another one: as a further function of a GPU's card,
 * such as audio, as the Data Direct function of a NIC, or as a member of its IOMMU group. */
static bool comes_along(const struct candidate *with, const struct hgx_node *node)
{
	const struct hgx_pci *a = with->node->pci, *b = node->pci;

	if (with->owner == NO_VM || with->node == node || b->physical_function)
		return false;
	if (a->iommu_group >= 0 && a->iommu_group == b->iommu_group)
		return true;
	if (node->direct_of)
		return with->node->kind == HGX_NIC && !a->physical_function &&
		       bdf_same_card(a->address, node->direct_of->pci->address);
	return kind_computes(with->node->kind) && node->kind == HGX_OTHER &&
	       bdf_same_card(a->address, b->address);
}

/* Where the user names the devices of a kind, others of that kind do not come along. */
static bool may_come(const struct selection *selection, const struct candidate *item)
{
	if (item->owner != NO_VM || item->stay || item->skipped)
		return false;
	switch (item->node->kind) {
	case HGX_GPU:
	case HGX_ACCELERATOR:
		return selection->gpus == MODE_ALL && !selection->plan->share.dealt;
	case HGX_NIC:
		return selection->nics == MODE_NEAR || selection->nics == MODE_ALL;
	case HGX_NVME:
		return selection->nvme == MODE_NEAR || selection->nvme == MODE_ALL;
	default:
		return true;
	}
}

/* The first device by address that this one comes along with, or NULL. */
static const struct candidate *companion_of(const struct selection *selection,
					    const struct candidate *item)
{
	const struct candidate *end = selection->items + selection->count, *card = item, *other;
	const struct candidate *with = item->group && item->group->owned ? item->group : NULL;

	while (with && !comes_along(with, item->node))
		with = with->group_next;
	if (item->node->direct_of)
		card = candidate_of(selection, item->node->direct_of);
	other = card ? card : item;
	card = other;
	while (other > selection->items && same_card(other - 1, card))
		other--;
	for (; other < end && same_card(other, card) && (!with || other < with); other++)
		if (comes_along(other, item->node))
			return other;
	return with;
}

/* Gives the device to the owner of its companion. */
static bool take_along(struct selection *selection, struct candidate *item)
{
	const struct candidate *with = companion_of(selection, item);

	if (!with)
		return false;
	give(selection, item, with->owner);
	item->with = with->node;
	return true;
}

static void choose_companions(struct selection *selection)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < selection->count; i++)
			if (may_come(selection, &selection->items[i]))
				more |= take_along(selection, &selection->items[i]);
	}
}

/* Fails if the VM gets a virtual function and its physical function: the former would
 * vanish. */
static int check_functions(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i], *physical;

		if (!item->chosen || !item->node->pci->physical_function)
			continue;
		physical = candidate_of(selection, item->node->pci->physical_function);
		if (physical && physical->chosen)
			return fail_node(
				selection->err, RULE_FUNCTION_AND_PARENT, item->node->name,
				"%s is a virtual function of %s, which goes to the VM too and "
				"then loses its virtual functions; take only one of the two (%s)",
				node_title(item->node).text, physical->node->name,
				option_value(selection->plan->options.words, OPTION_SKIP, "%s",
					     physical->node->name)
					.text);
	}
	return HGX_OK;
}

static int choose(struct selection *selection)
{
	const struct hgx_plan_options *options = &selection->plan->options;
	int code = read_lists(selection);

	if (!code)
		code = check_effects(selection);
	if (!code)
		code = choose_gpus(selection);
	if (!code)
		code = choose_near(selection, HGX_NIC, selection->nics);
	if (!code)
		code = check_virtual(selection);
	if (!code)
		code = choose_near(selection, HGX_NVME, selection->nvme);
	if (!code && options->add)
		code = list_read(selection, OPTION_ADD, options->add, add_device);
	if (code)
		return code;
	code = choose_nvswitches(selection);
	if (code)
		return code;
	if (!selection->own)
		choose_companions(selection);
	code = take_assigned(selection);
	if (code)
		return code;
	tell_missing_gpu(selection);
	code = selection->own ? check_assigned(selection) : check_groups(selection);
	return code ? code : check_functions(selection);
}

static int take_chosen(struct selection *selection)
{
	struct hgx_plan *plan = selection->plan;

	plan->chosen = arena_alloc(&plan->arena, (selection->count + 1) * sizeof(*plan->chosen));
	plan->others = arena_alloc(&plan->arena, (selection->count + 1) * sizeof(*plan->others));
	if (!plan->chosen || !plan->others)
		return fail_memory(selection->err);
	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (item->chosen)
			plan->chosen[plan->chosen_count++] = item->node;
		else if (item->other_vm)
			plan->others[plan->other_count++] = item->node;
	}
	note_left_out(selection);
	note_assigned(selection);
	note_nccl_others(selection);
	note_whole_host(selection);
	return verdicts_make(selection) ? fail_memory(selection->err) : HGX_OK;
}

int select_devices(struct hgx_plan *plan, struct hgx_error *err)
{
	struct selection selection = {
		.plan = plan,
		.err = err,
	};
	int code;

	selection.items = calloc(plan->host->count, sizeof(*selection.items));
	if (!selection.items)
		return fail_memory(err);
	for (const struct hgx_node *node = plan->host->all; node; node = node->all)
		if (is_endpoint(node))
			selection.items[selection.count++] = (struct candidate){ .node = node,
										 .owner = NO_VM };
	qsort(selection.items, selection.count, sizeof(*selection.items), candidate_compare);
	code = find_stay_reasons(&selection);
	if (!code) {
		find_assigned(&selection);
		code = choose(&selection);
	}
	if (!code)
		code = take_chosen(&selection);
	free(selection.items);
	return code;
}
