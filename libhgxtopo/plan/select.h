/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices a VM gets. */
#ifndef HGX_PLAN_SELECT_H
#define HGX_PLAN_SELECT_H

#include "guest/plan.h"

int select_devices(struct hgx_plan *plan, struct hgx_error *err);

#endif
