/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include "forecast/broadcom.h"
#include "forecast/link.h"

/* Vendor, device, subsystem vendor and the first digit of the subsystem, which on PCIe 5.0 switches
 * is the level. */
#define FAMILY 0xfffffffffffff000ull
#define PCIE_4 0x1000c0101000a000ull
#define PCIE_5 0x1000c03010000000ull
#define LEVEL 0x1000ull

static unsigned generation(const struct graph_node *node, unsigned level)
{
	uint64_t ids;

	if (node->kind != GRAPH_SWITCH)
		return 0;
	ids = node->told->ids & FAMILY;
	return ids == PCIE_4 ? 4 : ids == (PCIE_5 | level * LEVEL) ? 5 : 0;
}

static void turn_upward(struct graph_node *node, const struct graph_node *from,
			struct graph_node *to)
{
	for (size_t i = 0; i < node->link_count; i++)
		if (node->links[i].to == from) {
			node->links[i].to = to;
			return;
		}
}

/* Gives what is below the inner switch to the outer one. The inner one stays in the graph, without
 * links. */
static bool take_over(struct graph *graph, struct graph_node *outer, struct graph_node *inner)
{
	for (size_t i = 0; i < inner->link_count; i++) {
		if (inner->links[i].to == outer)
			continue;
		if (!link_append(&graph->arena, outer, &inner->links[i]))
			return false;
		turn_upward(inner->links[i].to, inner, outer);
	}
	inner->link_count = 0;
	return true;
}

static bool flatten(struct graph *graph, struct graph_node *outer)
{
	unsigned own = generation(outer, 0);
	size_t count = outer->link_count;

	for (size_t i = 0; own && i < count;) {
		struct graph_node *inner = outer->links[i].to;

		if (inner->told->parent != outer->told || generation(inner, 1) != own) {
			i++;
			continue;
		}
		link_remove(outer, i);
		count--;
		if (!take_over(graph, outer, inner))
			return false;
	}
	return true;
}

bool broadcom_flatten(struct graph *graph)
{
	const struct graph_list *switches = &graph->of[GRAPH_SWITCH];

	for (size_t i = 0; i < switches->count; i++)
		if (!flatten(graph, switches->items[i]))
			return false;
	return true;
}
