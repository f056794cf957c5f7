/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The domains that are checked, read. */
#ifndef HGX_CHECK_DOMAINS_H
#define HGX_CHECK_DOMAINS_H

#include <stdbool.h>
#include "domain/base.h"
#include "guest/plan.h"

struct domain {
	struct base base;	/**< its text, elements and devices */
	struct hgx_plan *plan;	/**< its cells, vCPUs, ports and guest, as far as they were read */
	bool whole;		/**< all of them were */
	struct hgx_error error; /**< why not, if not */
};

struct domains {
	struct domain *items;
	size_t count;
};

/** Reads domains for a check. A domain that is refused is not an error, as long as its text is a
 *  domain. For domains_close(), also after a failure. @host may be NULL. */
int domains_open(struct domains *out, const struct hgx_domain_text *texts, size_t count,
		 const struct hgx_topo *host, const struct hgx_check_options *options,
		 struct hgx_error *err);
void domains_close(struct domains *domains);

#endif
