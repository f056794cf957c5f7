/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NICs and NVMe drives for the GPUs: those behind the same switch, otherwise the nearest.
 * A device that serves GPUs of several VMs goes to one of them, or is shared by virtual
 * functions. */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/select_near.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "model/distance.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/select_list.h"
#include "plan/select_vf.h"
#include "plan/selection.h"

/* Whether a device can be chosen: in a list if it is named, otherwise if it may be
 * assigned. */
static bool available(const struct candidate *item, enum hgx_kind kind, enum mode mode)
{
	if (item->node->kind != kind || item->skipped)
		return false;
	if (mode == MODE_LIST)
		return item->named;
	return !item->stay && !item->doubtful && !item->node->pci->physical_function;
}

struct nearness {
	enum hgx_distance distance;
	uint32_t slit; /* SLIT distance, if the path leads through both NUMA nodes */
};

static struct nearness nearness(const struct hgx_node *a, const struct hgx_node *b)
{
	struct nearness near = { hgx_distance(a, b), 0 };

	if (near.distance == HGX_SYS && a->numa && b->numa && a->numa->memory->distances)
		near.slit = a->numa->memory->distances[numa_rank(b->numa)];
	return near;
}

static int compare(struct nearness a, struct nearness b)
{
	if (a.distance != b.distance)
		return a.distance < b.distance ? -1 : 1;
	return a.slit < b.slit ? -1 : a.slit > b.slit;
}

/* Of equally near devices the faster wins: a data NIC comes before a management port. */
static bool better(const struct hgx_node *gpu, const struct hgx_node *a, const struct hgx_node *b)
{
	const struct hgx_link x = a->pci->link_max, y = b->pci->link_max;
	int order = compare(nearness(gpu, a), nearness(gpu, b));

	return order ? order < 0 : x.speed * x.width > y.speed * y.width;
}

/* Whether the host uses another port of the same card: on the kernel command line, the id
 * of this port would match that one as well. The ports of a card lie side by side. */
static bool beside_host_use(const struct selection *selection, const struct candidate *item)
{
	const struct candidate *end = selection->items + selection->count, *other = item;

	while (other > selection->items && same_card(other - 1, item))
		other--;
	for (; other < end && same_card(other, item); other++)
		if (other->node->pci->host_use)
			return true;
	return false;
}

/* Lets the devices behind a GPU's uppermost switch serve it; if there are none, the
 * nearest. */
static void serve_gpu(struct selection *selection, size_t gpu, enum hgx_kind kind)
{
	const struct hgx_node *node = selection->plan->share.gpus[gpu], *group = top_switch(node);
	struct candidate *nearest = NULL;
	bool any = false;

	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->kind == kind && item->skipped && group &&
		    top_switch(item->node) == group)
			any = true; /* left out on purpose: nothing replaces it */
		if (!available(item, kind, MODE_NEAR))
			continue;
		if (group && top_switch(item->node) == group)
			any = item->served[gpu] = true;
		if (beside_host_use(selection, item))
			continue;
		if (!nearest || better(node, item->node, nearest->node))
			nearest = item;
	}
	if (!any && nearest)
		nearest->served[gpu] = true;
}

const struct hgx_node *nearest_gpu(const struct selection *selection, const struct hgx_node *node,
				   const bool *served, unsigned owner)
{
	const struct share *share = &selection->plan->share;
	const struct hgx_node *best = NULL;

	for (size_t i = 0; i < share->count; i++) {
		const struct hgx_node *gpu = share->gpus[i];

		if ((served && !served[i]) || (owner != NO_VM && owner != share->owners[i]))
			continue;
		if (!best || compare(nearness(gpu, node), nearness(best, node)) < 0)
			best = gpu;
	}
	return best;
}

unsigned nearest_owner(const struct selection *selection, const struct hgx_node *node)
{
	const struct share *share = &selection->plan->share;
	const struct hgx_node *gpu = share->dealt ? nearest_gpu(selection, node, NULL, NO_VM) :
						    NULL;

	return gpu ? candidate_of(selection, gpu)->owner : selection->plan->share.vm;
}

/* Whether a GPU of the share may be served. What is asked for by name, or as all of its kind, goes
 * to a VM that is planned apart, whatever else it is near to. */
static bool may_be_served(const struct selection *selection, size_t gpu, enum mode mode)
{
	const struct share *share = &selection->plan->share;

	return mode == MODE_NEAR || !share->apart || share->owners[gpu] == share->vm;
}

