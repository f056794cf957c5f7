/* Which devices a VM gets, and why not the others: every GPU; the NICs and NVMe drives that
 * share a switch with one; the NVSwitches. Never what the host needs; IOMMU groups whole or
 * not at all (Linux Documentation/driver-api/vfio.rst). */
#include <stdlib.h>
#include <string.h>
#include "plan.h"

struct candidate {
	const struct hgx_node *node;
	bool chosen;
	const char *stay;   /* why it must stay with the host; NULL: it need not */
	const char *reason; /* why it was not chosen; NULL: nobody asked */
};

struct selection {
	struct hgx_plan *plan;
	struct candidate *items; /* the endpoints, by address */
	size_t count;
	bool groups; /* the IOMMU is on */
};

static bool is_endpoint(const struct hgx_node *node)
{
	return node->pci && !kind_of(node->kind)->bridge;
}

static int by_address(const void *a, const void *b)
{
	return bdf_compare(((const struct candidate *)a)->node->pci->address,
			   ((const struct candidate *)b)->node->pci->address);
}

/* The first endpoint of the group that must stay with the host. */
static const struct hgx_node *group_holder(const struct selection *selection, int group)
{
	for (size_t i = 0; i < selection->count && group >= 0; i++) {
		const struct hgx_pci *pci = selection->items[i].node->pci;

		if (pci->iommu_group == group && pci->host_use)
			return selection->items[i].node;
	}
	return NULL;
}

/* A virtual function that the host needs: it goes where its physical function goes. */
static const struct hgx_node *needed_function(const struct selection *selection,
					      const struct hgx_node *node)
{
	for (size_t i = 0; i < selection->count && node->pci->sriov_enabled; i++) {
		const struct hgx_pci *pci = selection->items[i].node->pci;

		if (pci->physical_function == node && pci->host_use)
			return selection->items[i].node;
	}
	return NULL;
}

static const char *why_not(const struct selection *selection, const struct hgx_node *node)
{
	const struct hgx_node *holder, *function = needed_function(selection, node);
	struct arena *arena = &selection->plan->arena;

	if (function)
		return arena_format(arena, "the host needs its virtual function %s (%s)",
				    function->name, function->pci->host_use);
	if (finding_has(&node->topo->findings, "no-answer", node))
		return "it does not answer: its configuration space reads as all ones";
	if (selection->groups && node->pci->iommu_group < 0)
		return "it has no IOMMU group, so it cannot be assigned; see whether the firmware's "
		       "DMAR or IVRS table covers its root bus";
	if (node->pci->host_use)
		return arena_format(arena, "the host needs it (%s)", node->pci->host_use);
	if (node->pci->physical_function)
		return arena_format(arena, "a virtual function of %s",
				    node->pci->physical_function->name);
	holder = group_holder(selection, node->pci->iommu_group);
	if (holder)
		return arena_format(
			arena,
			"its IOMMU group %d also holds %s, which the host needs "
			"(%s), and a group is assigned whole or not at all; turn on ACS on "
			"the ports between them",
			node->pci->iommu_group, node_title(holder).text, holder->pci->host_use);
	return NULL;
}

static bool near_gpu(const struct selection *selection, const struct hgx_node *node)
{
	const struct hgx_node *group = top_switch(node);

	for (size_t i = 0; group && i < selection->count; i++)
		if (selection->items[i].chosen && selection->items[i].node->kind == HGX_GPU &&
		    top_switch(selection->items[i].node) == group)
			return true;
	return false;
}

static void choose_gpus(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->kind != HGX_GPU)
			continue;
		item->reason = item->stay;
		item->chosen = !item->reason;
	}
}

static void choose_near(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->kind != HGX_NIC && item->node->kind != HGX_NVME)
			continue;
		item->reason = item->stay;
		if (!item->reason && !near_gpu(selection, item->node))
			item->reason = "it shares no PCIe switch with a GPU of the VM";
		item->chosen = !item->reason;
	}
}

/* NVSwitches serve the whole board: they go to the VM only with every GPU. */
static void choose_nvswitches(struct selection *selection)
{
	const struct hgx_node *missing = NULL;

	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].node->kind == HGX_GPU && !selection->items[i].chosen &&
		    !selection->items[i].node->pci->physical_function)
			missing = selection->items[i].node;
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->kind != HGX_NVSWITCH)
			continue;
		item->reason = item->stay;
		if (!item->reason && missing)
			item->reason = arena_format(
				&selection->plan->arena,
				"GPU %s is not in the VM, so the Fabric Manager of "
				"the host keeps the NVSwitches",
				missing->name);
		item->chosen = !item->reason;
	}
}

