/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Bus numbers of the guest.
 *
 * The expander buses are spread over the 256 numbers, so that buses the user adds later find
 * room between them. */
#ifndef HGX_PLAN_ADDRESS_H
#define HGX_PLAN_ADDRESS_H

#include "guest/plan.h"

/** Numbers every bus of the plan. Fails if the guest needs more than 256, or if an expander
 *  bus of the base domain has an unusable number. */
int plan_address(struct hgx_plan *plan, struct hgx_error *err);

#endif