/* Lets a device serve the GPUs nearest to it. */
static void serve_device(struct selection *selection, struct candidate *item, enum mode mode)
{
	const struct share *share = &selection->plan->share;
	struct nearness best = { HGX_NOWHERE, UINT32_MAX };

	for (size_t i = 0; i < share->count; i++)
		if (may_be_served(selection, i, mode) &&
		    compare(nearness(share->gpus[i], item->node), best) < 0)
			best = nearness(share->gpus[i], item->node);
	for (size_t i = 0; i < share->count; i++)
		item->served[i] = may_be_served(selection, i, mode) &&
				  !compare(nearness(share->gpus[i], item->node), best);
}

/* Every VM can get a virtual function of a NIC that the user names. */
static void serve_all(const struct selection *selection, struct candidate *item)
{
	for (size_t i = 0; i < selection->plan->share.count; i++)
		item->served[i] = true;
}

static bool is_served(const struct selection *selection, size_t gpu, enum hgx_kind kind)
{
	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].node->kind == kind && selection->items[i].served &&
		    selection->items[i].served[gpu])
			return true;
	return false;
}

/* With several VMs, a device only serves the nearest of its GPUs; a farther GPU does not
 * fall back on it. */
static void keep_nearest(struct selection *selection, struct candidate *item)
{
	const struct share *share = &selection->plan->share;
	struct nearness best = { HGX_NOWHERE, UINT32_MAX };

	for (size_t i = 0; i < share->count; i++)
		if (item->served[i] && compare(nearness(share->gpus[i], item->node), best) < 0)
			best = nearness(share->gpus[i], item->node);
	for (size_t i = 0; i < share->count; i++)
		item->served[i] = item->served[i] &&
				  !compare(nearness(share->gpus[i], item->node), best);
}

static bool serves_any(const struct selection *selection, const struct candidate *item)
{
	for (size_t i = 0; item->served && i < selection->plan->share.count; i++)
		if (item->served[i])
			return true;
	return false;
}

/* The units that share a device: VMs, or single GPUs where the owners of the other GPUs are
 * unknown. Lists the first GPU of each unit in @first and returns
 * their number. */
static size_t units_of(const struct selection *selection, const struct candidate *item,
		       size_t *first)
{
	const struct share *share = &selection->plan->share;
	bool single = share->apart || selection->plan->options.partition;
	size_t count = 0;

	for (size_t i = 0; i < share->count; i++) {
		bool seen = false;

		for (size_t j = 0; j < count && !single; j++)
			seen |= share->owners[first[j]] == share->owners[i];
		if (item->served[i] && !seen)
			first[count++] = i;
	}
	return count;
}

static int by_gpus(const void *a, const void *b, void *selection)
{
	const struct candidate *x = *(struct candidate *const *)a;
	const struct candidate *y = *(struct candidate *const *)b;
	size_t gpus = ((const struct selection *)selection)->plan->share.count;
	int order = memcmp(x->served, y->served, gpus * sizeof(bool));

	return order ? order : x < y ? -1 : x > y;
}

static bool same_gpus(const struct selection *selection, const struct candidate *a,
		      const struct candidate *b)
{
	return !memcmp(a->served, b->served, selection->plan->share.count * sizeof(bool));
}

/* Numbers the devices of a kind that serve the same GPUs. */
static int count_twins(struct selection *selection, enum hgx_kind kind)
{
	struct candidate **sorted = calloc(selection->count + 1, sizeof(*sorted));
	size_t count = 0, first = 0;

	if (!sorted)
		return fail_memory(selection->err);
	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].node->kind == kind && selection->items[i].served)
			sorted[count++] = &selection->items[i];
	qsort_r(sorted, count, sizeof(*sorted), by_gpus, selection);
	for (size_t i = 1; i <= count; i++) {
		if (i < count && same_gpus(selection, sorted[first], sorted[i]))
			continue;
		for (size_t j = first; j < i; j++) {
			sorted[j]->twin = j - first;
			sorted[j]->twins = i - first;
		}
		first = i;
	}
	free(sorted);
	return HGX_OK;
}

/* The units, @from up to but not including @to, that get a device. Devices that serve the
 * same GPUs are dealt out in order; @to exceeds @units if the device is left over. */
static void block_of(const struct candidate *item, size_t units, size_t *from, size_t *to)
{
	const size_t devices = item->twins, index = item->twin;

	assert(units && devices);
	*from = 0;
	*to = units;
	if (devices >= units) {
		*from = index / (devices / units);
		*to = *from + 1;
	} else if (units % devices == 0) {
		*from = index * (units / devices);
		*to = *from + units / devices;
	}
}

