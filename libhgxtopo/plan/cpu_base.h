/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vCPUs of a plan whose base domain has them already: their number, topology, cells and pins
 * stay. What is missing of these is found so that it agrees with the rest (base->lacks). */
#ifndef HGX_PLAN_CPU_BASE_H
#define HGX_PLAN_CPU_BASE_H

#include "guest/plan.h"

/* The vCPUs of any plan, and where they are pinned. */
int plan_cpu(struct hgx_plan *plan, struct hgx_error *err);

#endif
