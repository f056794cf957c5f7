/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The memory of each cell, and the size of its pages. */
#ifndef HGX_PLAN_MEMORY_H
#define HGX_PLAN_MEMORY_H

#include "guest/plan.h"

/** Sets the memory of each cell and the page size. Fails if a host node or its pool of huge
 *  pages is too small. */
int plan_memory(struct hgx_plan *plan, struct hgx_error *err);

#endif