/* Lists the VMs of a range of units in @owners, each once, and returns their number. Sets
 * @own if this VM is one of them. */
static size_t owners_in(const struct selection *selection, const size_t *first, size_t from,
			size_t to, unsigned *owners, bool *own)
{
	const struct share *share = &selection->plan->share;
	size_t count = 0;

	*own = false;
	for (size_t i = from; i < to; i++) {
		unsigned owner = share->owners[first[i]];
		bool seen = false;

		for (size_t j = 0; j < count; j++)
			seen |= owners[j] == owner;
		if (!seen)
			owners[count++] = owner;
		*own |= owner == share->vm;
	}
	return count;
}

static const char *shared_reason(const struct selection *selection, const struct candidate *item)
{
	struct hgx_plan *plan = selection->plan;

	if (item->node->kind == HGX_NIC)
		return arena_format(&plan->arena,
				    "GPUs of several VMs are near it; %s gives each VM a virtual "
				    "function of it",
				    plan_flag(plan, OPTION_VF).text);
	return arena_format(
		&plan->arena,
		"GPUs of several VMs are near it; name it with %s or %s for one of them",
		plan_option(plan, OPTION_NVME).text, plan_option(plan, OPTION_ADD).text);
}

static void give_functions(struct selection *selection, struct candidate *item,
			   const unsigned *owners, size_t count, bool own)
{
	unsigned needed, rank;

	item->reason = "its virtual functions go to the VMs";
	item->shared = true;
	if (own) {
		rank = function_rank(selection, item, owners, count, &needed);
		choose_function(selection, item, rank, needed);
	}
	if (selection->plan->share.dealt)
		leave_functions(selection, item, owners, count);
}

static bool gives_functions(const struct selection *selection, const struct candidate *item)
{
	return selection->plan->options.vf && item->node->kind == HGX_NIC &&
	       !item->node->pci->physical_function;
}

/* The one of these GPUs that brings a device to its VM: as in equal VMs with one GPU each. What
 * they would leave over goes to the first GPUs. */
static size_t bringer_of(const struct candidate *item, const size_t *first, size_t count)
{
	size_t each = item->twins / count;

	if (!each)
		return first[item->twin * count / item->twins];
	return first[item->twin < each * count ? item->twin / each : item->twin - each * count];
}

/* Between VMs that are planned apart, each device belongs to one GPU, and comes with it. */
static void bring(struct selection *selection, struct candidate *item, const size_t *first,
		  size_t count)
{
	const struct share *share = &selection->plan->share;
	size_t gpu = bringer_of(item, first, count);

	item->cause = share->gpus[gpu];
	if (share->owners[gpu] == share->vm)
		give(selection, item, share->vm);
	else
		item->reason = arena_format(&selection->plan->arena,
					    "it comes with GPU %s, which is as near to it",
					    share->gpus[gpu]->name);
}

static bool serves_own(const struct share *share, const struct candidate *item)
{
	for (size_t i = 0; i < share->count; i++)
		if (item->served[i] && share->owners[i] == share->vm)
			return true;
	return false;
}

/* Gives a device to one VM, or its virtual functions to several, or says why no VM gets
 * it. @first and @owners have room for all GPUs. */
static int deal_out(struct selection *selection, struct candidate *item, size_t *first,
		    unsigned *owners)
{
	size_t units = units_of(selection, item, first), from, to, count;
	bool own, whole = !selection->plan->share.dealt;

	if (selection->plan->share.apart && !gives_functions(selection, item)) {
		if (serves_own(&selection->plan->share, item))
			bring(selection, item, first, units);
		return HGX_OK;
	}
	block_of(item, units, &from, &to);
	if (selection->plan->share.apart) { /* they share it by its functions */
		from = 0;
		to = units;
	}
	item->cause = selection->plan->share.gpus[first[0]];
	if (to > units) {
		item->reason = "left over after every VM got the same number";
		return HGX_OK;
	}
	count = owners_in(selection, first, from, to, owners, &own);
	if (gives_functions(selection, item) && (whole || count > 1))
		give_functions(selection, item, owners, count, own);
	else if (count > 1)
		item->reason = shared_reason(selection, item);
	else
		give(selection, item, owners[0]);
	return HGX_OK;
}

