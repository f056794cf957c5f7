/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What hwloc leaves out: CPUs that are offline, and the numbers of the processor, from
 * /proc/cpuinfo and /sys/devices/system/cpu. */
#ifndef HGX_SOURCE_CPUINFO_H
#define HGX_SOURCE_CPUINFO_H

#include "model/topo.h"
#include "source/root.h"

/** Completes the CPUs and packages of a topology that is not linked yet. */
int source_cpuinfo(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
