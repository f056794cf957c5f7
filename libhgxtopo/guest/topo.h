/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The guest of a plan as a topology: what its kernel will see. */
#ifndef HGX_GUEST_TOPO_H
#define HGX_GUEST_TOPO_H

#include "guest/plan.h"

/** Builds plan->guest, which the plan owns. */
int guest_topo(struct hgx_plan *plan, struct hgx_error *err);

#endif
