/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shape of a machine: each node's is made from what it is and from the shapes of its children,
 * sorted, so that no order counts. */
#include <stdbool.h>
#include <stdlib.h>
#include "compare/hash.h"
#include "compare/machine.h"
#include "compare/shape.h"
#include "model/kind.h"
#include "model/link.h"
#include "model/topo.h"

static int compare_shapes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t hash_sorted(uint64_t hash, uint64_t *shapes, size_t count)
{
	qsort(shapes, count, sizeof(*shapes), compare_shapes);
	for (size_t i = 0; i < count; i++)
		hash = hash_number(hash, shapes[i]);
	return hash_number(hash, count);
}

/* What a host is built of. Functions of the chipset come and go with settings, virtual functions
 * with drivers. */
static bool counts(const struct hgx_node *node)
{
	return kind_is_device(node->kind) && node->kind != HGX_OTHER &&
	       !node->pci->physical_function;
}

/* The speed that both ends can do, as an idle device lowers its own; the width as trained. */
static uint64_t hash_link(uint64_t hash, const struct hgx_node *node)
{
	struct hgx_link now, possible, link = { 0, 0 };

	if (hgx_node_link(node, &now, &possible))
		link = link_met(node);
	if (link.speed && !kind_computes(node->kind) && now.speed && now.speed < link.speed)
		link.speed = now.speed;
	return hash_number(hash_number(hash, link.speed), link.width);
}

/* The models of drives are mixed as they are bought. */
static uint64_t hash_model(uint64_t hash, const struct hgx_node *node)
{
	hash = hash_number(hash, node->kind);
	if (node->kind == HGX_NVME)
		return hash;
	return hash_number(hash, (uint64_t)node->pci->vendor << 16 | node->pci->device);
}

static uint64_t hash_numa(uint64_t hash, const struct hgx_node *node)
{
	return hash_number(hash, node->numa ? 1 + numa_rank(node->numa) : 0);
}

/* Shapes of the children of the nodes on the way down, which lie on one another. */
struct stack {
	uint64_t *shapes;
	size_t count;
};

/* Puts the shape of a subtree on the stack, unless there is nothing in it that counts. */
static void push_shape(struct stack *stack, const struct hgx_node *node)
{
	size_t start = stack->count;
	uint64_t hash;

	for (const struct hgx_node *child = node->first; child; child = child->next)
		push_shape(stack, child);
	if (stack->count == start && !counts(node))
		return;
	hash = hash_model(hash_numa(HASH_START, node), node);
	hash = hash_link(hash, node);
	hash = hash_sorted(hash, stack->shapes + start, stack->count - start);
	stack->count = start;
	stack->shapes[stack->count++] = hash;
}

static uint64_t hash_bridge(struct stack *stack, const struct hgx_node *bridge)
{
	uint64_t hash = hash_numa(HASH_START, bridge);

	stack->count = 0;
	for (const struct hgx_node *child = bridge->first; child; child = child->next)
		push_shape(stack, child);
	return stack->count ? hash_sorted(hash, stack->shapes, stack->count) : 0;
}

/* Root buses without anything that counts are not told. */
static uint64_t hash_bridges(uint64_t hash, const struct hgx_topo *topo, struct stack *stack,
			     uint64_t *bridges)
{
	size_t count = 0;

	for (const struct hgx_node *node = topo->root->first; node; node = node->next) {
		uint64_t bridge = node->kind == HGX_HOST_BRIDGE ? hash_bridge(stack, node) : 0;

		if (bridge)
			bridges[count++] = bridge;
	}
	return hash_sorted(hash, bridges, count);
}

static uint64_t hash_processor(uint64_t hash, const struct hgx_processor *processor)
{
	hash = hash_text(hash, processor->arch);
	hash = hash_text(hash, processor->vendor);
	hash = hash_text(hash, processor->name);
	return hash_number(hash_number(hash, (uint64_t)processor->family),
			   (uint64_t)processor->model);
}

/* The distance of a lone node to itself is not always known, and tells nothing. */
static uint64_t hash_node(uint64_t hash, const struct hgx_topo *topo, const struct hgx_node *numa)
{
	const struct hgx_memory *memory = numa->memory;

	hash = hash_number(hash, memory_built_in(numa));
	for (size_t i = 0; topo->numa_count > 1 && i < memory->distance_count; i++)
		hash = hash_number(hash, memory->distances[i]);
	return hash;
}

static uint64_t hash_machine(const struct hgx_topo *topo)
{
	struct cpu_counts cpus = cpu_counts_of(topo);
	uint64_t hash = hash_number(HASH_START, SHAPE_VERSION);

	hash = hash_number(hash, cpus.cores);
	hash = hash_number(hash, cpus.online + cpus.offline);
	for (const struct hgx_node *node = topo->root->first; node; node = node->next)
		if (node->processor)
			hash = hash_processor(hash, node->processor);
		else if (node->memory)
			hash = hash_node(hash, topo, node);
	return hash;
}

int shape_of(const struct hgx_topo *topo, uint64_t *out)
{
	struct stack stack = { calloc(topo->count, sizeof(*stack.shapes)), 0 };
	uint64_t *bridges = calloc(topo->count, sizeof(*bridges));
	bool fine = stack.shapes && bridges;

	if (fine)
		*out = hash_bridges(hash_machine(topo), topo, &stack, bridges);
	free(bridges);
	free(stack.shapes);
	return fine ? HGX_OK : HGX_NO_MEMORY;
}
