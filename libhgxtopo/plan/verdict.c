/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verdicts: what becomes of each PCI function of the host, and why. */
#include <stdlib.h>
#include "plan/verdict.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "model/classify.h"
#include "model/distance.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/select_list.h"
#include "plan/select_near.h"
#include "plan/selection.h"

/* Such as "GPU 0000:19:00.0". */
static const char *name_of(struct arena *arena, const struct hgx_node *node)
{
	return arena_format(arena, "%s %s", kind_of(node->kind)->label, node->name);
}

/* ---- why a VM gets it */

static const char *why_gpu(const struct selection *selection, const struct candidate *item)
{
	const struct hgx_plan *plan = selection->plan;

	if (plan->options.partition)
		return arena_format(&selection->plan->arena,
				    item->chosen ? "it is a GPU of partition %s" :
						   "it is not a GPU of partition %s",
				    plan->options.partition);
	if (plan->share.dealt)
		return arena_format(&selection->plan->arena,
				    "the %s are dealt out to the VMs by NUMA node and address",
				    kind_of(item->node->kind)->plural);
	if (selection->gpus == MODE_LIST)
		return "it was named";
	return arena_format(&selection->plan->arena, "the VM gets every %s that can be assigned",
			    kind_of(item->node->kind)->label);
}

static const char *why_fabric(const struct selection *selection)
{
	return selection->plan->options.nvswitch == HGX_NVSWITCH_ALL ?
		       "the NVSwitches were asked for" :
		       "it belongs to the VM that has every GPU of the board";
}

static const char *why_with(struct arena *arena, const struct candidate *item)
{
	const struct hgx_pci *pci = item->node->pci, *with = item->with->pci;
	const char *name = name_of(arena, item->with);

	if (pci->physical_function == item->with)
		return arena_format(arena, "the VMs share %s by its virtual functions", name);
	if (pci->iommu_group >= 0 && pci->iommu_group == with->iommu_group)
		return arena_format(arena,
				    "it is in IOMMU group %d with %s, and a group can only be "
				    "assigned as a whole",
				    pci->iommu_group, name);
	if (item->node->direct_of)
		return arena_format(arena, "it is the Data Direct function of %s", name);
	return arena_format(arena, "it is on the card of %s", name);
}

/* With one VM, it does not matter which GPU a named device is near. */
static const char *why_near(const struct selection *selection, const struct candidate *item,
			    const struct hgx_node **gpu)
{
	struct arena *arena = &selection->plan->arena;
	const char *named = item->named ? "it was named, and " : "", *name;

	if (item->named && !selection->plan->share.dealt)
		return "it was named";
	if (!selection->plan->share.count)
		return "all of its kind were asked for";
	*gpu = nearest_gpu(selection, item->node, item->added ? NULL : item->served, item->owner);
	name = name_of(arena, *gpu);
	if (top_switch(item->node) && top_switch(item->node) == top_switch(*gpu))
		return arena_format(arena, "%sit shares a PCIe switch with %s", named, name);
	return arena_format(arena, "%sit is the nearest to %s (%s)", named, name,
			    hgx_distance_name(hgx_distance(*gpu, item->node)));
}

static const char *why_given(const struct selection *selection, const struct candidate *item,
			     const struct hgx_node **because)
{
	*because = item->with;
	if (item->assigned && item->chosen)
		return "the base domain assigns it";
	if (item->with)
		return why_with(&selection->plan->arena, item);
	if (kind_computes(item->node->kind) && !item->added)
		return why_gpu(selection, item);
	if (kind_of(item->node->kind)->fabric)
		return why_fabric(selection);
	return why_near(selection, item, because);
}

static struct hgx_verdict given(const struct selection *selection, const struct candidate *item)
{
	const struct hgx_plan_options *options = &selection->plan->options;
	struct arena *arena = &selection->plan->arena;
	struct hgx_verdict verdict = { HGX_FATE_THIS_VM, options->vm, NULL, NULL };

	verdict.reason = why_given(selection, item, &verdict.because);
	if (item->chosen)
		return verdict;
	verdict.fate = HGX_FATE_OTHER_VM;
	verdict.vm = options->partition ? 0 : item->owner + 1;
	if (options->partition)
		verdict.reason = arena_format(
			arena, "it is left to the VMs of other partitions: %s", verdict.reason);
	else
		verdict.reason = arena_format(arena, "it goes to VM %u: %s", verdict.vm,
					      verdict.reason);
	return verdict;
}

