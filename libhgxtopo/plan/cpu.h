/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The cells and vCPUs of a plan, and the host CPUs they are pinned to. */
#ifndef HGX_PLAN_CPU_H
#define HGX_PLAN_CPU_H

#include "guest/plan.h"

/** Makes the cells, vCPUs, topology and pins that the plan's options ask for, and lists the host
 *  CPUs that QEMU's own threads run on. The GPUs are already shared out. */
int cpu_lay_out(struct hgx_plan *plan, struct hgx_error *err);

#endif
