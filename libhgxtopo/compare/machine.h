/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What differs about processors, CPUs, NUMA nodes and memory. */
#ifndef HGX_COMPARE_MACHINE_H
#define HGX_COMPARE_MACHINE_H

#include <stdint.h>
#include "compare/difference.h"

/** How a machine divides its CPUs. */
struct cpu_counts {
	size_t packages, cores, online, offline;
};

struct cpu_counts cpu_counts_of(const struct hgx_topo *topo);
/** What was built in, told from what the kernel manages of it: sizes that DIMMs add up to are
 *  multiples of an eighth of a power of two, and a kernel keeps a few hundredths for itself. */
uint64_t memory_built_in(uint64_t bytes);
/** How many CPUs a NUMA node has. */
size_t cpus_on(const struct hgx_node *numa);
/** How many huge pages of a size, in bytes, a NUMA node has. */
uint64_t pages_of_size(const struct hgx_memory *memory, uint64_t size);
void compare_machines(struct differences *differences, const struct hgx_topo *is,
		      const struct hgx_topo *was);

#endif
