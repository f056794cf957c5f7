/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sharing a host among VMs: who gets which GPU, and with it which part of the NUMA nodes.
 * Each GPU owns an equal part of the nodes near it, so VMs with different GPUs share no
 * core and no memory. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan/share.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"

static bool node_usable(const struct hgx_node *numa)
{
	if (!numa || !numa->memory || !numa->memory->bytes)
		return false;
	for (const struct hgx_node *node = numa->topo->all; node; node = node->all)
		if (node->cpu && node->cpu->online && node->numa == numa)
			return true;
	return false;
}

static const struct hgx_node *nearest_usable(const struct hgx_node *numa)
{
	const struct hgx_node *best = NULL;
	uint32_t least = UINT32_MAX;

	for (const struct hgx_node *n = numa->topo->root->first; n; n = n->next) {
		uint32_t distance;

		if (n->kind != HGX_NUMA || !node_usable(n))
			continue;
		distance = numa->memory->distances[numa_rank(n)];
		if (distance < least) {
			least = distance;
			best = n;
		}
	}
	return best;
}

/* The NUMA node whose cores and memory a GPU works with; NULL if unknown. */
static const struct hgx_node *home_of(const struct hgx_node *gpu)
{
	const struct hgx_node *only = NULL;

	if (gpu->numa && node_usable(gpu->numa))
		return gpu->numa;
	if (gpu->numa && gpu->numa->memory->distances)
		return nearest_usable(gpu->numa);
	for (const struct hgx_node *n = gpu->topo->root->first; n; n = n->next) {
		if (n->kind != HGX_NUMA || !node_usable(n))
			continue;
		if (only)
			return NULL;
		only = n;
	}
	return only;
}

struct gpu_home {
	const struct hgx_node *gpu, *home;
};

static int by_home(const void *a, const void *b)
{
	const struct gpu_home *x = a, *y = b;

	if (x->home != y->home && x->home && y->home)
		return x->home->memory->id < y->home->memory->id ? -1 : 1;
	if (x->home != y->home)
		return x->home ? -1 : 1;
	return bdf_compare(x->gpu->pci->address, y->gpu->pci->address);
}

/* The number of GPUs from @first on that have the same home. */
static size_t run_length(const struct share *share, size_t first)
{
	size_t end = first + 1;

	while (end < share->count && share->homes[end] == share->homes[first])
		end++;
	return end - first;
}

/* Whether the GPUs divide evenly: each VM gets GPUs of one node only, or whole nodes
 * only. */
static bool divides(const struct share *share, unsigned vms)
{
	size_t each = share->count / vms, start = 0, length;

	if (share->count % vms)
		return false;
	for (; start < share->count; start += length) {
		length = run_length(share, start);
		if (length >= each ? start % each || length % each :
				     start / each != (start + length - 1) / each)
			return false;
	}
	return true;
}

static int refuse_uneven(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct share *share = &plan->share;
	char good[160] = "", nodes[120] = "";

	for (unsigned n = 1; n <= share->count; n++)
		if (divides(share, n))
			snprintf(good + strlen(good), sizeof(good) - strlen(good), "%s%u",
				 *good ? ", " : "", n);
	for (size_t i = 0; i < share->count; i += run_length(share, i))
		snprintf(nodes + strlen(nodes), sizeof(nodes) - strlen(nodes), "%s%zu",
			 *nodes ? " + " : "", run_length(share, i));
	return fail_option(
		err, RULE_VMS_UNEVEN, OPTION_VMS,
		"%zu GPUs (%s by NUMA node) do not divide evenly into %u VMs, but into %s; or "
		"allow uneven VMs with %s",
		share->count, nodes, share->vms, good, plan_flag(plan, OPTION_UNEVEN).text);
}

static void split(struct share *share, size_t first, size_t length, unsigned vm, unsigned vms)
{
	for (size_t i = 0; i < length; i++)
		share->owners[first + i] = vm + (unsigned)(i * vms / length);
}

/* Divides the VMs among the nodes. Each node gets one, each further VM goes to the node
 * with the most GPUs per VM, counting this one. */
static int apportion(struct share *share)
{
	unsigned *vms = calloc(share->count, sizeof(*vms)), given = 0, vm = 0;

	if (!vms)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < share->count; i += run_length(share, i), given++)
		vms[i] = 1;
	for (; given < share->vms; given++) {
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < share->count; i += run_length(share, i))
			if (vms[i] < run_length(share, i) &&
			    (best == SIZE_MAX || run_length(share, i) * (vms[best] + 1) >
							 run_length(share, best) * (vms[i] + 1)))
				best = i;
		vms[best]++;
	}
	for (size_t i = 0; i < share->count; i += run_length(share, i)) {
		split(share, i, run_length(share, i), vm, vms[i]);
		vm += vms[i];
	}
	free(vms);
	return HGX_OK;
}

