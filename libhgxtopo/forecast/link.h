/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The links of a node of the graph. NCCL searches them in their order, the widest first. */
#ifndef HGX_FORECAST_LINK_H
#define HGX_FORECAST_LINK_H

#include "forecast/graph.h"

/** Adds a link; equal ones between the same two nodes add up. False: there is no memory. */
bool link_one_way(struct arena *arena, struct graph_node *from, struct graph_node *to,
		  enum path_type type, float bandwidth);
bool link_both_ways(struct arena *arena, struct graph_node *a, struct graph_node *b,
		    enum path_type type, float bandwidth);
/** Marks the link between a NIC and its network, both ways. */
void link_mark_network(struct graph_node *nic, struct graph_node *net);
/** Adds a copy of a link at the end, whatever its bandwidth. False: there is no memory. */
bool link_append(struct arena *arena, struct graph_node *from, const struct graph_link *link);
/** Takes a link away. */
void link_remove(struct graph_node *from, size_t index);
/** Moves the link upward behind the others, for @node and all below it by PCIe. */
void links_sort(struct graph_node *node, const struct graph_node *above);

#endif
