/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vCPUs of a plan, and where they are pinned. */
#ifndef HGX_PLAN_CPU_H
#define HGX_PLAN_CPU_H

#include "guest/plan.h"

int plan_cpu(struct hgx_plan *plan, struct hgx_error *err);

#endif
