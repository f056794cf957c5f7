/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing sizes in bytes. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "util/size.h"
#include "util/error.h"
#include "util/macros.h"

static const struct unit {
	const char *name;
	uint64_t bytes;
} units[] = {
	{ "B", 1 },
	{ "K", 1ull << 10 },
	{ "KiB", 1ull << 10 },
	{ "KB", 1000ull },
	{ "M", 1ull << 20 },
	{ "MiB", 1ull << 20 },
	{ "MB", 1000000ull },
	{ "G", 1ull << 30 },
	{ "GiB", 1ull << 30 },
	{ "GB", 1000000000ull },
	{ "T", 1ull << 40 },
	{ "TiB", 1ull << 40 },
	{ "TB", 1000000000000ull },
};

static const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcasecmp(units[i].name, name))
			return &units[i];
	return NULL;
}

int hgx_size_parse(uint64_t *out, const char *text, struct hgx_error *err)
{
	unsigned __int128 value = 0, scale = 1;
	const struct unit *unit;
	const char *c = text ? text : "";
	unsigned digits = 0;
	bool point = false;

	for (; isdigit((unsigned char)*c) || (*c == '.' && !point && digits); c++) {
		if (*c == '.') {
			point = true;
			continue;
		}
		value = value * 10 + (unsigned)(*c - '0');
		scale *= point ? 10 : 1;
		if (++digits > 19)
			return fail(err, RULE_SIZE_MALFORMED,
				    "'%s' has more digits than a size can have", text);
	}
	while (*c == ' ')
		c++;
	unit = unit_find(c);
	if (!digits || !unit)
		return fail(err, RULE_SIZE_MALFORMED,
			    "'%s' is not a size; write a number and a unit, such as 1792G, 1.75T "
			    "or 939524096KiB",
			    text ? text : "");
	value *= unit->bytes;
	if (value % scale || value / scale > UINT64_MAX)
		return fail(err, RULE_SIZE_MALFORMED,
			    "'%s' is not a whole number of bytes below 16 EiB", text);
	*out = (uint64_t)(value / scale);
	return HGX_OK;
}

struct size_text size_text(uint64_t bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	struct size_text text;
	unsigned power = 0;

	while (power < 4 && bytes >= 1024 * (1ull << (10 * power)) &&
	       bytes % (1ull << (10 * (power + 1))) == 0)
		power++;
	if (bytes >> (10 * power) >= 100000) {
		double value = (double)bytes;
		unsigned shift = 0;

		for (; value >= 1024 && shift < 4; shift++)
			value /= 1024;
		snprintf(text.text, sizeof(text.text), "%.2f %s", value, names[shift]);
		return text;
	}
	snprintf(text.text, sizeof(text.text), "%llu %s",
		 (unsigned long long)(bytes >> (10 * power)), names[power]);
	return text;
}

uint64_t size_align(uint64_t bytes, uint64_t alignment)
{
	if (bytes > UINT64_MAX - (alignment - 1))
		return UINT64_MAX & ~(alignment - 1);
	return (bytes + alignment - 1) & ~(alignment - 1);
}
