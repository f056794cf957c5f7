/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What NCCL decides for each GPU: its NIC, the way to it, and whether GPUDirect RDMA is used. */
#ifndef HGX_FORECAST_DECIDE_H
#define HGX_FORECAST_DECIDE_H

#include "forecast/graph.h"
#include "forecast/path.h"

struct decide_options {
	struct graph_options graph;
	bool gdr; /**< GPUs and NICs support GPUDirect RDMA */
	bool pxn; /**< a GPU may relay for another */
};

/** The way of a GPU to a NIC. */
struct way {
	const struct told_node *nic;
	enum path_type type;
};

struct decision {
	const struct told_node *gpu, *nic; /**< nic is NULL: there is none */
	enum path_type type;		   /**< PATH_NONE: there is no NIC */
	float bandwidth;		   /**< GB/s */
	bool gdr;
	const struct told_node *relay; /**< of PATH_PXN: the other GPU */
	enum path_type relay_type;     /**< of PATH_PXN: of the way from there */
	struct way *ways;	       /**< to every NIC, in the order of NCCL */
	size_t way_count;
};

/** Decides. *@out has an element for each GPU, by rank; they live in @arena. False: there is no
 *  memory. */
bool decide(struct decision **out, struct telling *told, const struct decide_options *options,
	    struct arena *arena);

#endif
