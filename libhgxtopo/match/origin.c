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

static bool same_numa(const struct hgx_node *a, const struct hgx_node *b)
{
	return a && b && a->memory->id == b->memory->id;
}

/* Whether the guest's own tree says the same of the device. */
static bool is_mirrored(const struct origin *origin)
{
	const struct hgx_node *planned = origin_numa_of(origin->host);
	const struct origin_switch *top = origin_top(origin);

	if (top ? !top->port : top_switch(origin->device) != NULL)
		return false;
	if (origin->group != top)
		return false;
	return !planned || same_numa(origin_numa_of(origin->device), planned);
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
	for (size_t i = 0; i < origins->count; i++) {
		const struct origin *origin = &origins->items[i];

		if (origin->numa == node && same_numa(origin_numa_of(origin->device), node->host))
			return origin_numa_of(origin->device);
	}
	return NULL;
}

static int take_cpus(struct hgx_topo *topo, struct origin_numa *node, const struct hgx_node *numa)
{
	uint32_t *ids = cpus_of_node(topo, numa, &node->vcpus.count);

	if (!ids)
		return HGX_NO_MEMORY;
	node->vcpus.ids = arena_alloc(&topo->arena, (node->vcpus.count + 1) * sizeof(*ids));
	if (node->vcpus.ids)
		memcpy(node->vcpus.ids, ids, node->vcpus.count * sizeof(*ids));
	free(ids);
	return node->vcpus.ids ? HGX_OK : HGX_NO_MEMORY;
}

/* Nodes that the guest has keep their numbers; the others get numbers that it does not have. */
static int number_nodes(struct hgx_topo *topo, struct origins *origins)
{
	int next = topo->numa_count > 1 ? (int)topo->numa_count : 0;
	bool known = false;

	for (size_t i = 0; i < origins->node_count; i++) {
		struct origin_numa *node = &origins->nodes[i];
		const struct hgx_node *numa = node->host ? seen_numa(origins, node) : NULL;

		if (!numa)
			continue;
		node->id = (int)numa->memory->id;
		next = node->id >= next ? node->id + 1 : next;
		known = true;
		if (take_cpus(topo, node, numa))
			return HGX_NO_MEMORY;
	}
	for (size_t i = 0; i < origins->node_count; i++)
		if (origins->nodes[i].host && origins->nodes[i].id < 0)
			origins->nodes[i].id = next++;
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
	if (number_nodes(topo, topo->origins))
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
