/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The family "host": what may be wrong with a host that is to run VMs. */
#ifndef HGX_CHECK_HOST_H
#define HGX_CHECK_HOST_H

#include "check/check.h"
#include "check/chosen.h"
#include "model/topo.h"

struct host_check {
	struct check check;
	const struct hgx_topo *host;
	struct chosen chosen; /**< the devices that a VM gets */
};

/** Looks for one rule. */
typedef void host_rule(struct host_check *host);

#define DECLARE(name, id, function, ...) host_rule function;
#define NOTHING(...)
HOST_RULES(DECLARE, NOTHING)
#undef DECLARE
#undef NOTHING

#endif
