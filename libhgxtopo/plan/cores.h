/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The cores of a host, and who gets each of them. */
#ifndef HGX_PLAN_CORES_H
#define HGX_PLAN_CORES_H

#include "guest/plan.h"

#define MAX_THREADS 16

/** Who gets a core. */
enum core_state {
	CORE_FREE,     /**< the guest */
	CORE_RESERVED, /**< the host, which runs QEMU's own threads on it */
	CORE_OTHERS    /**< another VM, or nobody */
};

struct core {
	const struct hgx_node *cpus[MAX_THREADS]; /**< online CPUs, by number */
	unsigned threads;			  /**< number of these CPUs */
	unsigned package;
	const struct hgx_node *numa;
	enum core_state state;
};

struct cores {
	struct core *items; /**< by package, NUMA node and CPU number */
	size_t count;
};

/** Collects the cores that have online CPUs and a NUMA node with memory; all are free. The
 *  caller frees `items`. Returns HGX_OK or HGX_NO_MEMORY. */
int cores_collect(struct cores *cores, const struct hgx_topo *host);
/** The number of cores of a NUMA node that are in @state. */
size_t cores_on(const struct cores *cores, const struct hgx_node *numa, enum core_state state);
/** The number of free cores of a package. */
size_t cores_in(const struct cores *cores, unsigned package);
/** Leaves the lowest @number free cores of a NUMA node to the host, but never all. */
void cores_reserve(struct cores *cores, const struct hgx_node *numa, size_t number);
/** Takes from the free cores of each NUMA node those that other VMs than @vm own. */
void cores_divide(const struct share *share, struct cores *cores, unsigned vm);
/** Trims every package to min(@most, size of the smallest package) free cores; the host gets
 *  the rest. Sets @packages to the number of packages that have free cores, @each to the cores
 *  that each of them keeps. Returns the number of cores that were trimmed. */
size_t cores_level(struct cores *cores, size_t most, unsigned *packages, size_t *each);
/** Trims every package to a multiple of @unit free cores; the host gets the rest. Returns their
 *  number. */
size_t cores_trim(struct cores *cores, size_t unit);
/** Trims all NUMA nodes to the size of the smallest, so that they can become dies of the guest.
 *  Does nothing unless every package has the same number of nodes, at least two, or if it would
 *  cost more than a sixteenth of the cores. Updates @each, the free cores per package; returns
 *  the number of cores that were trimmed. */
size_t cores_level_nodes(struct cores *cores, size_t *each);
/** The option that has to change so that a VM without cores gets one, or OPTION_NONE. */
enum option_id cores_cause(const struct hgx_plan *plan);
/** What to do about the cores that options keep from the VM. Lives as long as the plan. */
const char *cores_remedy(struct hgx_plan *plan);

#endif
