/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the devices that a domain assigns are on its host. The file for NCCL states the host's
 * tree, so the guest's own matters only where it contradicts it. */
#include <stdbool.h>
#include <stdlib.h>
#include "domain/origin.h"
#include "util/arena.h"
#include "model/distance.h"
#include "model/origin.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "domain/base.h"
#include "domain/binding.h"

/* A node without memory or without CPUs is no cell of any guest. */
static bool can_be_cell(const struct hgx_node *numa)
{
	size_t count;

	free(cpus_of_node(numa->topo, numa, &count));
	return numa->memory->bytes && count;
}

/* The node of the host to state for a device: its own. Where that is unknown or no guest can
 * have it, that of the cell the guest has the device in, or the only one. */
static const struct hgx_node *numa_for(const struct hgx_plan *plan, const struct binding *binding,
				       const struct hgx_node *device, const struct hgx_node *host)
{
	const struct hgx_node *numa = origin_numa_of(host);
	const struct hgx_node *cell = device->numa;

	if (numa && can_be_cell(numa))
		return numa;
	if (cell && cell->memory->id < binding->cell_count && binding->cells[cell->memory->id])
		return binding->cells[cell->memory->id];
	return numa || plan->host->numa_count != 1 ? numa : topo_numa(plan->host, 0);
}

/* The lowest number of a cell on that node; -1: none is. */
static int cell_on(const struct binding *binding, const struct hgx_node *numa)
{
	for (size_t i = 0; i < binding->cell_count; i++)
		if (binding->cells[i] == numa)
			return (int)i;
	return -1;
}

/* A node of the host without a cell gets a number that no cell has. */
static void number_nodes(struct origins *origins, const struct binding *binding, bool cells)
{
	int next = cells ? (int)binding->cell_count : 0;

	for (size_t i = 0; i < origins->node_count; i++) {
		struct origin_numa *node = &origins->nodes[i];
		int cell = node->host ? cell_on(binding, node->host) : -1;

		if (cell >= next)
			next = cell + 1;
		node->id = cell;
	}
	for (size_t i = 0; i < origins->node_count; i++)
		if (origins->nodes[i].host && origins->nodes[i].id < 0)
			origins->nodes[i].id = next++;
}

static const struct hgx_node *node_of_vcpu(const struct hgx_plan *plan,
					   const struct binding *binding, unsigned id)
{
	return binding->vcpus[id] ? binding->vcpus[id] : binding->cells[plan->base->vcpu_cells[id]];
}

/* Returns how many vCPUs are on any node of the host. */
static size_t take_vcpus(struct hgx_plan *plan, struct origin_numa *node,
			 const struct binding *binding)
{
	size_t bound = 0;

	for (unsigned i = 0; i < binding->count; i++) {
		const struct hgx_node *numa = node_of_vcpu(plan, binding, i);

		if (plan->base->vcpu_ids[i] == UINT32_MAX)
			continue;
		bound += numa != NULL;
		if (numa && numa == node->host)
			node->vcpus.ids[node->vcpus.count++] = plan->base->vcpu_ids[i];
	}
	return bound;
}

/* Where nothing says which they are on, all are stated at the first. */
static int give_vcpus(struct hgx_plan *plan, struct origins *origins, const struct binding *binding)
{
	size_t bound = 0;

	for (size_t i = 0; i < origins->node_count; i++) {
		struct origin_numa *node = &origins->nodes[i];

		node->vcpus.ids = arena_alloc(&plan->guest->arena,
					      (plan->vcpu_count + 1) * sizeof(*node->vcpus.ids));
		if (!node->vcpus.ids)
			return HGX_NO_MEMORY;
		bound = take_vcpus(plan, node, binding);
	}
	if (bound || !origins->node_count)
		return HGX_OK;
	for (size_t i = 0; i < plan->vcpu_count; i++)
		origins->nodes[0].vcpus.ids[origins->nodes[0].vcpus.count++] = (uint32_t)i;
	if (plan->host->numa_count > 1)
		plan_note(plan, RULE_VCPUS_UNBOUND, HGX_NOTE, NULL,
			  "pin the vCPUs (<vcpupin>), or bind NUMA cells to host nodes (<memnode>)",
			  "the domain does not say which host node its vCPUs run on: NCCL is told "
			  "that all %zu are near the devices of %s",
			  plan->vcpu_count,
			  origins->nodes[0].host ? origins->nodes[0].host->name : "no known node");
	return HGX_OK;
}

/* How many devices below the guest's port are of that group of the host. */
static size_t members(const struct origins *origins, const struct hgx_node *port,
		      const struct origin_switch *group)
{
	size_t count = 0;

	for (size_t i = 0; i < origins->count; i++)
		count += origins->items[i].near && origins->items[i].group == group &&
			 top_switch(origins->items[i].device) == port;
	return count;
}

/* A device of another group below the same switch of the guest; NULL if there is none, or if it
 * is that one that is out of place: the smaller group is, or the GPUs if there are two. */
