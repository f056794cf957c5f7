/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The BARs of a guest, laid out as edk2 does it. */
#ifndef HGX_PLAN_WINDOW_BARS_H
#define HGX_PLAN_WINDOW_BARS_H

#include "guest/plan.h"
#include <stdint.h>

/** Sets @out to the bytes from the start of the 64-bit window to the end of the last BAR.
 *  Returns false if there is no memory. */
bool window_needed(struct hgx_plan *plan, uint64_t *out);

#endif
