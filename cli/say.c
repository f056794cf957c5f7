/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines on standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli.h"

/* How many bytes the UTF-8 character at @c has; 0 if it is none or a control character. */
static unsigned printable(const unsigned char *c)
{
	unsigned length = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

	if (*c < ' ' || *c == 0x7f || *c > 0xf4 || (*c == 0xc2 && c[1] < 0xa0))
		return 0;
	for (unsigned i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void clean(char *text)
{
	unsigned char *c = (unsigned char *)text;

	while (*c) {
		unsigned length = printable(c);

		if (!length)
			*c = '?';
		c += length ? length : 1;
	}
}

void say(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		clean(text);
	fprintf(stderr, "hgxtopo: %s\n", text ? text : "out of memory");
	free(text);
}
