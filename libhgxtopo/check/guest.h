/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The family "guest": a running guest compared with its plan. Most of it match/ notices. */
#ifndef HGX_CHECK_GUEST_H
#define HGX_CHECK_GUEST_H

#include "check/check.h"
#include "match/match.h"
#include "model/topo.h"

struct guest_check {
	struct check check;
	const struct hgx_topo *seen, *planned;
	struct match match;
};

/** Looks for one rule. */
typedef void guest_rule(struct guest_check *guest);

#define DECLARE(name, id, function, ...) guest_rule function;
#define NOTHING(...)
GUEST_RULES(DECLARE, NOTHING)
#undef DECLARE
#undef NOTHING

#endif
