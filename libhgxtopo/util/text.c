/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output texts: a stream of stdio over a buffer of our own. The buffer of open_memstream() that
 * cannot grow loses what is written without a word: glibc's ferror() and fclose() both report
 * success. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/text.h"
#include "util/error.h"

#define FIRST_SIZE 4096

/* Makes room for @more bytes and a terminator. */
static bool grow(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : FIRST_SIZE;
	char *larger;

	if (more > SIZE_MAX / 4 - text->size)
		return false;
	while (room <= text->size + more)
		room *= 2;
	if (room == text->room)
		return true;
	larger = realloc(text->data, room);
	if (!larger)
		return false;
	text->data = larger;
	text->room = room;
	return true;
}

/* stdio calls it with what its own buffer holds. 0: an error (fopencookie(3)). */
static ssize_t append(void *cookie, const char *data, size_t size)
{
	struct text *text = cookie;

	if (text->failed || !grow(text, size)) {
		text->failed = true;
		return 0;
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	text->data[text->size] = '\0';
	return (ssize_t)size;
}

int text_open(struct text *text, struct hgx_error *err)
{
	memset(text, 0, sizeof(*text));
	if (!grow(text, 0))
		return fail_memory(err);
	text->data[0] = '\0';
	text->stream = fopencookie(text, "w", (cookie_io_functions_t){ .write = append });
	if (text->stream)
		return HGX_OK;
	free(text->data);
	return fail_memory(err);
}

int text_close(struct text *text, char **out, struct hgx_error *err)
{
	bool failed = ferror(text->stream) != 0;

	*out = NULL;
	if (fclose(text->stream) != 0 || failed || text->failed) {
		free(text->data);
		return fail_memory(err);
	}
	*out = text->data;
	return HGX_OK;
}

void text_drop(struct text *text)
{
	fclose(text->stream);
	free(text->data);
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

bool text_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

void hgx_text_free(char *text)
{
	free(text);
}
