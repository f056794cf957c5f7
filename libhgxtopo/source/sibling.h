/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Which package, die and core a CPU belongs to. hwloc tells it by sets of CPUs (core_cpus and so
 * on) and reads the number of a set from the files of one CPU only; the files of the others may say
 * something else, or nothing. */
#ifndef HGX_SOURCE_SIBLING_H
#define HGX_SOURCE_SIBLING_H

#include <stddef.h>
#include <stdint.h>
#include "model/topo.h"
#include "source/root.h"

enum level { LEVEL_PACKAGE, LEVEL_DIE, LEVEL_CORE, LEVELS };

/** An online CPU. */
struct seen_cpu {
	uint32_t id;
	int set[LEVELS];    /**< which of hwloc's sets it is in; -1: in none */
	int number[LEVELS]; /**< that of the set, as hwloc read it; -1: unknown */
};

/** Reads the numbers of a captured root's CPUs from their own files, gives all CPUs of a set the
 *  number that most of them state, and cores that have none a free one. Adds a finding where files
 *  are missing or contradict each other. Returns HGX_NO_MEMORY or HGX_OK. */
int sibling_settle(struct hgx_topo *topo, const struct root *root, struct seen_cpu *cpus,
		   size_t count);

#endif