static int divide_unevenly(struct share *share)
{
	unsigned nodes = 0, node = 0;

	for (size_t i = 0; i < share->count; i += run_length(share, i))
		nodes++;
	if (share->vms >= nodes)
		return apportion(share);
	for (size_t i = 0; i < share->count; i += run_length(share, i), node++)
		split(share, i, run_length(share, i), node * share->vms / nodes, 1);
	return HGX_OK;
}

static int divide(struct hgx_plan *plan, struct hgx_error *err)
{
	struct share *share = &plan->share;

	for (size_t i = 0; i < share->count; i++)
		if (!share->homes[i])
			return fail_about(
				err, RULE_GPU_NODE_UNKNOWN, OPTION_VMS, share->gpus[i]->name,
				"the NUMA node of %s is unknown, so the cores and memory cannot "
				"be divided among VMs; check the NUMA settings of the firmware, "
				"or leave it out with %s",
				node_title(share->gpus[i]).text,
				plan_option(plan, OPTION_SKIP).text);
	if (share->vms > share->count)
		return fail_option(err, RULE_VMS_TOO_MANY, OPTION_VMS,
				   "%zu GPU%s cannot be divided into %u VMs; %zu at most",
				   share->count, share->count == 1 ? "" : "s", share->vms,
				   share->count);
	if (plan->options.uneven)
		return divide_unevenly(share) ? fail_memory(err) : HGX_OK;
	if (!divides(share, share->vms))
		return refuse_uneven(plan, err);
	for (size_t i = 0; i < share->count; i++)
		share->owners[i] = (unsigned)(i / (share->count / share->vms));
	return HGX_OK;
}

static int sort_gpus(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count)
{
	struct share *share = &plan->share;
	struct gpu_home *sorted = calloc(count + 1, sizeof(*sorted));

	share->gpus = arena_alloc(&plan->arena, (count + 1) * sizeof(*share->gpus));
	share->homes = arena_alloc(&plan->arena, (count + 1) * sizeof(*share->homes));
	share->owners = arena_alloc(&plan->arena, (count + 1) * sizeof(*share->owners));
	if (!sorted || !share->gpus || !share->homes || !share->owners) {
		free(sorted);
		return HGX_NO_MEMORY;
	}
	for (size_t i = 0; i < count; i++)
		sorted[i] = (struct gpu_home){ gpus[i], home_of(gpus[i]) };
	qsort(sorted, count, sizeof(*sorted), by_home);
	for (size_t i = 0; i < count; i++) {
		share->gpus[i] = sorted[i].gpu;
		share->homes[i] = sorted[i].home;
	}
	share->count = count;
	free(sorted);
	return HGX_OK;
}

int share_gpus(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count,
	       struct hgx_error *err)
{
	struct share *share = &plan->share;

	if (sort_gpus(plan, gpus, count))
		return fail_memory(err);
	share->vm = plan->options.vms ? plan->options.vm - 1 : 0;
	share->vms = plan->options.vms ? plan->options.vms : 1;
	share->divided = share->dealt = plan->options.vms > 1 && count;
	share->equal = share->divided && !plan->options.uneven;
	return share->divided ? divide(plan, err) : HGX_OK;
}

/* Whether the share of each of the VM's GPUs is known. */
static bool knows_homes(const struct share *share)
{
	for (size_t i = 0; i < share->count; i++)
		if (!share->homes[i] && !share->owners[i])
			return false;
	return true;
}

int share_named(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count,
		bool (*is_named)(const struct hgx_node *gpu, const void *context),
		const void *context, struct hgx_error *err)
{
	struct share *share = &plan->share;

	if (sort_gpus(plan, gpus, count))
		return fail_memory(err);
	share->vms = 1;
	for (size_t i = 0; i < count; i++) {
		bool own = is_named(share->gpus[i], context);

		share->owners[i] = own ? 0 : 1 + (unsigned)i;
		share->apart |= !own;
	}
	share->divided = share->apart && knows_homes(share) &&
			 !(share->whole_cores && share->whole_memory);
	return HGX_OK;
}

bool share_owns(const struct share *share, const struct hgx_node *gpu, unsigned vm)
{
	for (size_t i = 0; i < share->count; i++)
		if (share->gpus[i] == gpu)
			return share->owners[i] == vm;
	return false;
}

static const struct hgx_node *package_of(const struct hgx_node *numa)
{
	for (const struct hgx_node *n = numa->topo->root; n; n = node_next(numa->topo->root, n))
		if (n->cpu && n->numa == numa && n->parent->kind == HGX_CORE)
			return n->parent->parent;
	return NULL;
}

static const struct hgx_node *package_of_home(const struct share *share,
					      const struct hgx_node *home)
{
	return sharers_of(share, home)->package;
}

static size_t gpus_on(const struct share *share, const struct hgx_node *numa)
{
	size_t count = 0;

	for (size_t i = 0; i < share->count; i++)
		count += share->homes[i] == numa;
	return count;
}

