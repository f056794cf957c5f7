/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running guest; what its emulated ports and processor hide comes from the plan. */
#include <stdbool.h>
#include <string.h>
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "match/match.h"
#include "match/origin.h"
#include "match/report.h"

static int copy_topo(struct hgx_topo **out, const struct hgx_topo *topo, struct hgx_error *err)
{
	char *text;
	int code = hgx_emit_json(topo, &text, err);

	if (code)
		return code;
	code = hgx_topo_from_json(out, text, strlen(text), "guest", err);
	hgx_text_free(text);
	return code;
}

/* Drops what is normal in a guest, such as a missing IOMMU or an unknown processor. */
static void drop_findings(struct findings *findings)
{
	static const enum rule_id rules[] = { RULE_IOMMU_OFF,	      RULE_PROCESSOR_UNKNOWN,
					      RULE_DRIVE_USE_UNKNOWN, RULE_NIC_USE_UNKNOWN,
					      RULE_NIC_NAMELESS,      RULE_LINK_NARROW,
					      RULE_LINK_SLOW };
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		bool drop = false;

		for (size_t j = 0; j < ARRAY_SIZE(rules); j++)
			drop |= !strcmp(findings->items[i].rule, rule_row(rules[j])->id);
		if (!drop)
			findings->items[kept++] = findings->items[i];
	}
	findings->count = kept;
}

static const struct hgx_processor *processor_for(const struct hgx_topo *planned, uint32_t id)
{
	const struct hgx_processor *first = NULL;

	for (const struct hgx_node *node = planned->root->first; node; node = node->next) {
		if (!node->processor)
			continue;
		if (node->processor->id == id)
			return node->processor;
		first = first ? first : node->processor;
	}
	return first;
}

static void take_processors(struct hgx_topo *topo, const struct hgx_topo *planned)
{
	for (struct hgx_node *node = topo->root->first; node; node = node->next) {
		const struct hgx_processor *from =
			node->processor ? processor_for(planned, node->processor->id) : NULL;

		if (!from)
			continue;
		node->processor->arch = arena_string(&topo->arena, from->arch);
		node->processor->vendor = arena_string(&topo->arena, from->vendor);
		node->processor->name = arena_string(&topo->arena, from->name);
		node->processor->family = from->family;
		node->processor->model = from->model;
	}
}

/* Copies the link of a device, and those of the ports above it as long as the ports have the
 * planned kinds and have no link from another device yet. */
static void take_links(struct hgx_node *node, const struct hgx_node *planned)
{
	node->pci->link_max = planned->pci->link_max;
	node->pci->link_now = planned->pci->link_now;
	for (node = node->parent, planned = planned->parent;
	     node->pci && node->kind == planned->kind && !node->pci->link_max.speed;
	     node = node->parent, planned = planned->parent)
		node->pci->link_max = planned->pci->link_max;
}

/* Clears the links of all ports: they are emulated and show nothing real. */
static void forget_ports(struct hgx_topo *topo)
{
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci && kind_of(node->kind)->bridge)
			node->pci->link_max = node->pci->link_now = (struct hgx_link){ 0, 0 };
}

/* Takes a NIC that the user added, such as virtio, out of the NCCL file unless it shares a switch
 * with a GPU. */
static void set_aside(struct hgx_node *node)
{
	if (node->kind == HGX_NIC && !shares_switch_with_gpu(node))
		node->kind = HGX_OTHER;
}

static void take_devices(struct hgx_topo *topo, struct match *match)
{
	forget_ports(topo);
	for (size_t i = 0; i < match->seen.count; i++)
		match->seen.devices[i].node = topo_find(topo, match->seen.devices[i].node->name);
	for (int way = MATCH_GUID; way <= MATCH_ORDER; way++)
		for (size_t i = 0; i < match->seen.count; i++) {
			struct match_device *device = &match->seen.devices[i];

			if (device->way == (enum match_way)way)
				take_links(topo_find(topo, device->node->name),
					   device->other->node);
		}
}

int hgx_topo_match(struct hgx_topo **out, const struct hgx_topo *seen,
		   const struct hgx_topo *planned, struct hgx_error *err)
{
	struct hgx_topo *topo = NULL;
	struct match match;
	int code;

	*out = NULL;
	if (!planned->guest)
		return fail(err, RULE_TOPOLOGY_IS_HOST,
			    "the topology to match with is that of a host; give the guest of a "
			    "plan");
	code = match_make(&match, seen, planned, err);
	if (!code)
		code = copy_topo(&topo, seen, err);
	if (!code) {
		topo->guest = true;
		drop_findings(&topo->findings);
		take_processors(topo, planned);
		take_devices(topo, &match);
		match_report(topo, &match, planned);
		for (size_t i = 0; i < match.seen.count; i++)
			if (!match.seen.devices[i].other)
				set_aside(topo_find(topo, match.seen.devices[i].node->name));
		code = match_origins(topo, &match, planned, err);
	}
	match_free(&match);
	if (!code && topo->arena.failed)
		code = fail_memory(err);
	if (code) {
		hgx_topo_free(topo);
		return code;
	}
	*out = topo;
	return HGX_OK;
}
