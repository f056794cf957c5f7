/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of a plan, cell by cell, and its pages. */
#ifndef HGX_PLAN_MEMORY_H
#define HGX_PLAN_MEMORY_H

#include "guest/plan.h"

int plan_memory(struct hgx_plan *plan, struct hgx_error *err);

#endif