/* A card's further functions (a GPU's audio) and the rest of an IOMMU group come along. */
static bool comes_along(const struct candidate *with, const struct hgx_node *node)
{
	const struct hgx_pci *a = with->node->pci, *b = node->pci;

	if (!with->chosen || with->node == node)
		return false;
	if (a->iommu_group >= 0 && a->iommu_group == b->iommu_group)
		return true;
	return with->node->kind == HGX_GPU && bdf_same_card(a->address, b->address);
}

static void choose_companions(struct selection *selection)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < selection->count; i++) {
			struct candidate *item = &selection->items[i];

			if (item->chosen || item->stay)
				continue;
			for (size_t j = 0; j < selection->count && !item->chosen; j++)
				item->chosen = comes_along(&selection->items[j], item->node);
			more |= item->chosen;
		}
	}
}

static bool worth_a_line(const struct candidate *item)
{
	return !item->node->pci->physical_function &&
	       (item->node->kind != HGX_OTHER || item->node->pci->host_use);
}

/* What a VM with everything was to have. */
static bool is_missed(const struct selection *selection, const struct candidate *item)
{
	switch (item->node->kind) {
	case HGX_GPU:
	case HGX_NVSWITCH:
		return true;
	case HGX_NIC:
	case HGX_NVME:
		return near_gpu(selection, item->node);
	default:
		return false;
	}
}

static void tell(struct selection *selection)
{
	size_t others = 0, virtuals = 0;

	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->chosen)
			continue;
		virtuals += item->node->pci->physical_function != NULL;
		others += !item->node->pci->physical_function && !worth_a_line(item);
		if (!worth_a_line(item))
			continue;
		if (!item->reason)
			item->reason = item->stay;
		note(selection->plan, "left-out",
		     is_missed(selection, item) ? HGX_WARNING : HGX_NOTE, item->node, NULL,
		     "left out: %s: %s", node_title(item->node).text, item->reason);
	}
	if (virtuals)
		note(selection->plan, "left-out-virtual", HGX_NOTE, NULL, NULL,
		     "left out: %zu virtual functions: their physical functions are what a whole "
		     "machine gets",
		     virtuals);
	if (others)
		note(selection->plan, "left-out-chipset", HGX_NOTE, NULL, NULL,
		     "left out: %zu other functions: chipset and management, none of them a GPU, "
		     "NIC, NVMe drive or NVSwitch",
		     others);
}

static void tell_functions(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (item->chosen && item->node->pci->sriov_enabled)
			note(selection->plan, "functions-vanish", HGX_WARNING, item->node,
			     "see that nobody uses them",
			     "%s has %d virtual functions, which vanish when it goes to the VM",
			     node_title(item->node).text, item->node->pci->sriov_enabled);
	}
}

static void find_stays(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++)
		selection->groups |= selection->items[i].node->pci->iommu_group >= 0;
	for (size_t i = 0; i < selection->count; i++)
		selection->items[i].stay = why_not(selection, selection->items[i].node);
}

static int take_chosen(struct selection *selection, struct hgx_error *err)
{
	struct hgx_plan *plan = selection->plan;
	const struct candidate *gpu = NULL;

	plan->chosen = arena_alloc(&plan->arena, (selection->count + 1) * sizeof(*plan->chosen));
	if (!plan->chosen)
		return fail_memory(err);
	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *item = &selection->items[i];

		if (item->chosen)
			plan->chosen[plan->chosen_count++] = item->node;
		if (item->node->kind == HGX_GPU && (!gpu || item->chosen))
			gpu = item;
	}
	if (!gpu)
		return fail(err, HGX_REFUSED,
			    "this machine has no GPU; there is nothing to assign");
	if (!gpu->chosen)
		return fail(err, HGX_REFUSED, "no GPU can be assigned: %s: %s",
			    node_title(gpu->node).text, gpu->reason);
	return HGX_OK;
}

int select_devices(struct hgx_plan *plan, struct hgx_error *err)
{
	struct selection selection = { .plan = plan };
	int code;

	selection.items = calloc(plan->host->count, sizeof(*selection.items));
	if (!selection.items)
		return fail_memory(err);
	for (const struct hgx_node *node = plan->host->all; node; node = node->all)
		if (is_endpoint(node))
			selection.items[selection.count++].node = node;
	qsort(selection.items, selection.count, sizeof(*selection.items), by_address);
	find_stays(&selection);
	choose_gpus(&selection);
	choose_near(&selection);
	choose_nvswitches(&selection);
	choose_companions(&selection);
	code = take_chosen(&selection, err);
	if (!code) {
		tell(&selection);
		tell_functions(&selection);
	}
	free(selection.items);
	return code;
}
