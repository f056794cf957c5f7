/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Refusals of a domain. */
#ifndef HGX_DOMAIN_REFUSE_H
#define HGX_DOMAIN_REFUSE_H

#include "util/error.h"
#include "format/xml_read.h"

struct base; /* domain/base.h */

/** The option that an error in the domain is about. */
enum option_id base_option(const struct base *base);
/** Fails with "NAME:LINE: text": the name of the domain, and the line of @element in it. */
int base_broken(const struct base *base, const struct xml_element *element, enum rule_id rule,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);

#endif
