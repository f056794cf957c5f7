/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's own expander buses, which stay where they are. */
#ifndef HGX_DOMAIN_EXPANDER_H
#define HGX_DOMAIN_EXPANDER_H

#include "guest/plan.h"

/* Whether the buses below each have numbers of their own. */
int base_check_expanders(const struct hgx_plan *plan, struct hgx_error *err);

#endif
