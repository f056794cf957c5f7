/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hardware the guest has beside its cells, vCPUs and ports. */
#ifndef HGX_PLAN_HARDWARE_H
#define HGX_PLAN_HARDWARE_H

#include "guest/plan.h"

/* The vCPUs and the versions are known. */
int plan_hardware(struct hgx_plan *plan, struct hgx_error *err);

#endif