/* ---- why no VM gets it */

/* The first virtual function of the NIC that goes to a VM; NULL if none does. */
static const struct hgx_node *given_function(const struct selection *selection,
					     const struct hgx_node *nic)
{
	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].with == nic &&
		    selection->items[i].node->pci->physical_function == nic)
			return selection->items[i].node;
	return NULL;
}

static struct hgx_verdict left_function(const struct selection *selection,
					const struct hgx_node *physical)
{
	const struct candidate *item = candidate_of(selection, physical);
	struct arena *arena = &selection->plan->arena;
	const char *text = "it is a virtual function of %s, and those are only taken where they "
			   "are asked for";

	if (item && item->owner != NO_VM)
		text = "it vanishes when %s, whose virtual function it is, goes to a VM";
	else if (item && item->shared)
		text = "the VMs get other virtual functions of %s";
	return (struct hgx_verdict){ HGX_FATE_LEFT_OUT, 0,
				     arena_format(arena, text, name_of(arena, physical)),
				     physical };
}

/* The verdict on a device that neither the host needs nor a VM gets. */
static struct hgx_verdict left_out(const struct selection *selection, const struct candidate *item)
{
	const struct hgx_node *node = item->node, *physical = node->pci->physical_function;
	const char *reason = item->reason ? item->reason : "it was not asked for";

	if (item->skipped)
		return (struct hgx_verdict){ HGX_FATE_LEFT_OUT, 0, reason, NULL };
	if (physical && !counts_as_gpu(node))
		return left_function(selection, physical);
	if (item->shared)
		return (struct hgx_verdict){ HGX_FATE_HOST, 0, reason,
					     given_function(selection, node) };
	if (kind_of(node->kind)->fabric)
		return (struct hgx_verdict){ HGX_FATE_HOST, 0, reason, item->cause };
	if (is_vmd(node))
		return (struct hgx_verdict){ HGX_FATE_HOST, 0, reason, NULL };
	if (node->direct_of)
		return (struct hgx_verdict){ HGX_FATE_LEFT_OUT, 0,
					     "it goes with its NIC, which no VM gets",
					     node->direct_of };
	if (node->kind == HGX_OTHER && !is_storage_card(node) && !is_unknown_card(node))
		reason = "it is not a GPU, NIC, NVMe drive or NVSwitch, and others are only taken "
			 "where they are asked for";
	return (struct hgx_verdict){ HGX_FATE_LEFT_OUT, 0, reason, item->cause };
}

static struct hgx_verdict verdict_of(const struct selection *selection,
				     const struct candidate *item)
{
	if (item->owner != NO_VM)
		return given(selection, item);
	if (is_chipset(item->node))
		return (struct hgx_verdict){ HGX_FATE_HOST, 0, CHIPSET_STAYS, NULL };
	if (item->stay)
		return (struct hgx_verdict){ HGX_FATE_HOST, 0, item->stay, item->holder };
	return left_out(selection, item);
}

static struct hgx_verdict verdict_of_bridge(const struct hgx_node *node)
{
	bool port = node->kind == HGX_SWITCH_DOWN && node->parent->kind == HGX_SWITCH_UP;

	return (struct hgx_verdict){ HGX_FATE_HOST, 0,
				     "a bridge cannot be assigned; the guest gets an emulated one "
				     "where its devices need it",
				     port ? node->parent : NULL };
}

/* ---- all of them */

static int by_address(const void *a, const void *b)
{
	return bdf_compare(((const struct verdict *)a)->node->pci->address,
			   ((const struct verdict *)b)->node->pci->address);
}

int verdicts_make(struct selection *selection)
{
	struct hgx_plan *plan = selection->plan;

	plan->verdicts = arena_alloc(&plan->arena, plan->host->count * sizeof(*plan->verdicts));
	if (!plan->verdicts)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < selection->count; i++)
		plan->verdicts[plan->verdict_count++] = (struct verdict){
			selection->items[i].node, verdict_of(selection, &selection->items[i])
		};
	for (const struct hgx_node *node = plan->host->all; node; node = node->all)
		if (node->pci && kind_of(node->kind)->bridge)
			plan->verdicts[plan->verdict_count++] =
				(struct verdict){ node, verdict_of_bridge(node) };
	qsort(plan->verdicts, plan->verdict_count, sizeof(*plan->verdicts), by_address);
	return HGX_OK;
}
