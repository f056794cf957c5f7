/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The nearest GPUs of a network and the nearest networks of a GPU: those with the most GB/s, and of
 * these with the least type. */
#ifndef HGX_FORECAST_LOCAL_H
#define HGX_FORECAST_LOCAL_H

#include "forecast/path.h"

/** The nearest nodes of a kind, in the order of the graph. */
struct local {
	const struct paths *paths;
	const struct graph_node *from;
	enum graph_kind kind;
	float bandwidth;
	enum path_type type;
	size_t count;
};

void local_find(struct local *local, const struct paths *paths, const struct graph_node *from,
		enum graph_kind kind);
/** The one after @node. Starts with NULL; NULL at the end. */
const struct graph_node *local_next(const struct local *local, const struct graph_node *node);
/** The network that a GPU uses for a channel. NULL: it reaches none. */
const struct graph_node *local_net(const struct paths *paths, const struct graph_node *gpu,
				   unsigned channel);
/** The GPU whose network it is. NULL: it is nobody's. */
const struct graph_node *local_gpu(const struct paths *paths, const struct graph_node *net);

#endif
