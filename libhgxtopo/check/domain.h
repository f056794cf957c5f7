/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The family "domain": what may be wrong with domains that are to run on a host. */
#ifndef HGX_CHECK_DOMAIN_H
#define HGX_CHECK_DOMAIN_H

#include "check/check.h"
#include "check/domains.h"
#include "model/topo.h"

struct domain_check {
	struct check check;
	const struct hgx_topo *host; /**< NULL: unknown */
	struct domains domains;	     /**< all that are to run at the same time */
};

/** Looks for one rule in one of the domains. Of one that is not whole, it reads base.items only. */
typedef void domain_rule(struct domain_check *check, const struct domain *domain);

#define DECLARE(name, id, function, ...) domain_rule function;
#define NOTHING(...)
DOMAIN_RULES(DECLARE, NOTHING)
#undef DECLARE
#undef NOTHING

#endif
