/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checking and cleaning UTF-8, for texts and XML. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "util/utf8.h"

static unsigned length_by_first(unsigned char c)
{
	return c < 0x80		  ? 1 :
	       (c & 0xe0) == 0xc0 ? 2 :
	       (c & 0xf0) == 0xe0 ? 3 :
	       (c & 0xf8) == 0xf0 ? 4 :
				    0;
}

unsigned utf8_length(const char *text, size_t left)
{
	const unsigned char *c = (const unsigned char *)text;
	unsigned length = left ? length_by_first(*c) : 0;

	if (length > left)
		return 0;
	for (unsigned i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((length == 2 && c[0] < 0xc2) || (length == 3 && c[0] == 0xe0 && c[1] < 0xa0) ||
	    (length == 3 && c[0] == 0xed && c[1] > 0x9f) ||
	    (length == 4 &&
	     ((c[0] == 0xf0 && c[1] < 0x90) || c[0] > 0xf4 || (c[0] == 0xf4 && c[1] > 0x8f))))
		return 0;
	return length;
}

bool utf8_is_cut(const char *text, size_t left)
{
	unsigned length = left ? length_by_first((unsigned char)*text) : 0;
	char low[4], high[4];

	if (length <= left)
		return false;
	/* one of these fits, whatever the second byte may be */
	memset(low, 0x80, sizeof(low));
	memset(high, 0xbf, sizeof(high));
	memcpy(low, text, left);
	memcpy(high, text, left);
	return utf8_length(low, length) || utf8_length(high, length);
}

/* Whether it is neither a control character nor one that XML forbids (U+FFFE, U+FFFF). */
static bool fits_text(const unsigned char *c, unsigned length)
{
	if (!length || *c < ' ' || *c == 0x7f)
		return false;
	if (length == 2 && *c == 0xc2 && c[1] < 0xa0)
		return false;
	return length != 3 || c[0] != 0xef || c[1] != 0xbf || c[2] < 0xbe;
}

void text_clean(char *text)
{
	unsigned char *c = (unsigned char *)text;

	while (*c) {
		unsigned length = utf8_length((const char *)c, SIZE_MAX);

		if (!fits_text(c, length)) {
			*c++ = '?';
			continue;
		}
		c += length;
	}
}

bool text_is_clean(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	while (*c) {
		unsigned length = utf8_length((const char *)c, SIZE_MAX);

		if (!fits_text(c, length))
			return false;
		c += length;
	}
	return true;
}

bool text_is_blank(const char *data, size_t length)
{
	size_t i = 0;

	while (i < length && memchr(" \t\r\n", data[i], 4))
		i++;
	return i == length;
}
