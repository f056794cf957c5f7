/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Paths between the nodes of the graph, as NCCL finds them. */
#ifndef HGX_FORECAST_PATH_H
#define HGX_FORECAST_PATH_H

#include "forecast/graph.h"

struct path {
	enum path_type type; /**< PATH_NONE: there is no path */
	float bandwidth;     /**< GB/s of its narrowest link */
	unsigned hops;
	const struct graph_node *relay; /**< of PATH_PXN: the GPU in between */
};

/** The paths of all nodes to each CPU, GPU and network. Starts zeroed. */
struct paths {
	const struct graph *graph;
	struct path *items; /**< a row of all nodes for each node that paths lead to */
};

/** Finds the paths. The items live in @arena. False: there is no memory. */
bool paths_make(struct paths *paths, const struct graph *graph, struct arena *arena);
/** The path from any node to a CPU, GPU or network. */
struct path *path_of(const struct paths *paths, const struct graph_node *from,
		     const struct graph_node *to);
/** Leads a path over a node: a CPU, or a GPU that relays. */
void path_over(struct paths *paths, const struct graph_node *over, const struct graph_node *from,
	       const struct graph_node *to);
/** The type of two paths in a row. */
enum path_type path_merge(enum path_type a, enum path_type b);
/** The CPU with the fewest links between it and a GPU. */
const struct graph_node *path_cpu(const struct paths *paths, const struct graph_node *gpu);
/** "PIX", "PXB", "PHB" and so on; "-" for PATH_NONE. */
const char *path_name(enum path_type type);

#endif
