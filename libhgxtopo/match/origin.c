/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running guest that does not mirror the host: where its devices are in the planned guest. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "match/origin.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/origin.h"
#include "model/topo.h"
#include "match/match.h"

#define UNNUMBERED -2 /* a node that is known, without a number yet */

static int id_of(const struct hgx_node *numa)
{
	return numa ? (int)numa->memory->id : -1;
}

/* The number of the guest's NUMA node that a device was planned for, or that the plan states for
 * it; -1: unknown. */
static int planned_numa(const struct hgx_node *planned)
{
	const struct origin *origin = origin_planned(planned);

	return origin && origin->numa ? origin->numa->id : id_of(origin_numa_of(planned));
}

/* Whether the guest's own tree says the same of the device. */
static bool is_mirrored(const struct origin *origin)
{
	const struct origin_switch *top = origin_top(origin);
	int planned = planned_numa(origin->host);

	if (top ? !top->port : top_switch(origin->device) != NULL)
		return false;
	if (origin->group != top)
		return false;
	return planned < 0 || id_of(origin_numa_of(origin->device)) == planned;
}

static bool all_mirrored(const struct origins *origins)
{
	for (size_t i = 0; i < origins->count; i++)
		if (origins->items[i].near && !is_mirrored(&origins->items[i]))
			return false;
	return true;
}

/* The node of the running guest that devices of the planned one are on. */
static const struct hgx_node *seen_numa(const struct origins *origins,
					const struct origin_numa *node)
{
	int planned = node->host ? id_of(node->host) : node->id;

	for (size_t i = 0; i < origins->count; i++) {
		const struct origin *origin = &origins->items[i];

		if (origin->numa == node && planned >= 0 &&
		    id_of(origin_numa_of(origin->device)) == planned)
			return origin_numa_of(origin->device);
	}
	return NULL;
}

static int take_cpus(struct hgx_topo *topo, struct origin_numa *node, const struct hgx_node *numa)
{
	uint32_t *ids = cpus_of_node(topo, numa, &node->vcpus.count);

	topo->arena.failed |= !ids;
	if (!ids)
		return HGX_NO_MEMORY;
	node->vcpus.ids = arena_alloc(&topo->arena, (node->vcpus.count + 1) * sizeof(*ids));
	if (node->vcpus.ids)
		memcpy(node->vcpus.ids, ids, node->vcpus.count * sizeof(*ids));
	free(ids);
	return node->vcpus.ids ? HGX_OK : HGX_NO_MEMORY;
}

/* Whether the plan can be about the vCPUs of the running guest: a guest without cells shows one. */
static bool same_cells(const struct hgx_topo *topo, const struct hgx_topo *planned)
{
	return topo->numa_count == planned->numa_count ||
	       (topo->numa_count <= 1 && planned->numa_count <= 1);
}

/* Of the vCPUs that the plan states, those that the guest has. */
static void keep_cpus(const struct hgx_topo *topo, struct cpuset *vcpus)
{
	size_t kept = 0;

	for (size_t i = 0; i < vcpus->count; i++)
		if (has_vcpu(topo, vcpus->ids[i]))
			vcpus->ids[kept++] = vcpus->ids[i];
	vcpus->count = kept;
}

/* The number and the vCPUs that the guest shows, or else that the plan states. Returns whether
 * either does. */
static bool know_node(struct hgx_topo *topo, struct origins *origins, struct origin_numa *node,
		      const struct hgx_topo *planned)
{
	const struct hgx_node *numa = seen_numa(origins, node);

	if (numa) {
		node->id = id_of(numa);
		take_cpus(topo, node, numa);
	} else if (node->id >= 0 && same_cells(topo, planned)) {
		keep_cpus(topo, &node->vcpus);
	} else if (node->host || node->id >= 0) {
		node->id = UNNUMBERED;
		node->vcpus.count = 0;
	}
	return node->id >= 0;
}

/* Nodes that are known keep their numbers; the others get numbers that the guest does not have. */
static int number_nodes(struct hgx_topo *topo, struct origins *origins,
			const struct hgx_topo *planned)
{
	int next = topo->numa_count > 1 ? (int)topo->numa_count : 0;
	bool known = false;

	for (size_t i = 0; i < origins->node_count; i++) {
		struct origin_numa *node = &origins->nodes[i];

		known |= know_node(topo, origins, node, planned);
		next = node->id >= next ? node->id + 1 : next;
	}
	for (size_t i = 0; i < origins->node_count; i++)
		if (origins->nodes[i].id == UNNUMBERED)
			origins->nodes[i].id = next++;
	if (topo->arena.failed)
		return HGX_NO_MEMORY;
	if (known || !origins->node_count)
		return HGX_OK;
	if (origins->node_count > 1)
		finding_add(
			&topo->findings, &topo->arena, RULE_VCPUS_UNBOUND, HGX_NOTE, NULL,
			"write the file on the host, from the domain, whose pins tell it",
			"the guest does not show which host node its vCPUs run on: NCCL is told "
			"that all of them are near the devices of the first");
	return take_cpus(topo, &origins->nodes[0], NULL);
}

/* Devices of a model that the plan has and that could not be told apart. */
static int check_matched(const struct match *match, struct hgx_error *err)
{
	for (size_t i = 0; i < match->seen.count; i++) {
		const struct match_device *seen = &match->seen.devices[i];

		for (size_t j = 0; !seen->other && j < match->planned.count; j++)
			if (has_origin(seen->node) &&
			    match_alike(seen->node, match->planned.devices[j].node))
				return fail_node(
					err, RULE_GUEST_AMBIGUOUS, seen->node->name,
					"%.200s: the guest does not have the PCIe switches of the "
					"host, and no serial number or GUID tells which of its "
					"devices this is; read both as root with the numbers that "
					"identify devices, or write the file on the host, from "
					"the domain and its host",
					node_title(seen->node).text);
	}
	return HGX_OK;
}

static int make(struct hgx_topo *topo, const struct match *match, const struct hgx_topo *planned,
		struct origin_pair *pairs, struct hgx_error *err)
{
	size_t count = 0;
	int code;

	for (size_t i = 0; i < match->seen.count; i++) {
		const struct match_device *seen = &match->seen.devices[i];

		if (!seen->other || !has_origin(seen->node))
			continue;
		pairs[count].device = seen->node;
		pairs[count].host = seen->other->node;
		pairs[count++].numa = origin_numa_of(seen->other->node);
	}
	if (origins_make(topo, planned, pairs, count))
		return fail_memory(err);
	if (all_mirrored(topo->origins)) {
		topo->origins = NULL;
		return match_is_flat(match) ? check_matched(match, err) : HGX_OK;
	}
	code = check_matched(match, err);
	if (code)
		return code;
	if (number_nodes(topo, topo->origins, planned))
		return fail_memory(err);
	origins_close(topo->origins);
	return HGX_OK;
}

int match_origins(struct hgx_topo *topo, const struct match *match, const struct hgx_topo *planned,
		  struct hgx_error *err)
{
	struct origin_pair *pairs = calloc(match->seen.count + 1, sizeof(*pairs));
	int code;

	if (!pairs)
		return fail_memory(err);
	code = make(topo, match, planned, pairs, err);
	free(pairs);
	return code;
}
