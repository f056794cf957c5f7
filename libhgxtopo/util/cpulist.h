/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Lists of CPU or node numbers, in the kernel's format "0-3,8,10-11"
 * (Documentation/admin-guide/cputopology.rst). */
#ifndef HGX_UTIL_CPULIST_H
#define HGX_UTIL_CPULIST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "util/arena.h"

struct cpuset {
	uint32_t *ids; /**< ascending, without repetition; in an arena */
	size_t count;
};

/** Reads a list of ascending numbers below 65536; an empty text is an empty set. False: not
 *  such a list, or no memory (then arena->failed is set). */
bool cpulist_read(struct arena *arena, const char *text, struct cpuset *out);
/** Writes the kernel's format. */
void cpulist_write(FILE *stream, const uint32_t *ids, size_t count);
/** Writes strides as taskset(1) does ("0-94:2"): for people, where the list would be long. */
void cpulist_write_short(FILE *stream, const uint32_t *ids, size_t count);

#endif
