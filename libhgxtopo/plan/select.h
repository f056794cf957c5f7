/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Selecting the devices of a VM. */
#ifndef HGX_PLAN_SELECT_H
#define HGX_PLAN_SELECT_H

#include "guest/plan.h"

/** Fills plan->chosen, plan->others, plan->share and plan->verdicts, as the options say. */
int select_devices(struct hgx_plan *plan, struct hgx_error *err);

#endif
