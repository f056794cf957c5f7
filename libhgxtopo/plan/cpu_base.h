/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The vCPUs of a plan. Those of a base domain stay, with their topology, cells and pins; what is
 * missing is chosen so that it agrees with the rest (base->lacks). */
#ifndef HGX_PLAN_CPU_BASE_H
#define HGX_PLAN_CPU_BASE_H

#include "guest/plan.h"

/** Makes the cells and vCPUs, and lists the host CPUs that QEMU's own threads run on. The GPUs
 *  are already shared out. */
int plan_cpu(struct hgx_plan *plan, struct hgx_error *err);

#endif
