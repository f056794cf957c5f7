/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mirror in a domain of the user's, by changes of its text. */
#ifndef HGX_EMIT_BASE_H
#define HGX_EMIT_BASE_H

#include "guest/plan.h"

int emit_base(const struct hgx_plan *plan, char **out, struct hgx_error *err);

#endif
