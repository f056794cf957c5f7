/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vCPUs of a plan, and where they are pinned. */
#ifndef HGX_PLAN_CPU_H
#define HGX_PLAN_CPU_H

#include "guest/plan.h"

/* Cells, vCPUs, topology and pins of a VM with the plan's options. */
int cpu_lay_out(struct hgx_plan *plan, struct hgx_error *err);

#endif
