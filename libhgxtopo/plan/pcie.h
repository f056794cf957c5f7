/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The expander buses, ports and switches of a plan. */
#ifndef HGX_PLAN_PCIE_H
#define HGX_PLAN_PCIE_H

#include "guest/plan.h"

int plan_pcie(struct hgx_plan *plan, struct hgx_error *err);

#endif
