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
/** About what was built in, in bytes, told from what the kernel manages of it, which is a 64th less, where it
 *  describes pages, and up to some GiB less. Half of that 64th is added, and the sum rounded up
 *  to steps of 16 GiB, a small DIMM; up to 128 GiB to a 16th of the next higher power of two, and
 *  beyond 1 TiB to a 64th of it. So what is rounded lies well within a step. Of
 *  Arm, whose pages may be of 64 KiB, nothing is added. */
uint64_t memory_built_in(const struct hgx_node *numa);
/** How many CPUs a NUMA node has. */
size_t cpus_on(const struct hgx_node *numa);
/** How many huge pages of a size, in bytes, a NUMA node has. */
uint64_t pages_of_size(const struct hgx_memory *memory, uint64_t size);
void compare_machines(struct differences *differences, const struct hgx_topo *is,
		      const struct hgx_topo *was);

#endif
