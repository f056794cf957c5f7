/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Packages, cores, CPUs, NUMA nodes and memory of a host, as hwloc finds them. Only cpu.c includes
 * hwloc.h.
 *
 * hwloc takes a while, so it runs in its own thread while the caller reads the PCI functions. */
#ifndef HGX_SOURCE_CPU_H
#define HGX_SOURCE_CPU_H

#include "model/topo.h"
#include "source/root.h"

/** A load in progress. */
struct cpu_load;

/** Starts loading. NULL if there is no memory. */
struct cpu_load *source_cpu_begin(const struct root *root);
/** Waits for the load, adds the nodes to the topology and frees @load. Must follow every
 *  source_cpu_begin(); with @topo NULL it drops the result. */
int source_cpu_end(struct hgx_topo *topo, struct cpu_load *load, struct hgx_error *err);

#endif
