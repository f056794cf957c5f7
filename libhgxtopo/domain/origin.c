/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the devices that a domain assigns are on its host. The file for NCCL states the host's
 * tree, so the guest's own matters only where it contradicts it. */
#include <stdbool.h>
#include "domain/origin.h"
#include "util/arena.h"
#include "model/distance.h"
#include "model/origin.h"
#include "model/topo.h"
#include "guest/origin.h"
#include "guest/plan.h"
#include "domain/base.h"
#include "domain/binding.h"

/* How many devices below the guest's port are of that group of the host. */
static size_t members(const struct origins *origins, const struct hgx_node *port,
		      const struct origin_switch *group)
{
	size_t count = 0;

	for (size_t i = 0; i < origins->count; i++)
		count += origins->items[i].near && origin_top(&origins->items[i]) == group &&
			 top_switch(origins->items[i].device) == port;
	return count;
}

/* A device of another group below the same switch of the guest; NULL if there is none, or if it
 * is that one that is out of place: the smaller group is, or the GPUs if there are two. */
static const struct origin *odd_neighbour(const struct origins *origins,
					  const struct origin *origin)
{
	const struct hgx_node *port = top_switch(origin->device);
	const struct origin_switch *top = origin_top(origin);
	size_t own = members(origins, port, top);

	for (size_t i = 0; port && i < origins->count; i++) {
		const struct origin *other = &origins->items[i];
		size_t theirs;

		if (!other->near || origin_top(other) == top || top_switch(other->device) != port)
			continue;
		theirs = members(origins, port, origin_top(other));
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

/* The host node of the guest's cell, if it is another one than the device's, where a cell could be.
 */
static const struct hgx_node *wrong_node(const struct hgx_plan *plan, const struct origin *origin)
{
	const struct hgx_node *cell = origin->device->numa;
	const struct hgx_node *here = cell ? plan->cell_nodes[cell->memory->id] : NULL;
	const struct hgx_node *own = origin_numa_of(origin->host);

	return here && own && here != own && numa_is_usable(own) ? here : NULL;
}

static bool has_cell(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (plan->cell_nodes[i] == numa)
			return true;
	return false;
}

/* A mirror puts each device into the cell of its node, so only a cell there helps. */
static const char *place_remedy(struct hgx_plan *plan, const struct origin *origin, bool moved)
{
	const struct hgx_node *numa = origin_numa_of(origin->host);

	if (!moved || has_cell(plan, numa))
		return "put the device where the host has it, or mirror the domain anew";
	return arena_format(
		&plan->arena,
		"give the domain a NUMA cell on %s (<cell>, bound by <memnode>) and mirror "
		"it anew%s",
		numa->name,
		plan->only_pci ? "" :
				 "; from a domain without <numa>, <numatune> and "
				 "<vcpupin>, the mirror makes these cells itself");
}

static void note_place(struct hgx_plan *plan, const struct origins *origins,
		       const struct origin *origin)
{
	const struct hgx_node *node = wrong_node(plan, origin);
	const struct origin *other = odd_neighbour(origins, origin);
	const char *beside = other ? arena_format(&plan->arena, ", below one switch with %s",
						  node_title(other->host).text) :
				     "";

	if (!node && !other)
		return;
	plan_note(plan, RULE_GUEST_PLACE, HGX_WARNING, origin->device,
		  place_remedy(plan, origin, node != NULL),
		  "%s: on the host it is %s; the guest sees it at %s%s%s%s",
		  node_title(origin->host).text, host_place(plan, origin->host),
		  origin->device->name, node ? ", in the NUMA cell of " : "",
		  node ? node->name : "", beside);
}

static int take_binding(struct hgx_plan *plan, const struct binding *binding)
{
	const struct hgx_node **nodes = arena_alloc(&plan->arena,
						    (plan->vcpu_count + 1) * sizeof(*nodes));

	if (!nodes)
		return HGX_NO_MEMORY;
	for (unsigned i = 0; i < binding->count; i++)
		if (plan->base->vcpu_ids[i] != UINT32_MAX)
			nodes[plan->base->vcpu_ids[i]] = binding->vcpus[i];
	plan->vcpu_nodes = nodes;
	plan->cell_nodes = binding->cells;
	return HGX_OK;
}

/* What a plan adds to its base domain is not in the XML yet. */
static void add_planned(struct binding *binding, const struct hgx_plan *plan)
{
	const struct base *base = plan->base;

	for (unsigned i = 0; i < binding->count; i++)
		if (!base->keeps_vcpus || base->lacks.pins[i].count)
			binding->vcpus[i] = plan->cells[base->vcpu_cells[i]].host;
	for (size_t i = 0; i < binding->cell_count; i++)
		if (!base->keeps_vcpus || base->lacks.memnodes[i])
			binding->memory[i] = plan->cells[i].host;
	binding_cells(binding, base->vcpu_cells);
}

static void note_vcpus(struct hgx_plan *plan, const struct origins *origins)
{
	const struct hgx_node *first = origins->node_count ? origins->nodes[0].host : NULL;

	for (size_t i = 0; i < plan->vcpu_count; i++)
		if (plan->vcpu_nodes[i] || plan->cell_nodes[plan->vcpus[i].cell])
			return;
	if (plan->host->numa_count > 1)
		plan_note(plan, RULE_VCPUS_UNBOUND, HGX_NOTE, NULL,
			  "pin the vCPUs (<vcpupin>), or bind NUMA cells to host nodes (<memnode>)",
			  "the domain does not say which host node its vCPUs run on: NCCL is told "
			  "that all %zu are near the devices of %s",
			  plan->vcpu_count, first ? first->name : "an unknown node");
}

static void note_origins(struct hgx_plan *plan, const struct origins *origins)
{
	if (plan->base->whole)
		note_vcpus(plan, origins);
	for (size_t i = 0; i < origins->count; i++)
		if (origins->items[i].near)
			note_place(plan, origins, &origins->items[i]);
}

int domain_origins(struct hgx_plan *plan)
{
	const struct base *base = plan->base;
	struct binding binding;

	if (!plan->host)
		return HGX_OK;
	if (binding_read(&binding, plan, base->vcpu_cells, base->vcpu_count))
		return HGX_NO_MEMORY;
	if (!base->whole)
		add_planned(&binding, plan);
	if (take_binding(plan, &binding) || guest_origins(plan))
		return HGX_NO_MEMORY;
	if (!plan->guest->origins)
		return HGX_OK;
	note_origins(plan, plan->guest->origins);
	origins_close(plan->guest->origins);
	return HGX_OK;
}
