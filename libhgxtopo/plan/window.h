/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the BARs find room in the guest's address space, and what to ask of OVMF for it. */
#ifndef HGX_PLAN_WINDOW_H
#define HGX_PLAN_WINDOW_H

#include "guest/plan.h"

int plan_window(struct hgx_plan *plan, struct hgx_error *err);

#endif
