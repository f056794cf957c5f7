/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Packages, cores, CPUs, NUMA nodes and memory of a host, as hwloc finds them. The only room that
 * includes hwloc.h.
 *
 * hwloc reads for a while: it does so in a thread of its own, while the caller reads the PCI
 * functions. */
#ifndef HGX_SOURCE_CPU_H
#define HGX_SOURCE_CPU_H

#include "model/topo.h"
#include "source/root.h"

/** What is being read. */
struct cpu_load;

/** Starts to read. NULL if there is no memory. */
struct cpu_load *source_cpu_begin(const struct root *root);
/** Waits for it, adds the nodes to the topology and frees @load. It must follow
 *  source_cpu_begin(), whatever happened in between; with @topo NULL the result is dropped. */
int source_cpu_end(struct hgx_topo *topo, struct cpu_load *load, struct hgx_error *err);

#endif
