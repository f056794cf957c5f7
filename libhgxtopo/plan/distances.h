/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The distances between the cells, as the guest's kernel shows them. */
#ifndef HGX_PLAN_DISTANCES_H
#define HGX_PLAN_DISTANCES_H

#include "guest/plan.h"

/* Fills the rows of the cells, and decides whether the emitters write them. */
int plan_distances(struct hgx_plan *plan, struct hgx_error *err);

#endif
