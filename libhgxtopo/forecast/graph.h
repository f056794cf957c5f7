/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The graph that NCCL makes of what it is told: CPUs, switches, GPUs, NICs and the NVSwitches as
 * one, with the links between them. A NIC is two nodes: its PCI function, and its way into the
 * network. */
#ifndef HGX_FORECAST_GRAPH_H
#define HGX_FORECAST_GRAPH_H

#include <stdbool.h>
#include "forecast/told.h"
#include "util/arena.h"

/** How far a path goes, from near to far; links have those types too. */
enum path_type {
	PATH_LOC, /**< the same device */
	PATH_NVL, /**< NVLinks */
	PATH_NVB, /**< NVLinks through another GPU */
	PATH_C2C, /**< the link of a GPU to its own CPU */
	PATH_PIX, /**< PCIe, at most one switch */
	PATH_PXB, /**< several switches */
	PATH_P2C, /**< C2C to the CPU, then PCIe */
	PATH_PXN, /**< NVLink to another GPU, then its path */
	PATH_PHB, /**< PCIe through a CPU */
	PATH_SYS, /**< through two NUMA nodes */
	PATH_NONE
};

enum graph_kind {
	GRAPH_CPU,
	GRAPH_SWITCH,
	GRAPH_GPU,
	GRAPH_NIC,
	GRAPH_NET,
	GRAPH_NVS,
	GRAPH_KINDS
};

struct graph_node;

struct graph_link {
	struct graph_node *to;
	enum path_type type;
	float bandwidth; /**< GB/s */
	bool network;	 /**< between a NIC and its network: as near as nothing */
};

struct graph_node {
	enum graph_kind kind;
	const struct told_node *told; /**< NULL: the NVSwitches */
	struct graph_link *links;     /**< the widest first, then as they were made */
	size_t link_count, capacity;
	size_t index; /**< in the graph */
};

/** A list of nodes of one kind, in the order of NCCL. */
struct graph_list {
	struct graph_node **items;
	size_t count;
};

/** How the GPUs are connected besides PCIe. */
struct graph_options {
	bool nvlink, c2c;
	unsigned capability; /**< compute capability, such as 90 */
};

struct graph {
	struct arena arena;
	struct graph_node **nodes; /**< all */
	size_t count;
	struct graph_list of[GRAPH_KINDS];
};

/** Makes the graph of the GPUs whose bit in @members is set; NULL: of all. Starts zeroed; also
 * after an error graph_free(). HGX_OK or HGX_NO_MEMORY. */
int graph_make(struct graph *graph, struct telling *told, const struct graph_options *options,
	       const bool *members);
void graph_free(struct graph *graph);

#endif
