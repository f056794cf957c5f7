/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recognizes the elements that a plan wrote by their aliases, which libvirt keeps. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "domain/alias.h"
#include "util/macros.h"
#include "model/kind.h"

/* '%' stands for a hexadecimal number. "-%" may follow each form, to number one of
 * several. */
static const char *const forms[] = {
	"ua-pxb-node%",	   "ua-pxb-unknown",   "ua-pxb-pci%_%",	      "ua-rp-%_%_%_%",
	"ua-up-%_%_%_%",   "ua-port-%_%_%",    "ua-gpu-%_%_%_%",      "ua-nic-%_%_%_%",
	"ua-nvme-%_%_%_%", "ua-other-%_%_%_%", "ua-nvswitch-%_%_%_%", "ua-nvlink-manager-%_%_%_%",
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

bool alias_is_ours(const char *alias)
{
	for (size_t i = 0; alias && i < ARRAY_SIZE(forms); i++) {
		const char *rest = after_form(alias, forms[i]);

		if (rest &&
		    (!*rest || (*rest == '-' && digits(rest + 1) && !rest[1 + digits(rest + 1)])))
			return true;
	}
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
	for (int kind = HGX_GPU; alias_is_ours(alias) && kind <= HGX_NVLINK_MANAGER; kind++) {
		const char *name = kind_of((enum hgx_kind)kind)->name;

		if (!strncmp(alias + 3, name, strlen(name)) && alias[3 + strlen(name)] == '-')
			return (enum hgx_kind)kind;
	}
	return HGX_OTHER;
}
