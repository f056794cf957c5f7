/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors in a domain name the place of what is wrong. */
#include <stdarg.h>
#include <stdio.h>
#include "domain/refuse.h"
#include "util/utf8.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "domain/base.h"

enum option_id base_option(const struct base *base)
{
	return base->whole ? OPTION_NONE : OPTION_BASE;
}

int base_broken(const struct base *base, const struct xml_element *element, enum rule_id rule,
		struct hgx_error *err, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_clean(text);
	return fail_option(err, rule, base_option(base), "%.100s:%u: %s", base->name,
			   xml_line(base->text, element->whole.start), text);
}
