/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bus numbers of the expander buses, with room for what the user adds. */
#ifndef HGX_PLAN_ADDRESS_H
#define HGX_PLAN_ADDRESS_H

#include "guest/plan.h"

int plan_address(struct hgx_plan *plan, struct hgx_error *err);

#endif
