/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decisions, in NCCL's order: paths between GPUs, islands, paths to NICs, the NIC of each GPU.
 */
#include "forecast/decide.h"
#include "forecast/local.h"

struct state {
	struct graph graph;
	struct paths paths;
	const struct decide_options *options;
};

/* NCCL lets GPUs of AMD's machines with one or two of them reach each other over the CPU. */
static enum path_type peer_limit(const struct state *state)
{
	const struct graph *graph = &state->graph;

	return graph->of[GRAPH_CPU].items[0]->told->amd && graph->of[GRAPH_GPU].count <= 2 ?
		       PATH_SYS :
		       PATH_PXB;
}

/* GPUs that are too far apart exchange through the memory of the CPU. */
static void part_gpus(struct state *state)
{
	const struct graph_list *gpus = &state->graph.of[GRAPH_GPU];
	enum path_type limit = peer_limit(state);

	for (size_t i = 0; i < gpus->count; i++) {
		const struct graph_node *gpu = gpus->items[i];
		const struct graph_node *cpu = path_cpu(&state->paths, gpu);

		for (size_t j = 0; j < gpus->count; j++)
			if (path_of(&state->paths, gpus->items[j], gpu)->type > limit)
				path_over(&state->paths, cpu, gpus->items[j], gpu);
	}
}

/* The most that a GPU gets from a NIC which is no farther than PXB. */
static float near_bandwidth(const struct state *state, const struct graph_node *gpu)
{
	const struct graph_list *nets = &state->graph.of[GRAPH_NET];
	float most = 0;

	for (size_t i = 0; i < nets->count; i++) {
		const struct path *path = path_of(&state->paths, gpu, nets->items[i]);

		if (path->type <= PATH_PXB && path->bandwidth > most)
			most = path->bandwidth;
	}
	return most;
}

/* Two GPUs are cut apart if both get more from a NIC than from each other. */
static bool is_cut(const struct state *state, const struct graph_node *a,
		   const struct graph_node *b)
{
	float speed = path_of(&state->paths, a, b)->bandwidth;

	return near_bandwidth(state, a) > speed && near_bandwidth(state, b) > speed;
}

/* Numbers the islands by the first of their GPUs. False: there is one only. */
static bool find_islands(const struct state *state, size_t *islands)
{
	const struct graph_list *gpus = &state->graph.of[GRAPH_GPU];
	bool several = false;

	for (size_t i = 0; i < gpus->count; i++) {
		islands[i] = i;
		for (size_t j = 0; j < i; j++)
			if (islands[j] < islands[i] &&
			    !is_cut(state, gpus->items[i], gpus->items[j]))
				islands[i] = islands[j];
		several |= islands[i] != 0;
	}
	return several;
}

/* On Grace a GPU reaches a NIC of its own CPU over C2C. */
static void use_c2c(struct state *state)
{
	const struct graph_list *gpus = &state->graph.of[GRAPH_GPU];
	struct paths *paths = &state->paths;

	for (size_t i = 0; i < gpus->count; i++) {
		const struct graph_node *gpu = gpus->items[i], *cpu = path_cpu(paths, gpu);
		struct local nets;

		local_find(&nets, paths, gpu, GRAPH_NET);
		for (const struct graph_node *net = NULL; (net = local_next(&nets, net)) != NULL;) {
			struct path *there = path_of(paths, gpu, net);
			struct path *back = path_of(paths, net, gpu);

			if (path_merge(path_of(paths, gpu, cpu)->type,
				       path_of(paths, net, cpu)->type) != PATH_P2C)
				continue;
			there->type = there->type < PATH_P2C ? there->type : PATH_P2C;
			back->type = back->type < PATH_P2C ? back->type : PATH_P2C;
		}
	}
}

/* NCCL decides about receiving and sending alike for compute capability 80 and later. */
static bool may_gdr(const struct state *state, const struct graph_node *gpu,
		    const struct graph_node *net)
{
	const struct path *path = path_of(&state->paths, gpu, net);

	if (path->type == PATH_PXN)
		path = path_of(&state->paths, path->relay, net);
	return state->options->gdr && !net->told->no_gdr && path->type <= PATH_P2C;
}

/* Whether the NIC's own GPU relays for another. */
static bool relays(const struct state *state, const struct graph_node *own,
		   const struct graph_node *gpu, const struct graph_node *net)
{
	const struct path *from_own = path_of(&state->paths, own, net);
	const struct path *direct = path_of(&state->paths, gpu, net);

	return from_own->type <= PATH_P2C && may_gdr(state, own, net) &&
	       path_of(&state->paths, own, gpu)->type <= PATH_NVL &&
	       (from_own->bandwidth > direct->bandwidth || direct->type > PATH_PXN);
}

