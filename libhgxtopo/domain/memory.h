/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The NUMA cells of a domain that is read. */
#ifndef HGX_DOMAIN_MEMORY_H
#define HGX_DOMAIN_MEMORY_H

#include "guest/plan.h"

/** Fills the cells of the plan with memory (bytes) and distances. @cpus has @count elements, all
 *  UINT32_MAX: each vCPU that a cell lists gets the number of that cell. */
int domain_memory(struct hgx_plan *plan, uint32_t *cpus, unsigned count, struct hgx_error *err);

#endif
