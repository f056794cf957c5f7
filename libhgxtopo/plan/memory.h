/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The memory of each cell, and the size of its pages. */
#ifndef HGX_PLAN_MEMORY_H
#define HGX_PLAN_MEMORY_H

#include "guest/plan.h"

/** The most memory that the cells on a node can have. QEMU itself needs some to start. */
uint64_t memory_room(const struct hgx_node *numa);
/** Sets the memory of each cell and the page size. Fails if a host node or its pool of huge
 *  pages is too small, unless a base domain uses as much already. */
int plan_memory(struct hgx_plan *plan, struct hgx_error *err);

#endif
