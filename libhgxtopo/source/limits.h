/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The largest values that a source takes, the same for sysfs and JSON: what was read from a
 * machine can be written and read back. */
#ifndef HGX_SOURCE_LIMITS_H
#define HGX_SOURCE_LIMITS_H

#include <stdint.h>

/** Elements of a list, and numbers of CPUs, packages and NUMA nodes. */
#define MAX_ELEMENTS 65536
/** NUMA nodes: Linux has no more (MAX_NUMNODES). Their numbers may be larger. */
#define MAX_NUMA_NODES 1024
/** Bytes of a NUMA node or of a BAR; no processor has so many address bits. */
#define MAX_MEMORY_BYTES ((int64_t)1 << 56)
/** Bytes of a huge page. */
#define MAX_PAGE ((int64_t)1 << 50)
#define MIN_DISTANCE 10 /**< of sysfs; JSON may have any */
#define MAX_DISTANCE 255
#define MAX_REVISION 255
/** TotalVFs and NumVFs have 16 bits (PCI Express Base Specification, 9.3.3). */
#define MAX_VIRTUAL_FUNCTIONS 65535

/** Mb/s of a network port: far beyond any there is. */
#define MAX_NET_SPEED 100000000

#endif
