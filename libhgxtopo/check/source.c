/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the devices that a domain assigns: whether the host has them, and can give them away.
 */
#include "check/domain.h"
#include "check/tell.h"
#include "util/bdf.h"

void source_missing(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; check->host && i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];

		if (item->assigned && !item->source)
			domain_add(check, domain, RULE_SOURCE_MISSING, item->element, NULL, NULL,
				   "the domain assigns %s, which the host does not have",
				   bdf_text(item->source_address).text);
	}
}
