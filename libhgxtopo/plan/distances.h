/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The distances between the cells, as the guest's kernel shows them. */
#ifndef HGX_PLAN_DISTANCES_H
#define HGX_PLAN_DISTANCES_H

#include "guest/plan.h"

/** Fills in the distances of each cell and decides whether the emitters write them
 *  (tell_distances). */
int plan_distances(struct hgx_plan *plan, struct hgx_error *err);

#endif
