/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The graph, in the order that NCCL makes it in. Each rank keeps what leads to its own GPU and to
 * NICs, and the trees of all ranks are merged: below a node come the branches with a NIC as they
 * are in the file, then those with GPUs only, by their first rank. The order decides between equal
 * paths and equal NICs. */
#include <limits.h>
#include <string.h>
#include "forecast/broadcom.h"
#include "forecast/graph.h"
#include "forecast/link.h"

#define NO_RANK UINT_MAX
/* GB/s; wider than any path to a NIC, as on Grace. */
#define C2C_BANDWIDTH 447.12f

/* GB/s of an NVLink, and how many a GPU has, by compute capability. */
static const struct nvlink {
	unsigned capability;
	float bandwidth;
	unsigned links;
} nvlinks[] = { { 100, 40.1f, 18 }, { 90, 20.6f, 18 }, { 0, 20, 12 } };

struct maker {
	struct graph *graph;
	struct telling *told;
	const struct graph_options *options;
	const bool *members;
	bool failed;
};

static const struct nvlink *nvlink_of(unsigned capability)
{
	const struct nvlink *row = nvlinks;

	while (row->capability > capability)
		row++;
	return row;
}

static struct graph_node *add_node(struct maker *maker, enum graph_kind kind,
				   const struct told_node *told)
{
	struct graph *graph = maker->graph;
	struct graph_node *node = arena_alloc(&graph->arena, sizeof(*node));

	if (!node) {
		maker->failed = true;
		return NULL;
	}
	node->kind = kind;
	node->told = told;
	node->index = graph->count;
	graph->nodes[graph->count++] = node;
	graph->of[kind].items[graph->of[kind].count++] = node;
	return node;
}

static void join(struct maker *maker, struct graph_node *a, struct graph_node *b,
		 enum path_type type, float bandwidth)
{
	if (!link_both_ways(&maker->graph->arena, a, b, type, bandwidth))
		maker->failed = true;
}

static bool has_nic(const struct told_node *node)
{
	if (node->kind == TOLD_NIC)
		return true;
	for (const struct told_node *child = node->first; child; child = child->next)
		if (has_nic(child))
			return true;
	return false;
}

/* The first of the GPUs below; NO_RANK: there is none. */
static unsigned first_rank(const struct told_node *node)
{
	unsigned first = node->kind == TOLD_GPU ? node->rank : NO_RANK;

	for (const struct told_node *child = node->first; child; child = child->next) {
		unsigned rank = first_rank(child);

		first = rank < first ? rank : first;
	}
	return first;
}

static void add_branch(struct maker *maker, const struct told_node *told, struct graph_node *above);

static const struct told_node *next_branch(const struct told_node *parent, unsigned after, bool any,
					   unsigned *rank)
{
	const struct told_node *best = NULL;

	for (const struct told_node *child = parent->first; child; child = child->next) {
		unsigned first = has_nic(child) ? NO_RANK : first_rank(child);

		if (first == NO_RANK || (any && first <= after) || (best && first >= *rank))
			continue;
		best = child;
		*rank = first;
	}
	return best;
}

static void add_below(struct maker *maker, const struct told_node *parent, struct graph_node *node)
{
	const struct told_node *branch;
	unsigned rank = 0;
	bool any = false;

	for (const struct told_node *child = parent->first; child; child = child->next)
		if (has_nic(child))
			add_branch(maker, child, node);
	while ((branch = next_branch(parent, rank, any, &rank)) != NULL) {
		add_branch(maker, branch, node);
		any = true;
	}
}

static void add_net(struct maker *maker, const struct told_node *told, struct graph_node *nic)
{
	struct graph_node *net = add_node(maker, GRAPH_NET, told);

	if (!net)
		return;
	join(maker, nic, net, PATH_LOC, told->speed);
	if (!maker->failed)
		link_mark_network(nic, net);
}

static void add_branch(struct maker *maker, const struct told_node *told, struct graph_node *above)
{
	static const enum graph_kind kinds[] = { [TOLD_CPU] = GRAPH_CPU,
						 [TOLD_SWITCH] = GRAPH_SWITCH,
						 [TOLD_GPU] = GRAPH_GPU,
						 [TOLD_NIC] = GRAPH_NIC };
	struct graph_node *node;

	if (told->kind == TOLD_GPU && maker->members && !maker->members[told->rank])
		return;
	node = add_node(maker, kinds[told->kind], told);
	if (!node)
		return;
	if (told->kind == TOLD_NIC)
		add_net(maker, told, node);
	add_below(maker, told, node);
	if (above)
		join(maker, node, above, PATH_PIX, told->link);
}

