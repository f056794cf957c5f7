/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings about a domain name its file and the line. */
#include <stdarg.h>
#include <stdio.h>
#include "check/tell.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"

void domain_add(struct domain_check *check, const struct domain *domain, enum rule_id rule,
		const struct xml_element *element, const struct hgx_node *node,
		const char *commands, const char *format, ...)
{
	const struct base *base = &domain->base;
	char text[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (element)
		check_add(&check->check, rule, node, commands, "%s:%u: %s", base->name,
			  xml_line(base->text, element->whole.start), text);
	else
		check_add(&check->check, rule, node, commands, "%s: %s", base->name, text);
}
