/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The NUMA cells of a domain that is read. */
#ifndef HGX_DOMAIN_MEMORY_H
#define HGX_DOMAIN_MEMORY_H

#include "guest/plan.h"

/** Fills the cells of the plan with memory (bytes) and distances. @cpus has @count elements, all
 *  UINT32_MAX: each vCPU that a cell lists gets the number of that cell. */
int domain_memory(struct hgx_plan *plan, uint32_t *cpus, unsigned count, struct hgx_error *err);
/* Adds those that are plugged in from the start to the cells they belong to. */
int domain_modules(struct hgx_plan *plan, struct hgx_error *err);
/* The bytes of all cells, without modules; 0: it does not say. */
int domain_total(const struct hgx_plan *plan, uint64_t *out, struct hgx_error *err);
/* <maxMemory>: bytes, 0 without it or without a base domain; and how many slots for modules. */
int domain_most(const struct hgx_plan *plan, uint64_t *out, unsigned *slots, struct hgx_error *err);

#endif
