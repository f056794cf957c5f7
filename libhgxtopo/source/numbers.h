/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The numbers of CPUs and NUMA nodes in a captured root. */
#ifndef HGX_SOURCE_NUMBERS_H
#define HGX_SOURCE_NUMBERS_H

#include "source/root.h"

/** Refuses numbers that no machine has: hwloc allocates by the largest, and ends the process if
 *  the list of nodes is nonsense. */
int source_numbers(const struct root *root, struct hgx_error *err);

#endif
