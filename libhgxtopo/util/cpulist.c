/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's list format, "0-3,8,10-11" (Documentation/admin-guide/cputopology.rst). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/cpulist.h"
#include "util/arena.h"

#define MAX_IDS 65536

static bool range_read(const char **cursor, unsigned long *first, unsigned long *last)
{
	char *end;

	if (**cursor < '0' || **cursor > '9')
		return false;
	*first = *last = strtoul(*cursor, &end, 10);
	if (*end == '-') {
		if (end[1] < '0' || end[1] > '9')
			return false;
		*last = strtoul(end + 1, &end, 10);
	}
	if (*end == ',')
		end++;
	else if (*end)
		return false;
	*cursor = end;
	return *first <= *last && *last < MAX_IDS;
}

bool cpulist_read(struct arena *arena, const char *text, struct cpuset *out)
{
	unsigned long first, last, next = 0;
	const char *cursor;
	size_t count = 0;

	*out = (struct cpuset){ NULL, 0 };
	for (cursor = text; *cursor; next = last + 1) {
		if (!range_read(&cursor, &first, &last) || first < next)
			return false;
		count += last - first + 1;
	}
	out->ids = arena_alloc(arena, (count ? count : 1) * sizeof(*out->ids));
	if (!out->ids)
		return false;
	for (cursor = text; *cursor && range_read(&cursor, &first, &last);)
		for (; first <= last; first++)
			out->ids[out->count++] = (uint32_t)first;
	return true;
}

void cpulist_write(FILE *stream, const uint32_t *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t start = i;

		while (i + 1 < count && ids[i + 1] == ids[i] + 1)
			i++;
		fprintf(stream, "%s%u", start ? "," : "", ids[start]);
		if (i > start)
			fprintf(stream, "-%u", ids[i]);
	}
}

void cpulist_write_short(FILE *stream, const uint32_t *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t last = i;
		uint32_t step = i + 1 < count ? ids[i + 1] - ids[i] : 0;

		while (last + 1 < count && ids[last + 1] - ids[last] == step)
			last++;
		if (step > 1 && last - i < 2)
			last = i;
		fprintf(stream, "%s%u", i ? "," : "", ids[i]);
		if (last > i)
			fprintf(stream, "-%u", ids[last]);
		if (last > i && step > 1)
			fprintf(stream, ":%u", step);
		i = last;
	}
}
