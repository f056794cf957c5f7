/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Findings about a domain. */
#ifndef HGX_CHECK_TELL_H
#define HGX_CHECK_TELL_H

#include "check/domain.h"

/** Adds a finding as check_add() does, with "NAME:LINE: " before the text: the line of @element in
 *  the domain. @element may be NULL: "NAME: ". */
void domain_add(struct domain_check *check, const struct domain *domain, enum rule_id rule,
		const struct xml_element *element, const struct hgx_node *node,
		const char *commands, const char *format, ...) PRINTF(7, 8);

#endif
