/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the devices of a guest are on its host. The file for NCCL states the host's tree, so the
 * guest's own matters only where the host's is unknown. */
#include <stdbool.h>
#include <stdlib.h>
#include "guest/origin.h"
#include "util/arena.h"
#include "model/origin.h"
#include "model/topo.h"
#include "guest/plan.h"

/* What a domain says counts, not what a plan has chosen where it says nothing. */
static const struct hgx_node *node_of_cell(const struct hgx_plan *plan, size_t cell)
{
	return plan->cell_nodes ? plan->cell_nodes[cell] : plan->cells[cell].host;
}

/* The lowest number of a cell on that node; -1: none is. */
static int cell_on(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (node_of_cell(plan, i) == numa)
			return (int)i;
	return -1;
}

/* The node of the host to state for a device: its own, wherever the guest has put it. Where no
 * guest can have a cell, a mirror puts it near another node, and states that; so it does if the
 * node is unknown. */
static const struct hgx_node *numa_for(const struct hgx_plan *plan, const struct hgx_node *device,
				       const struct hgx_node *host)
{
	const struct hgx_node *own = origin_numa_of(host), *cell = NULL;

	if (own && (numa_is_usable(own) || !is_placed(device)))
		return own;
	if (device->numa)
		cell = node_of_cell(plan, device->numa->memory->id);
	if (cell || own)
		return cell ? cell : own;
	return plan->host->numa_count == 1 ? topo_numa(plan->host, 0) : NULL;
}

/* A node of the host without a cell gets a number that no cell has. */
static void number_nodes(const struct hgx_plan *plan, struct origins *origins)
{
	int next = plan->without_cells ? 0 : (int)plan->cell_count;

	for (size_t i = 0; i < origins->node_count; i++) {
		struct origin_numa *node = &origins->nodes[i];

		node->id = node->host ? cell_on(plan, node->host) : -1;
		next = node->id >= next ? node->id + 1 : next;
	}
	for (size_t i = 0; i < origins->node_count; i++)
		if (origins->nodes[i].host && origins->nodes[i].id < 0)
			origins->nodes[i].id = next++;
}

/* Where a vCPU is pinned, else where the memory of its cell is. */
static const struct hgx_node *node_of_vcpu(const struct hgx_plan *plan, size_t id)
{
	const struct hgx_node *pin = plan->vcpu_nodes ? plan->vcpu_nodes[id] :
							plan->vcpu_hosts[id]->numa;

	return pin ? pin : node_of_cell(plan, plan->vcpus[id].cell);
}

/* Returns how many vCPUs are on any node of the host. A node may hold CPUs of several packages:
 * the processor is that of the first vCPU pinned there. */
static size_t take_vcpus(struct hgx_plan *plan, struct origin_numa *node)
{
	const struct hgx_node *cpu = NULL;
	size_t bound = 0;

	for (size_t i = 0; i < plan->vcpu_count; i++) {
		const struct hgx_node *numa = node_of_vcpu(plan, i), *host = plan->vcpu_hosts[i];

		bound += numa != NULL;
		if (!numa || numa != node->host)
			continue;
		node->vcpus.ids[node->vcpus.count++] = (uint32_t)i;
		if (!cpu && host && host->numa == numa)
			cpu = host;
	}
	if (cpu && cpu->parent->kind == HGX_CORE)
		origin_processor(plan->guest, node, cpu->parent->parent->processor);
	return bound;
}

/* Where nothing says which node they are on, all are stated at the first. */
static int give_vcpus(struct hgx_plan *plan, struct origins *origins)
{
	size_t bound = 0;

	for (size_t i = 0; i < origins->node_count; i++) {
		struct origin_numa *node = &origins->nodes[i];

		node->vcpus.ids = arena_alloc(&plan->guest->arena,
					      (plan->vcpu_count + 1) * sizeof(*node->vcpus.ids));
		if (!node->vcpus.ids)
			return HGX_NO_MEMORY;
		bound = take_vcpus(plan, node);
	}
	if (bound || !origins->node_count)
		return HGX_OK;
	for (size_t i = 0; i < plan->vcpu_count; i++)
		origins->nodes[0].vcpus.ids[origins->nodes[0].vcpus.count++] = (uint32_t)i;
	return HGX_OK;
}

static int make(struct hgx_plan *plan, struct origin_pair *pairs)
{
	size_t count = 0;

	for (const struct hgx_node *node = plan->guest->all; node; node = node->all) {
		const struct hgx_node *host = node->guest ? node->guest->host : NULL;

		if (!host || !host->pci || !has_origin(node))
			continue;
		pairs[count].device = node;
		pairs[count].host = host;
		pairs[count++].numa = numa_for(plan, node, host);
	}
	if (!count)
		return HGX_OK;
	if (origins_make(plan->guest, plan->host, pairs, count))
		return HGX_NO_MEMORY;
	number_nodes(plan, plan->guest->origins);
	return give_vcpus(plan, plan->guest->origins);
}

int guest_origins(struct hgx_plan *plan)
{
	struct origin_pair *pairs = calloc(plan->guest->count, sizeof(*pairs));
	int code;

	if (!pairs)
		return HGX_NO_MEMORY;
	code = make(plan, pairs);
	free(pairs);
	return code;
}