static const struct origin *odd_neighbour(const struct origins *origins,
					  const struct origin *origin)
{
	const struct hgx_node *port = top_switch(origin->device);
	size_t own = members(origins, port, origin->group);

	for (size_t i = 0; port && i < origins->count; i++) {
		const struct origin *other = &origins->items[i];
		size_t theirs;

		if (!other->near || other->group == origin->group ||
		    top_switch(other->device) != port)
			continue;
		theirs = members(origins, port, other->group);
		if (own < theirs || (own == theirs && origin->device->kind == HGX_GPU))
			return other;
	}
	return NULL;
}

static const char *host_place(struct hgx_plan *plan, const struct hgx_node *host)
{
	const struct hgx_node *top = top_switch(host), *numa = origin_numa_of(host);

	return arena_format(&plan->arena, "%s%s%s%s", top ? "below switch " : "below no switch",
			    top ? top->name : "", numa ? ", on " : "", numa ? numa->name : "");
}

/* The host node of the guest's cell, if it is another one than the device's. */
static const struct hgx_node *wrong_node(const struct binding *binding, const struct origin *origin)
{
	const struct hgx_node *cell = origin->device->numa;
	const struct hgx_node *here = cell && cell->memory->id < binding->cell_count ?
					      binding->cells[cell->memory->id] :
					      NULL;

	return here && origin->numa->host && here != origin->numa->host ? here : NULL;
}

static void note_place(struct hgx_plan *plan, const struct origins *origins,
		       const struct binding *binding, const struct origin *origin)
{
	const struct hgx_node *node = wrong_node(binding, origin);
	const struct origin *other = odd_neighbour(origins, origin);
	const char *beside = other ? arena_format(&plan->arena, ", below one switch with %s",
						  node_title(other->host).text) :
				     "";

	if (!node && !other)
		return;
	plan_note(plan, RULE_GUEST_PLACE, HGX_WARNING, origin->device,
		  "put the device where the host has it, or mirror the domain anew",
		  "%s is %s on the host, but the guest sees it at %s%s%s%s",
		  node_title(origin->host).text, host_place(plan, origin->host),
		  origin->device->name, node ? ", in the NUMA cell of " : "",
		  node ? node->name : "", beside);
}

static int collect(struct hgx_plan *plan, const struct binding *binding, struct origin_pair *pairs,
		   size_t *count)
{
	*count = 0;
	for (const struct hgx_node *node = plan->guest->all; node; node = node->all) {
		const struct hgx_node *host = node->guest ? node->guest->host : NULL;

		if (!host || !host->pci || !has_origin(node))
			continue;
		pairs[*count].device = node;
		pairs[*count].host = host;
		pairs[(*count)++].numa = numa_for(plan, binding, node, host);
	}
	return *count ? origins_make(plan->guest, plan->host, pairs, *count) : HGX_OK;
}

/* What a plan adds to its base domain is not in the text yet. */
static void add_planned(struct binding *binding, const struct hgx_plan *plan)
{
	const struct base_lacks *lacks = &plan->base->lacks;
	bool kept = plan->base->keeps_vcpus;

	for (unsigned i = 0; i < binding->count; i++)
		if (!kept || lacks->pins[i].count)
			binding->vcpus[i] = plan->cells[plan->base->vcpu_cells[i]].host;
	for (size_t i = 0; i < binding->cell_count; i++)
		if (!kept || lacks->memnodes[i])
			binding->memory[i] = plan->cells[i].host;
}

static int read_binding(struct binding *binding, struct hgx_plan *plan)
{
	const struct base *base = plan->base;

	if (binding_read(binding, plan, base->vcpu_cells, base->vcpu_count))
		return HGX_NO_MEMORY;
	if (base->whole)
		return HGX_OK;
	add_planned(binding, plan);
	binding_cells(binding, base->vcpu_cells);
	return HGX_OK;
}

static int make(struct hgx_plan *plan, struct origin_pair *pairs)
{
	const struct base *base = plan->base;
	struct origins *origins;
	struct binding binding;
	size_t count;

	if (read_binding(&binding, plan) || collect(plan, &binding, pairs, &count))
		return HGX_NO_MEMORY;
	origins = plan->guest->origins;
	if (!origins)
		return HGX_OK;
	number_nodes(origins, &binding, base->has_cells || !base->whole);
	if (give_vcpus(plan, origins, &binding))
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < origins->count; i++)
		if (base->whole && origins->items[i].near)
			note_place(plan, origins, &binding, &origins->items[i]);
	for (size_t i = 0; i < origins->node_count; i++)
		origins->nodes[i].host = NULL;
	for (size_t i = 0; i < origins->count; i++)
		origins->items[i].host = NULL;
	return HGX_OK;
}

int domain_origins(struct hgx_plan *plan)
{
	struct origin_pair *pairs;
	int code;

	if (!plan->host)
		return HGX_OK;
	pairs = calloc(plan->guest->count, sizeof(*pairs));
	if (!pairs)
		return HGX_NO_MEMORY;
	code = make(plan, pairs);
	free(pairs);
	return code;
}
