/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The numbers of CPUs and NUMA nodes in a captured root. */
#ifndef HGX_SOURCE_NUMBERS_H
#define HGX_SOURCE_NUMBERS_H

#include <stdbool.h>
#include "util/cpulist.h"
#include "source/root.h"

/** Refuses numbers that no machine has: hwloc allocates by the largest, ends the process if the
 *  list of nodes is nonsense, and takes letters for a 0. */
int source_numbers(const struct root *root, struct hgx_error *err);

/** Reads a list of any length; false if the file cannot be read or is not one. */
bool source_list(struct arena *arena, const struct root *root, const char *path,
		 struct cpuset *out);

#endif
