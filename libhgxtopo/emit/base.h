/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A plan with a base domain: the user's domain with the mirror in it. */
#ifndef HGX_EMIT_BASE_H
#define HGX_EMIT_BASE_H

#include "guest/plan.h"

/** Writes plan->base with the parts that the plan decides; everything else stays byte for byte.
 *  *@out is for free(); NULL on failure. */
int emit_base(const struct hgx_plan *plan, char **out, struct hgx_error *err);

#endif
