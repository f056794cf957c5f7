/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What NCCL is told of a machine: CPUs, switches, GPUs and NICs, each with the link to what is
 * above it. It comes from an NCCL topology file or from the machine's own tree. */
#ifndef HGX_FORECAST_TOLD_H
#define HGX_FORECAST_TOLD_H

#include <stdbool.h>
#include "hgxtopo.h"
#include "model/finding.h"
#include "util/arena.h"

enum told_kind { TOLD_CPU, TOLD_SWITCH, TOLD_GPU, TOLD_NIC };

/** A link that a file gives a GPU besides that to its parent. */
struct told_link {
	const char *target; /**< the other GPU; NULL: the NVSwitches, or for C2C the CPU */
	bool c2c;
	float bandwidth; /**< GB/s; of NVLinks: their number */
	struct told_link *next;
};

struct told_node {
	enum told_kind kind;
	const char *name; /**< of a device the address that the result has; of a CPU its number */
	float link;	  /**< to the parent, GB/s */
	struct told_node *parent, *first, *last, *next;
	float between;		 /**< of a CPU: to each other one, GB/s */
	bool amd, arm;		 /**< of a CPU */
	struct hgx_bdf address;	 /**< of a GPU or NIC: their order */
	unsigned rank;		 /**< of a GPU: its place among them in that order */
	uint64_t ids;		 /**< of a switch: vendor, device and those of the subsystem */
	float speed;		 /**< of a NIC: to the network, GB/s; of all its ports together */
	unsigned ports;		 /**< of a NIC */
	bool no_gdr;		 /**< of a NIC: the file says that it cannot do GPUDirect RDMA */
	struct told_link *links; /**< of a GPU */
	bool own_nvlinks;	 /**< of a GPU: the file gives its NVLinks */
};

/** Starts zeroed. The CPUs are the children of @root. */
struct telling {
	struct arena arena;
	struct told_node root;
	struct findings findings; /**< what was assumed or not believed */
	size_t count;		  /**< of nodes */
	size_t gpus, nics;
	bool rccl; /**< it is RCCL that is told: the GPUs are AMD's */
};

/** Adds a node after the other children of @parent, which may be &told->root. NULL if there is no
 *  memory. */
struct told_node *told_add(struct telling *told, struct told_node *parent, enum told_kind kind,
			   const char *name);
/** Sets a CPU's bandwidth to the others by its numbers. @arch and @vendor may be NULL. Returns
 * false if they are needed and unknown. */
bool told_processor(struct told_node *cpu, const char *arch, const char *vendor, int family,
		    int model);
/** The node after @node in the whole tree, parents first. Starts with NULL; NULL at the end. */
struct told_node *told_next(struct telling *told, struct told_node *node);
/** Ranks the GPUs by address. */
void told_rank(struct telling *told);
void told_free(struct telling *told);

#endif