static void note_far(struct selection *selection, const struct candidate *item)
{
	const struct hgx_node *gpu = NULL;
	const struct share *share = &selection->plan->share;

	for (size_t i = 0; i < share->count; i++)
		if (item->served[i] && share->owners[i] == share->vm) {
			if (top_switch(share->gpus[i]) &&
			    top_switch(share->gpus[i]) == top_switch(item->node))
				return;
			gpu = gpu ? gpu : share->gpus[i];
		}
	if (gpu)
		plan_note(
			selection->plan, RULE_FAR_DEVICE, HGX_NOTE, item->node, NULL,
			"%s goes to the VM although it shares no PCIe switch with a GPU: it is the nearest "
			"to GPU %s (%s)",
			node_title(item->node).text, gpu->name,
			hgx_distance_name(hgx_distance(gpu, item->node)));
}

static int deal_all(struct selection *selection, enum hgx_kind kind, enum mode mode)
{
	size_t *first = calloc(selection->plan->share.count + 1, sizeof(*first));
	unsigned *owners = calloc(selection->plan->share.count + 1, sizeof(*owners));
	int code = first && owners ? HGX_OK : fail_memory(selection->err);

	for (size_t i = 0; !code && i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (!available(item, kind, mode) || !serves_any(selection, item))
			continue;
		code = deal_out(selection, item, first, owners);
		if (!code && item->chosen && !item->assigned && mode == MODE_NEAR)
			note_far(selection, item);
	}
	free(first);
	free(owners);
	return code;
}

static bool near_gpu(const struct selection *selection, const struct hgx_node *node)
{
	const struct share *share = &selection->plan->share;
	const struct hgx_node *group = top_switch(node);

	for (size_t i = 0; group && i < share->count; i++)
		if (top_switch(share->gpus[i]) == group && may_be_served(selection, i, MODE_OWN))
			return true;
	return false;
}

/* The first GPU behind the same switch, or NULL. No VM has a GPU there. */
static const struct hgx_node *gpu_beside(const struct hgx_node *node)
{
	const struct hgx_node *group = top_switch(node);

	for (const struct hgx_node *n = group; n; n = node_next(group, n))
		if (kind_computes(n->kind))
			return n;
	return NULL;
}

static const char *why_not_near(const struct selection *selection, struct candidate *item,
				enum mode mode)
{
	if (item->stay)
		return item->stay;
	if (mode == MODE_NONE)
		return "none were asked for";
	if (mode == MODE_OWN)
		return why_not_assigned();
	if (mode == MODE_LIST)
		return "it is not one of those named";
	if (item->doubtful)
		return "it may manage the NVLinks of the board; name it if it does not";
	if (near_gpu(selection, item->node))
		return NULL;
	item->cause = gpu_beside(item->node);
	return "it shares no PCIe switch with a GPU of the VM";
}

/* Of a domain without GPUs: what is asked for goes to the VM. */
static int give_all(struct selection *selection, enum hgx_kind kind, enum mode mode)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (!available(item, kind, mode) || (mode != MODE_ALL && mode != MODE_LIST))
			continue;
		item->shared = gives_functions(selection, item);
		if (item->shared)
			choose_function(selection, item, 0, 1);
		else
			give(selection, item, selection->plan->share.vm);
	}
	return HGX_OK;
}

int choose_near(struct selection *selection, enum hgx_kind kind, enum mode mode)
{
	struct hgx_plan *plan = selection->plan;
	int code;

	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->kind != kind)
			continue;
		item->served = arena_alloc(&plan->arena, (plan->share.count + 1) * sizeof(bool));
		if (!item->served)
			return fail_memory(selection->err);
		if (!available(item, kind, mode) || (mode != MODE_ALL && mode != MODE_LIST))
			continue;
		if (mode == MODE_LIST && gives_functions(selection, item))
			serve_all(selection, item);
		else
			serve_device(selection, item, mode);
	}
	for (size_t i = 0; i < plan->share.count; i++)
		if (may_be_served(selection, i, mode) &&
		    (mode == MODE_NEAR || (mode == MODE_ALL && !is_served(selection, i, kind))))
			serve_gpu(selection, i, kind);
	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i].served && selection->items[i].node->kind == kind &&
		    (plan->share.dealt || plan->share.apart) &&
		    !gives_functions(selection, &selection->items[i]))
			keep_nearest(selection, &selection->items[i]);
	code = count_twins(selection, kind);
	if (!code)
		code = plan->share.count ? deal_all(selection, kind, mode) :
					   give_all(selection, kind, mode);
	for (size_t i = 0; !code && i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->kind == kind && !item->chosen && !item->reason)
			item->reason = why_not_near(selection, item, mode);
	}
	return code;
}
