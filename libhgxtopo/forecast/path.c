/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NCCL searches breadth first from each end. A node may be reached again by a better path as long
 * as there are better ones. */
#include "forecast/path.h"

/* GB/s of a node to itself. */
#define LOCAL_BANDWIDTH 5000

struct search {
	struct paths *paths;
	const struct graph_node *base;
	const struct graph_node **now, **then; /* nodes whose links are to be followed */
	size_t now_count, then_count;
	bool *waits; /* by node: it is in @then */
};

struct path *path_of(const struct paths *paths, const struct graph_node *from,
		     const struct graph_node *to)
{
	return &paths->items[to->index * paths->graph->count + from->index];
}

/* A path goes through a GPU only over NVLinks, from one GPU to another. */
static bool is_barred(const struct search *search, const struct graph_node *node,
		      const struct graph_link *link, const struct path *path)
{
	return node != search->base && node->kind == GRAPH_GPU &&
	       (link->type != PATH_NVL || link->to->kind != GRAPH_GPU || path->hops > 1);
}

static enum path_type type_of(const struct graph_node *node, const struct graph_link *link,
			      const struct path *path)
{
	enum path_type type = link->type;

	if (node->kind == GRAPH_SWITCH && link->to->kind == GRAPH_SWITCH)
		type = PATH_PXB;
	else if (type == PATH_PIX && (node->kind == GRAPH_CPU || link->to->kind == GRAPH_CPU))
		type = PATH_PHB;
	else if (node->kind == GRAPH_GPU && path->type == PATH_NVL && type == PATH_NVL)
		type = PATH_NVB;
	return type > path->type ? type : path->type;
}

static bool is_better(const struct path *new, const struct path *old)
{
	if (new->type != old->type)
		return new->type < old->type;
	if (new->bandwidth > old->bandwidth || new->bandwidth < old->bandwidth)
		return new->bandwidth > old->bandwidth;
	return new->hops < old->hops;
}

static void follow(struct search *search, const struct graph_node *node,
		   const struct graph_link *link)
{
	const struct path *path = path_of(search->paths, node, search->base);
	struct path *other = path_of(search->paths, link->to, search->base);
	struct path new = { PATH_NONE, path->bandwidth, path->hops + 1, NULL };

	if (is_barred(search, node, link, path))
		return;
	if (link->bandwidth < new.bandwidth)
		new.bandwidth = link->bandwidth;
	new.type = type_of(node, link, path);
	if (!is_better(&new, other))
		return;
	*other = new;
	if (!search->waits[link->to->index])
		search->then[search->then_count++] = link->to;
	search->waits[link->to->index] = true;
}

static void step(struct search *search)
{
	const struct graph_node **nodes = search->now;

	for (size_t i = 0; i < search->now_count; i++)
		for (size_t j = 0; j < nodes[i]->link_count; j++)
			follow(search, nodes[i], &nodes[i]->links[j]);
	search->now = search->then;
	search->now_count = search->then_count;
	search->then = nodes;
	search->then_count = 0;
	for (size_t i = 0; i < search->now_count; i++)
		search->waits[search->now[i]->index] = false;
}

static void find_paths(struct search *search, const struct graph_node *base)
{
	const struct graph *graph = search->paths->graph;

	for (size_t i = 0; i < graph->count; i++)
		path_of(search->paths, graph->nodes[i], base)->type = PATH_NONE;
	*path_of(search->paths, base, base) = (struct path){ PATH_LOC, LOCAL_BANDWIDTH, 0, NULL };
	search->base = base;
	search->now[0] = base;
	search->now_count = 1;
	while (search->now_count)
		step(search);
}

bool paths_make(struct paths *paths, const struct graph *graph, struct arena *arena)
{
	static const enum graph_kind ends[] = { GRAPH_CPU, GRAPH_GPU, GRAPH_NET };
	struct search search = { .paths = paths };
	size_t count = graph->count;

	paths->graph = graph;
	paths->items = arena_alloc(arena, count * count * sizeof(*paths->items));
	search.now = arena_alloc(arena, count * sizeof(*search.now));
	search.then = arena_alloc(arena, count * sizeof(*search.then));
	search.waits = arena_alloc(arena, count * sizeof(*search.waits));
	if (!paths->items || !search.now || !search.then || !search.waits)
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		for (size_t j = 0; j < graph->of[ends[i]].count; j++)
			find_paths(&search, graph->of[ends[i]].items[j]);
	return true;
}

enum path_type path_merge(enum path_type a, enum path_type b)
{
	enum path_type near = a < b ? a : b, far = a < b ? b : a;

	return far == PATH_PHB && near == PATH_C2C ? PATH_P2C : far;
}

void path_over(struct paths *paths, const struct graph_node *over, const struct graph_node *from,
	       const struct graph_node *to)
{
	const struct path *first = path_of(paths, from, over), *second = path_of(paths, over, to);
	bool relays = over->kind == GRAPH_GPU;

	*path_of(paths, from, to) = (struct path){
		relays ? PATH_PXN : path_merge(first->type, second->type),
		first->bandwidth < second->bandwidth ? first->bandwidth : second->bandwidth,
		first->hops + second->hops,
		relays ? over : NULL,
	};
}

const struct graph_node *path_cpu(const struct paths *paths, const struct graph_node *gpu)
{
	const struct graph_list *cpus = &paths->graph->of[GRAPH_CPU];
	const struct graph_node *best = cpus->items[0];

	for (size_t i = 1; i < cpus->count; i++)
		if (path_of(paths, gpu, cpus->items[i])->hops < path_of(paths, gpu, best)->hops)
			best = cpus->items[i];
	return best;
}

const char *path_name(enum path_type type)
{
	static const char *const names[] = { "LOC", "NVL", "NVB", "C2C", "PIX", "PXB",
					     "P2C", "PXN", "PHB", "SYS", "-" };

	return names[type];
}
