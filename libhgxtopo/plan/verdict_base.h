/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Verdicts on the devices that a base domain assigns. */
#ifndef HGX_PLAN_VERDICT_BASE_H
#define HGX_PLAN_VERDICT_BASE_H

#include "guest/plan.h"

/** Replaces the verdict on each device that the base domain assigns itself: this VM gets it.
 *  The plan has its guest topology already. */
void verdicts_of_base(struct hgx_plan *plan);

#endif