static struct graph_node *gpu_named(const struct graph *graph, const char *name)
{
	const struct graph_list *gpus = &graph->of[GRAPH_GPU];

	for (size_t i = 0; i < gpus->count; i++)
		if (!strcmp(gpus->items[i]->told->name, name))
			return gpus->items[i];
	return NULL;
}

static struct graph_node *cpu_above(const struct graph *graph, const struct told_node *told)
{
	const struct graph_list *cpus = &graph->of[GRAPH_CPU];

	while (told->kind != TOLD_CPU)
		told = told->parent;
	for (size_t i = 0; i < cpus->count; i++)
		if (cpus->items[i]->told == told)
			return cpus->items[i];
	return NULL;
}

static struct graph_node *nvswitches(struct maker *maker)
{
	const struct graph_list *all = &maker->graph->of[GRAPH_NVS];

	return all->count ? all->items[0] : add_node(maker, GRAPH_NVS, NULL);
}

/* A GPU lists its links to another GPU, and that one lists them too. */
static void add_own_link(struct maker *maker, struct graph_node *gpu, const struct told_link *link)
{
	float each = nvlink_of(maker->options->capability)->bandwidth;
	struct graph_node *other;

	if (link->c2c)
		join(maker, gpu, cpu_above(maker->graph, gpu->told), PATH_C2C, link->bandwidth);
	else if (!link->target && (other = nvswitches(maker)) != NULL)
		join(maker, gpu, other, PATH_NVL, link->bandwidth * each);
	else if (link->target && (other = gpu_named(maker->graph, link->target)) != NULL)
		maker->failed |= !link_one_way(&maker->graph->arena, gpu, other, PATH_NVL,
					       link->bandwidth * each);
}

/* The NVLinks of a board with NVSwitches are the same for all its GPUs. */
static void add_gpu_links(struct maker *maker)
{
	const struct nvlink *row = nvlink_of(maker->options->capability);
	const struct graph_list *gpus = &maker->graph->of[GRAPH_GPU];
	bool boards = maker->options->nvlink && maker->told->gpus > 1;

	for (size_t i = 0; !maker->failed && i < gpus->count; i++) {
		struct graph_node *gpu = gpus->items[i], *nvs;
		bool own_c2c = false;

		for (const struct told_link *link = gpu->told->links; link; link = link->next) {
			add_own_link(maker, gpu, link);
			own_c2c |= link->c2c;
		}
		if (boards && !gpu->told->own_nvlinks && (nvs = nvswitches(maker)) != NULL)
			join(maker, gpu, nvs, PATH_NVL, (float)row->links * row->bandwidth);
		if (maker->options->c2c && !own_c2c)
			join(maker, gpu, cpu_above(maker->graph, gpu->told), PATH_C2C,
			     C2C_BANDWIDTH);
	}
}

static void join_cpus(struct maker *maker)
{
	const struct graph_list *cpus = &maker->graph->of[GRAPH_CPU];

	for (size_t i = 0; i < cpus->count; i++)
		for (size_t j = 0; j < cpus->count; j++)
			if (i != j)
				maker->failed |= !link_one_way(&maker->graph->arena, cpus->items[i],
							       cpus->items[j], PATH_SYS,
							       cpus->items[i]->told->between);
}

static int make_lists(struct graph *graph, size_t count)
{
	graph->nodes = arena_alloc(&graph->arena, count * sizeof(*graph->nodes));
	if (!graph->nodes)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < GRAPH_KINDS; i++) {
		graph->of[i].items = arena_alloc(&graph->arena,
						 count * sizeof(*graph->of[i].items));
		if (!graph->of[i].items)
			return HGX_NO_MEMORY;
	}
	return HGX_OK;
}

int graph_make(struct graph *graph, struct telling *told, const struct graph_options *options,
	       const bool *members)
{
	struct maker maker = { graph, told, options, members, false };

	if (make_lists(graph, told->count + told->nics + 1))
		return HGX_NO_MEMORY;
	add_below(&maker, &told->root, NULL);
	if (!maker.failed)
		add_gpu_links(&maker);
	if (!maker.failed)
		broadcom_flatten(graph);
	if (!maker.failed)
		join_cpus(&maker);
	if (maker.failed)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < graph->of[GRAPH_CPU].count; i++)
		links_sort(graph->of[GRAPH_CPU].items[i], NULL);
	return HGX_OK;
}

void graph_free(struct graph *graph)
{
	arena_free(&graph->arena);
	*graph = (struct graph){ 0 };
}
