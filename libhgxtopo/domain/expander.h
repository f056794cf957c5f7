/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The expander buses of the user, which keep their place and bus numbers. */
#ifndef HGX_DOMAIN_EXPANDER_H
#define HGX_DOMAIN_EXPANDER_H

#include "guest/plan.h"

/** Fails if the bus numbers below an expander bus run into those of another bus, or past 255. */
int base_check_expanders(const struct hgx_plan *plan, struct hgx_error *err);

#endif
