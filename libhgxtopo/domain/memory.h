/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The NUMA cells of a domain that is read. */
#ifndef HGX_DOMAIN_MEMORY_H
#define HGX_DOMAIN_MEMORY_H

#include "guest/plan.h"

/** Fills the cells of the plan with memory (bytes) and distances. @cpus has @count elements, all
 *  UINT32_MAX: each vCPU that a cell lists gets the number of that cell. */
int domain_memory(struct hgx_plan *plan, uint32_t *cpus, unsigned count, struct hgx_error *err);
/** Adds the memory modules that are plugged in at boot to their cells. */
int domain_modules(struct hgx_plan *plan, struct hgx_error *err);
/** The bytes of all cells without modules; 0 if the domain does not say. */
int domain_total(const struct hgx_plan *plan, uint64_t *out, struct hgx_error *err);
/** Reads <maxMemory>: bytes, and the number of slots for modules. Both are 0 without it, and
 *  without a base domain. */
int domain_most(const struct hgx_plan *plan, uint64_t *out, unsigned *slots, struct hgx_error *err);

#endif
