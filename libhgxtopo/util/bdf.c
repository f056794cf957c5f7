/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing PCI addresses. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "util/bdf.h"
#include "util/error.h"

struct bdf_text bdf_text(struct hgx_bdf a)
{
	struct bdf_text text;

	snprintf(text.text, sizeof(text.text), "%04x:%02x:%02x.%x", a.domain, a.bus,
		 a.device & 0x1f, a.function & 7);
	return text;
}

/* Reads up to @most hexadecimal digits followed by @stop, and moves the cursor past @stop. */
static bool hex_read(const char **cursor, const char *end, unsigned most, char stop,
		     uint32_t *value)
{
	unsigned digits = 0;

	for (*value = 0; *cursor < end && isxdigit((unsigned char)**cursor); (*cursor)++) {
		int c = tolower((unsigned char)**cursor);

		if (++digits > most)
			return false;
		*value = *value * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (!digits)
		return false;
	if (!stop)
		return *cursor == end;
	return *cursor < end && *(*cursor)++ == stop;
}

bool bdf_read(const char *text, size_t length, struct hgx_bdf *out)
{
	const char *cursor = text, *end = text + length;
	uint32_t domain = 0, bus, device, function;
	unsigned colons = 0;

	for (const char *c = text; c < end; c++)
		colons += *c == ':';
	if (colons == 2 && !hex_read(&cursor, end, 8, ':', &domain))
		return false;
	if (!hex_read(&cursor, end, 2, ':', &bus) || !hex_read(&cursor, end, 2, '.', &device) ||
	    !hex_read(&cursor, end, 1, 0, &function))
		return false;
	if (device > 31 || function > 7)
		return false;
	*out = (struct hgx_bdf){ domain, (uint8_t)bus, (uint8_t)device, (uint8_t)function };
	return true;
}

int bdf_compare(struct hgx_bdf a, struct hgx_bdf b)
{
	if (a.domain != b.domain)
		return a.domain < b.domain ? -1 : 1;
	if (a.bus != b.bus)
		return (int)a.bus - b.bus;
	if (a.device != b.device)
		return (int)a.device - b.device;
	return (int)a.function - b.function;
}

bool bdf_same_card(struct hgx_bdf a, struct hgx_bdf b)
{
	return a.domain == b.domain && a.bus == b.bus && a.device == b.device;
}

size_t hgx_bdf_format(char *out, size_t size, struct hgx_bdf address)
{
	const struct bdf_text text = bdf_text(address);

	if (size)
		snprintf(out, size, "%s", text.text);
	return strlen(text.text);
}

int hgx_bdf_parse(struct hgx_bdf *out, const char *text, struct hgx_error *err)
{
	if (!text || !bdf_read(text, strlen(text), out))
		return fail_node(err, RULE_ADDRESS_MALFORMED, text,
				 "'%s' is not a PCI address; write it like 0000:19:00.0 (bus "
				 "00-ff, device 00-1f, function 0-7)",
				 text ? text : "");
	return HGX_OK;
}