/* Without GPUDirect RDMA a transfer goes through the memory of the GPU's CPU. */
static void set_way(struct state *state, const struct graph_node *gpu, const struct graph_node *net)
{
	struct paths *paths = &state->paths;
	const struct graph_node *own = state->options->pxn ? local_gpu(paths, net) : NULL;
	const struct graph_node *cpu;

	if (own && own != gpu && relays(state, own, gpu, net))
		path_over(paths, own, gpu, net);
	if (path_of(paths, gpu, net)->type >= PATH_PHB || may_gdr(state, gpu, net))
		return;
	cpu = path_cpu(paths, gpu);
	path_over(paths, cpu, net, gpu);
	path_over(paths, cpu, gpu, net);
}

static void set_ways(struct state *state)
{
	const struct graph_list *gpus = &state->graph.of[GRAPH_GPU];
	const struct graph_list *nets = &state->graph.of[GRAPH_NET];

	for (size_t i = 0; i < nets->count; i++)
		for (size_t j = 0; j < gpus->count; j++)
			set_way(state, gpus->items[j], nets->items[i]);
}

static bool list_ways(const struct state *state, const struct graph_node *gpu,
		      struct decision *decision, struct arena *arena)
{
	const struct graph_list *nets = &state->graph.of[GRAPH_NET];

	decision->ways = arena_alloc(arena, (nets->count + 1) * sizeof(*decision->ways));
	if (!decision->ways)
		return false;
	for (size_t i = 0; i < nets->count; i++)
		decision->ways[decision->way_count++] = (struct way){
			nets->items[i]->told, path_of(&state->paths, gpu, nets->items[i])->type
		};
	return true;
}

static bool take(const struct state *state, struct decision *decisions, struct arena *arena)
{
	const struct graph_list *gpus = &state->graph.of[GRAPH_GPU];

	for (size_t i = 0; i < gpus->count; i++) {
		const struct graph_node *gpu = gpus->items[i];
		const struct graph_node *net = local_net(&state->paths, gpu, 0);
		struct decision *decision = &decisions[gpu->told->rank];
		const struct path *path;

		*decision = (struct decision){ .gpu = gpu->told, .type = PATH_NONE };
		if (!list_ways(state, gpu, decision, arena))
			return false;
		if (!net)
			continue;
		path = path_of(&state->paths, gpu, net);
		decision->nic = net->told;
		decision->type = path->type;
		decision->bandwidth = path->bandwidth;
		decision->gdr = may_gdr(state, gpu, net);
		if (!path->relay)
			continue;
		decision->relay = path->relay->told;
		decision->relay_type = path_of(&state->paths, path->relay, net)->type;
	}
	return true;
}

static bool start(struct state *state, struct telling *told, const struct decide_options *options,
		  const bool *members)
{
	*state = (struct state){ .options = options };
	if (graph_make(&state->graph, told, &options->graph, members) ||
	    !paths_make(&state->paths, &state->graph, &state->graph.arena))
		return false;
	part_gpus(state);
	return true;
}

static bool finish(struct state *state, struct decision *decisions, struct arena *arena)
{
	use_c2c(state);
	set_ways(state);
	return take(state, decisions, arena);
}

/* Decides for one island by itself. */
static bool decide_island(struct decision *decisions, struct telling *told,
			  const struct decide_options *options, const bool *members,
			  struct arena *arena)
{
	struct state state;
	bool done = start(&state, told, options, members) && finish(&state, decisions, arena);

	graph_free(&state.graph);
	return done;
}

static bool decide_islands(struct decision *decisions, struct telling *told,
			   const struct state *whole, const size_t *islands, struct arena *arena)
{
	const struct graph_list *gpus = &whole->graph.of[GRAPH_GPU];
	bool *members = arena_alloc(arena, (gpus->count + 1) * sizeof(*members));

	for (size_t island = 0; members && island < gpus->count; island++) {
		bool any = false;

		for (size_t i = 0; i < gpus->count; i++) {
			members[gpus->items[i]->told->rank] = islands[i] == island;
			any |= islands[i] == island;
		}
		if (any && !decide_island(decisions, told, whole->options, members, arena))
			return false;
	}
	return members != NULL;
}

bool decide(struct decision **out, struct telling *told, const struct decide_options *options,
	    struct arena *arena)
{
	size_t *islands = arena_alloc(arena, (told->gpus + 1) * sizeof(*islands));
	struct state state = { .options = options };
	bool done = false;

	told_rank(told);
	*out = arena_alloc(arena, (told->gpus + 1) * sizeof(**out));
	if (*out && islands && start(&state, told, options, NULL))
		done = find_islands(&state, islands) ?
			       decide_islands(*out, told, &state, islands, arena) :
			       finish(&state, *out, arena);
	graph_free(&state.graph);
	return done;
}
