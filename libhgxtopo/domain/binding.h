/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Which NUMA nodes of the host the vCPUs and the cells of a domain are on, as its pins and its
 * <numatune> say (libvirt's formatdomain: CPU Tuning, NUMA Node Tuning). */
#ifndef HGX_DOMAIN_BINDING_H
#define HGX_DOMAIN_BINDING_H

#include <stdbool.h>
#include "guest/plan.h"
#include "util/cpulist.h"

struct binding {
	const struct hgx_node **vcpus; /**< by number in the XML; NULL: on no single node */
	uint32_t *cpus; /**< the one CPU each is pinned to; HGX_CPU_NONE: no single one */
	bool *pinned;	/**< to any CPUs */
	bool *several;	/**< to CPUs of several nodes */
	unsigned count;
	const struct hgx_node **cells;	/**< by number; NULL: on no single node */
	const struct hgx_node **pins;	/**< what the pins alone say of each cell */
	const struct hgx_node **memory; /**< what <memnode> or <memory> alone say of each cell */
	size_t cell_count;
};

/** Reads plan->base against plan->host. @cells: the cell of each of @count vCPUs by number in the
 *  XML, UINT32_MAX for those in none. Where memory and pins of a cell disagree, the pins count.
 *  Lives in the arena of the plan. HGX_OK or HGX_NO_MEMORY. */
int binding_read(struct binding *binding, struct hgx_plan *plan, const uint32_t *cells,
		 unsigned count);
/** Finds @binding->pins and cells again after a change of vcpus or memory. */
void binding_cells(struct binding *binding, const uint32_t *cells);
/** A number in a list is below this. */
#define BINDING_NUMBERS 65536

/** Marks the numbers of a list, of which @in has BINDING_NUMBERS. False: not such a list. */
bool binding_numbers(const char *text, bool *in);
/** Reads a list as libvirt does: numbers and ranges in any order; "^3" takes one out again. The
 *  numbers live in the arena. False if the text is not such a list, or there is no memory (then
 *  arena->failed is set). */
bool binding_list(struct arena *arena, const char *text, struct cpuset *out);

#endif
