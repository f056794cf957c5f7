/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recognizes the elements that a plan wrote by their aliases, which libvirt keeps. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "domain/alias.h"
#include "util/macros.h"
#include "model/kind.h"

/* Aliases of ports; those of devices are made of the names of their kinds. '%' stands for a
 * hexadecimal number. "-%" may follow each form, to number one of several. */
static const char *const forms[] = {
	"ua-pxb-node%",	 "ua-pxb-unknown", "ua-pxb-pci%_%",
	"ua-rp-%_%_%_%", "ua-up-%_%_%_%",  "ua-port-%_%_%",
};

static size_t digits(const char *text)
{
	return strspn(text, "0123456789abcdef");
}

/* The rest of the alias behind the form; NULL if the alias does not have the form. */
static const char *after_form(const char *alias, const char *form)
{
	for (; *form; form++) {
		if (*form != '%') {
			if (*alias++ != *form)
				return NULL;
			continue;
		}
		if (!digits(alias))
			return NULL;
		alias += digits(alias);
	}
	return alias;
}

static bool has_form(const char *alias, const char *form)
{
	const char *rest = after_form(alias, form);

	return rest &&
	       (!*rest || (*rest == '-' && digits(rest + 1) && !rest[1 + digits(rest + 1)]));
}

/* Whether it is the alias of a device of the kind, such as "ua-gpu-0000_19_00_0". */
static bool names_kind(const char *alias, enum hgx_kind kind)
{
	char form[64];

	snprintf(form, sizeof(form), "ua-%s-%%_%%_%%_%%", kind_of(kind)->name);
	return kind_is_device(kind) && has_form(alias, form);
}

bool alias_is_ours(const char *alias)
{
	for (size_t i = 0; alias && i < ARRAY_SIZE(forms); i++)
		if (has_form(alias, forms[i]))
			return true;
	for (unsigned kind = 0; alias && kind < kind_count(); kind++)
		if (names_kind(alias, (enum hgx_kind)kind))
			return true;
	return false;
}

bool alias_is_spare(const char *alias, unsigned *number)
{
	const char *rest = alias ? after_form(alias, "ua-spare-") : NULL;

	if (!rest || !isdigit((unsigned char)*rest) || strlen(rest) > 4)
		return false;
	*number = 0;
	for (; isdigit((unsigned char)*rest); rest++)
		*number = 10 * *number + (unsigned)(*rest - '0');
	return !*rest;
}

enum hgx_kind alias_kind(const char *alias)
{
	for (unsigned kind = 0; alias && kind < kind_count(); kind++)
		if (names_kind(alias, (enum hgx_kind)kind))
			return (enum hgx_kind)kind;
	return HGX_OTHER;
}
