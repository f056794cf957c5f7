/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of every PCI function of the host, and why (hgx_plan_verdict()): told in the
 * words of the finding, where there is one about it. */
#ifndef HGX_PLAN_VERDICT_H
#define HGX_PLAN_VERDICT_H

#include "plan/selection.h"

/* After the last choice. Returns HGX_OK or HGX_NO_MEMORY. */
int verdicts_make(struct selection *selection);

#endif
