/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The shape of a machine as a number: equal for hosts that are built alike, whatever the numbers of
 * buses, nodes and CPUs, the order of what is alike, idle speeds, drivers, virtual functions and
 * what the kernel keeps of the memory. */
#ifndef HGX_COMPARE_SHAPE_H
#define HGX_COMPARE_SHAPE_H

#include <stdint.h>
#include "hgxtopo.h"

/** Which rules the number follows: one more whenever they change. */
#define SHAPE_VERSION 1

/** HGX_OK or HGX_NO_MEMORY. */
int shape_of(const struct hgx_topo *topo, uint64_t *out);

#endif
