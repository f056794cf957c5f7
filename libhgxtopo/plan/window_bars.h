/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The BARs of a guest laid out as edk2 does it. */
#ifndef HGX_PLAN_WINDOW_BARS_H
#define HGX_PLAN_WINDOW_BARS_H

#include "guest/plan.h"
#include <stdint.h>

/* From the start of the window to the end of the last BAR; false: no memory. */
bool window_needed(struct hgx_plan *plan, uint64_t *out);

#endif
