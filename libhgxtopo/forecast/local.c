/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of several equal NICs a GPU takes: NCCL spreads its GPUs and channels over them. */
#include "forecast/local.h"

#define MAX_CHANNELS 64

static bool is_one(const struct local *local, const struct graph_node *node)
{
	const struct path *path = path_of(local->paths, local->from, node);

	return path->type == local->type && !(path->bandwidth < local->bandwidth) &&
	       !(path->bandwidth > local->bandwidth);
}

static bool is_nearer(const struct path *path, const struct local *local)
{
	if (path->bandwidth < local->bandwidth)
		return false;
	return path->bandwidth > local->bandwidth || path->type < local->type;
}

void local_find(struct local *local, const struct paths *paths, const struct graph_node *from,
		enum graph_kind kind)
{
	const struct graph_list *all = &paths->graph->of[kind];

	*local = (struct local){ paths, from, kind, 0, PATH_NONE, 0 };
	for (size_t i = 0; i < all->count; i++) {
		const struct path *path = path_of(paths, from, all->items[i]);

		if (is_nearer(path, local)) {
			local->bandwidth = path->bandwidth;
			local->type = path->type;
			local->count = 0;
		}
		local->count += local->type != PATH_NONE && is_one(local, all->items[i]);
	}
}

const struct graph_node *local_next(const struct local *local, const struct graph_node *node)
{
	const struct graph_list *all = &local->paths->graph->of[local->kind];
	size_t i = 0;

	while (node && all->items[i] != node)
		i++;
	for (i += node != NULL; local->count && i < all->count; i++)
		if (is_one(local, all->items[i]))
			return all->items[i];
	return NULL;
}

static const struct graph_node *local_at(const struct local *local, size_t index)
{
	const struct graph_node *node = local_next(local, NULL);

	while (index--)
		node = local_next(local, node);
	return node;
}

static bool is_power_of_two(size_t n)
{
	return !(n & (n - 1));
}

/* The bits of @value below @power, a power of two, in reverse order. */
static size_t mirror_bits(size_t value, size_t power)
{
	size_t mirrored = 0;

	for (size_t low = 1, high = power >> 1; low < power; low <<= 1, high >>= 1)
		if (value & low)
			mirrored |= high;
	return mirrored;
}

/* How many networks each of the GPUs that share them takes in turn. */
static size_t share_of(const struct local *nets, const struct local *gpus)
{
	return (nets->count + gpus->count - 1) / gpus->count;
}

const struct graph_node *local_net(const struct paths *paths, const struct graph_node *gpu,
				   unsigned channel)
{
	struct local nets, gpus;
	size_t index;

	local_find(&nets, paths, gpu, GRAPH_NET);
	if (!nets.count)
		return NULL;
	local_find(&gpus, paths, local_next(&nets, NULL), GRAPH_GPU);
	index = gpu->told->rank % gpus.count;
	if (is_power_of_two(nets.count))
		index = mirror_bits(index, nets.count);
	index += channel % share_of(&nets, &gpus);
	return local_at(&nets, index % nets.count);
}

/* The channels after which the GPUs take the same networks again. */
static unsigned channels_of(const struct paths *paths, const struct local *gpus)
{
	size_t most = 0;

	for (const struct graph_node *gpu = NULL; (gpu = local_next(gpus, gpu)) != NULL;) {
		struct local nets, others;

		local_find(&nets, paths, gpu, GRAPH_NET);
		if (!nets.count)
			continue;
		local_find(&others, paths, local_next(&nets, NULL), GRAPH_GPU);
		if (share_of(&nets, &others) > most)
			most = share_of(&nets, &others);
	}
	return most < MAX_CHANNELS ? (unsigned)most : MAX_CHANNELS;
}

const struct graph_node *local_gpu(const struct paths *paths, const struct graph_node *net)
{
	struct local gpus;
	unsigned channels;

	local_find(&gpus, paths, net, GRAPH_GPU);
	channels = channels_of(paths, &gpus);
	for (unsigned channel = 0; channel < channels; channel++)
		for (const struct graph_node *gpu = NULL; (gpu = local_next(&gpus, gpu)) != NULL;)
			if (local_net(paths, gpu, channel) == net)
				return gpu;
	return NULL;
}
