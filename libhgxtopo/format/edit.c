/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sorting edits and applying them to a text. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "format/edit.h"
#include "util/error.h"
#include "util/text.h"
#include "format/xml_scan.h"

void edit_replace(struct edits *edits, struct span span, const char *text)
{
	struct edit *items = edits->items;

	if (edits->count == edits->capacity) {
		edits->capacity = edits->capacity ? 2 * edits->capacity : 64;
		items = realloc(items, edits->capacity * sizeof(*items));
		if (!items) {
			edits->capacity = edits->count;
			edits->failed = true;
			return;
		}
		edits->items = items;
	}
	items[edits->count] = (struct edit){ span, text, edits->count };
	edits->count++;
}

void edit_insert(struct edits *edits, size_t at, const char *text)
{
	edit_replace(edits, (struct span){ at, at }, text);
}

static int by_place(const void *a, const void *b)
{
	const struct edit *one = a, *two = b;

	if (one->span.start != two->span.start)
		return one->span.start < two->span.start ? -1 : 1;
	if ((one->span.end > one->span.start) != (two->span.end > two->span.start))
		return one->span.end > one->span.start ? 1 : -1;
	return one->number < two->number ? -1 : 1;
}

int edits_apply(struct edits *edits, const char *text, size_t length, char **out,
		struct hgx_error *err)
{
	struct text result;
	size_t at = 0;

	*out = NULL;
	if (edits->failed || text_open(&result, NULL))
		return fail_memory(err);
	if (edits->count)
		qsort(edits->items, edits->count, sizeof(*edits->items), by_place);
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->span.start < at || edit->span.end < edit->span.start ||
		    edit->span.end > length) {
			text_drop(&result);
			return fail(
				err, RULE_DOMAIN_EDIT,
				"two changes fall into the same place of the domain; give it as "
				"virsh dumpxml writes it");
		}
		fwrite(text + at, 1, edit->span.start - at, result.stream);
		fputs(edit->text, result.stream);
		at = edit->span.end;
	}
	fwrite(text + at, 1, length - at, result.stream);
	return text_close(&result, out, err);
}

void edits_free(struct edits *edits)
{
	free(edits->items);
}
