/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Verdicts about the devices that a base domain assigns. */
#ifndef HGX_PLAN_VERDICT_BASE_H
#define HGX_PLAN_VERDICT_BASE_H

#include "guest/plan.h"

/** Changes the verdict of each device that the user's domain assigns itself: it is in this VM.
 *  The plan has its guest already. */
void verdicts_of_base(struct hgx_plan *plan);

#endif
