/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Path classes, as `nvidia-smi topo -m` and NVML's nvmlGpuTopologyLevel_t define them. */
#include <stdbool.h>
#include "model/distance.h"
#include "util/macros.h"
#include "model/kind.h"
#include "model/topo.h"

const char *hgx_distance_name(enum hgx_distance distance)
{
	static const char *const names[] = { "X", "PIX", "PXB", "PHB", "NODE", "SYS", "-" };

	return (size_t)distance < ARRAY_SIZE(names) ? names[distance] : NULL;
}

const struct hgx_node *top_switch(const struct hgx_node *node)
{
	const struct hgx_node *top = NULL;

	for (; node; node = node->parent)
		if (node->kind == HGX_SWITCH_UP)
			top = node;
	return top;
}

bool shares_switch_with_gpu(const struct hgx_node *node)
{
	const struct hgx_node *group = top_switch(node);

	for (const struct hgx_node *n = group; n; n = node_next(group, n))
		if (kind_computes(n->kind))
			return true;
	return false;
}

const struct hgx_node *common_ancestor(const struct hgx_node *a, const struct hgx_node *b)
{
	while (a != b) {
		if (a->depth >= b->depth)
			a = a->parent;
		else
			b = b->parent;
	}
	return a;
}

static unsigned switches_below(const struct hgx_node *node, const struct hgx_node *top)
{
	unsigned count = 0;

	for (; node != top; node = node->parent)
		count += node->kind == HGX_SWITCH_UP;
	return count;
}

static enum hgx_distance numa_distance(const struct hgx_node *a, const struct hgx_node *b)
{
	if (a->numa && a->numa == b->numa)
		return HGX_NODE;
	/* one NUMA node: no link between nodes to cross */
	return a->topo->numa_count <= 1 ? HGX_NODE : HGX_SYS;
}

enum hgx_distance hgx_distance(const struct hgx_node *a, const struct hgx_node *b)
{
	const struct hgx_node *top;
	unsigned switches;

	if (!a || !b || a->topo != b->topo || !a->pci || !b->pci)
		return HGX_NOWHERE;
	if (a == b)
		return HGX_SELF;
	top = common_ancestor(a, b);
	if (top->kind == HGX_MACHINE)
		return numa_distance(a, b);
	if (top->kind == HGX_HOST_BRIDGE)
		return HGX_PHB;
	switches = switches_below(a, top) + switches_below(b, top) + (top->kind == HGX_SWITCH_UP);
	return switches <= 1 ? HGX_PIX : HGX_PXB;
}

struct near {
	const struct hgx_node *node;
	enum hgx_distance distance;
	bool is_virtual;
};

static bool nearer(const struct near *a, const struct near *b)
{
	if (!b->node)
		return true;
	if (a->is_virtual != b->is_virtual)
		return b->is_virtual;
	if (a->distance != b->distance)
		return a->distance < b->distance;
	return node_compare(a->node, b->node) < 0;
}

const struct hgx_node *hgx_node_nearest(const struct hgx_node *from, enum hgx_kind kind)
{
	struct near best = { NULL, HGX_NOWHERE, true };
	const struct hgx_node *root;

	if (!from || !from->pci)
		return NULL;
	root = from->topo->root;
	for (const struct hgx_node *node = root; node; node = node_next(root, node)) {
		struct near found = { node, HGX_NOWHERE, false };

		if (node->kind != kind || node == from || !node->pci)
			continue;
		found.distance = hgx_distance(from, node);
		found.is_virtual = node->pci->physical_function != NULL;
		if (nearer(&found, &best))
			best = found;
	}
	return best.node;
}
