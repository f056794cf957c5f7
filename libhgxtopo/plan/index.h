/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The indexes of libvirt's controllers. */
#ifndef HGX_PLAN_INDEX_H
#define HGX_PLAN_INDEX_H

#include "guest/plan.h"

/* Free root ports for the user's own devices. */
int plan_spares(struct hgx_plan *plan, struct hgx_error *err);
/* Every port of the plan is there. */
int plan_index(struct hgx_plan *plan, struct hgx_error *err);

#endif
