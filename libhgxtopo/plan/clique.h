/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GPUDirect cliques: GPUs that reach each other below one host switch. */
#ifndef HGX_PLAN_CLIQUE_H
#define HGX_PLAN_CLIQUE_H

#include "guest/plan.h"

void plan_cliques(struct hgx_plan *plan);

#endif
