/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The guest's window for 64-bit BARs: whether the one that OVMF opens by itself is large
 * enough, and how large a one to ask for otherwise. */
#ifndef HGX_PLAN_WINDOW_H
#define HGX_PLAN_WINDOW_H

#include "guest/plan.h"

/** Sets plan->window. The buses are numbered already. Fails if memory and BARs do not fit in
 *  the guest's address space. */
int plan_window(struct hgx_plan *plan, struct hgx_error *err);

#endif
