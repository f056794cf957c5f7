/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Verdicts: what becomes of each PCI function of the host, and why (hgx_plan_verdict()). Where
 * a finding explains a device, the verdict uses its words. */
#ifndef HGX_PLAN_VERDICT_H
#define HGX_PLAN_VERDICT_H

#include "plan/selection.h"

/** Fills plan->verdicts once every choice is made. Returns HGX_OK or HGX_NO_MEMORY. */
int verdicts_make(struct selection *selection);

#endif
