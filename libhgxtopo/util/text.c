/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output texts, on open_memstream(). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/text.h"
#include "util/error.h"

int text_open(struct text *text, struct hgx_error *err)
{
	memset(text, 0, sizeof(*text));
	text->stream = open_memstream(&text->data, &text->size);
	return text->stream ? HGX_OK : fail_memory(err);
}

int text_close(struct text *text, char **out, struct hgx_error *err)
{
	bool failed = ferror(text->stream) != 0;

	*out = NULL;
	if (fclose(text->stream) != 0 || failed) {
		free(text->data);
		return fail_memory(err);
	}
	*out = text->data;
	return HGX_OK;
}

void text_indent(struct text *text, unsigned depth)
{
	fprintf(text->stream, "%*s", (int)(2 * depth), "");
}

void text_cell(struct text *text, int width, const char *value)
{
	int shown = 0;

	for (const char *c = value; *c; c++)
		shown += (*c & 0xc0) != 0x80;
	fprintf(text->stream, "%s%*s", value, shown < width ? width - shown : 0, "");
}

void hgx_text_free(char *text)
{
	free(text);
}