static int add_sharers(struct hgx_plan *plan, struct sharers *to, const struct hgx_node *home,
		       const struct hgx_node *package)
{
	const struct share *share = &plan->share;

	to->gpus = arena_alloc(&plan->arena, (share->count + 1) * sizeof(*to->gpus));
	if (!to->gpus)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < share->count; i++)
		if (share->homes[i] &&
		    (home    ? share->homes[i] == home :
		     package ? package_of_home(share, share->homes[i]) == package :
			       true))
			to->gpus[to->count++] = share->gpus[i];
	return HGX_OK;
}

static uint32_t slit(const struct hgx_node *a, const struct hgx_node *b)
{
	return a->memory->distances ? a->memory->distances[numa_rank(b)] : 0;
}

/* The GPUs of the adopter share a node that has none itself. Each node with GPUs adopts
 * the same number of nodes of its package, nearest first. NULL if the nodes do not
 * divide: then all GPUs of the package share the node. */
static const struct hgx_node *adopter(const struct share *share, size_t node,
				      const struct hgx_node *const *adopted)
{
	const struct hgx_node *numa = share->nodes[node].numa,
			      *package = share->nodes[node].package;
	const struct hgx_node *best = NULL;
	size_t with = 0, without = 0;

	for (size_t i = 0; i < share->node_count; i++)
		if (share->nodes[i].package == package)
			++*(gpus_on(share, share->nodes[i].numa) ? &with : &without);
	if (!with || without % with)
		return NULL;
	for (size_t i = 0; i < share->node_count; i++) {
		const struct hgx_node *other = share->nodes[i].numa;
		size_t taken = 0;

		if (share->nodes[i].package != package || !gpus_on(share, other))
			continue;
		for (size_t j = 0; j < node; j++)
			taken += adopted[j] == other;
		if (taken < without / with && (!best || slit(numa, other) < slit(numa, best)))
			best = other;
	}
	return best;
}

static bool package_has_gpus(const struct share *share, const struct hgx_node *package)
{
	for (size_t i = 0; i < share->count; i++)
		if (share->homes[i] && package_of_home(share, share->homes[i]) == package)
			return true;
	return false;
}

static int share_node(struct hgx_plan *plan, size_t index, const struct hgx_node **adopted)
{
	struct share *share = &plan->share;
	struct sharers *node = &share->nodes[index];
	const struct hgx_node *package = node->package;

	adopted[index] = gpus_on(share, node->numa) ? NULL : adopter(share, index, adopted);
	if (gpus_on(share, node->numa))
		return add_sharers(plan, node, node->numa, NULL);
	if (adopted[index])
		return add_sharers(plan, node, adopted[index], NULL);
	return add_sharers(plan, node, NULL, package_has_gpus(share, package) ? package : NULL);
}

int share_nodes(struct hgx_plan *plan)
{
	struct share *share = &plan->share;
	const struct hgx_node **adopted;
	int code = HGX_OK;

	if (!share->divided)
		return HGX_OK;
	share->nodes = arena_alloc(&plan->arena, plan->host->numa_count * sizeof(*share->nodes));
	adopted = calloc(plan->host->numa_count, sizeof(*adopted));
	if (!share->nodes || !adopted)
		code = HGX_NO_MEMORY;
	for (const struct hgx_node *n = plan->host->root->first; !code && n; n = n->next)
		if (n->kind == HGX_NUMA && node_usable(n))
			share->nodes[share->node_count++] =
				(struct sharers){ .numa = n, .package = package_of(n) };
	for (size_t i = 0; !code && i < share->node_count; i++)
		code = share_node(plan, i, adopted);
	free(adopted);
	return code;
}

const struct sharers *sharers_of(const struct share *share, const struct hgx_node *numa)
{
	for (size_t i = 0; i < share->node_count; i++)
		if (share->nodes[i].numa == numa)
			return &share->nodes[i];
	return NULL;
}

/* GPUs are numbered by address, before the accelerators. */
static bool is_numbered_before(const struct hgx_node *a, const struct hgx_node *b)
{
	bool x = a->kind == HGX_GPU, y = b->kind == HGX_GPU;

	return x != y ? x : bdf_compare(a->pci->address, b->pci->address) < 0;
}

size_t share_part(const struct share *share, const struct sharers *node, size_t all, size_t gpu)
{
	size_t rank = 0;

	if (share->equal)
		return (gpu + 1) * all / node->count - gpu * all / node->count;
	for (size_t i = 0; i < node->count; i++)
		rank += is_numbered_before(node->gpus[i], node->gpus[gpu]);
	return all / node->count + (rank < all % node->count);
}

size_t share_of(const struct share *share, const struct sharers *node, size_t all, unsigned vm)
{
	size_t sum = 0;

	for (size_t i = 0; i < node->count; i++)
		if (share_owns(share, node->gpus[i], vm))
			sum += share_part(share, node, all, i);
	return sum;
}

size_t share_parts(const struct share *share, const struct sharers *node, unsigned vm)
{
	size_t count = 0;

	for (size_t i = 0; i < node->count; i++)
		count += share_owns(share, node->gpus[i], vm);
	return count;
}
