/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of a plan, cell by cell, and its pages. */
#ifndef HGX_PLAN_MEMORY_H
#define HGX_PLAN_MEMORY_H

#include "guest/plan.h"

/* The most that cells can have of a node: without some, QEMU itself does not start. */
uint64_t memory_room(const struct hgx_node *numa);
int plan_memory(struct hgx_plan *plan, struct hgx_error *err);

#endif
