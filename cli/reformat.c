/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON with other blanks between its parts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

static void new_line(FILE *stream, unsigned depth)
{
	fputc('\n', stream);
	for (unsigned i = 0; i < depth; i++)
		fputs("  ", stream);
}

/* Copies a text in quotes; returns what follows it. */
static const char *copy_text(FILE *stream, const char *at)
{
	const char *end = at + 1;

	while (*end && *end != '"')
		end += *end == '\\' && end[1] ? 2 : 1;
	end += *end == '"';
	fwrite(at, 1, (size_t)(end - at), stream);
	return end;
}

static const char *after_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* Writes a character between texts, and the blanks that belong to it. */
static const char *copy_mark(FILE *stream, const char *at, bool indent, unsigned *depth)
{
	bool opens = *at == '{' || *at == '[', closes = *at == '}' || *at == ']';
	const char *next = after_blanks(at + 1);
	bool empty = opens && (*next == '}' || *next == ']');

	if (closes)
		--*depth;
	if (closes && indent)
		new_line(stream, *depth);
	fputc(*at, stream);
	if (empty) {
		fputc(*next, stream);
		return next + 1;
	}
	*depth += opens;
	if (indent && (opens || *at == ','))
		new_line(stream, *depth);
	if (indent && *at == ':')
		fputc(' ', stream);
	return next;
}

char *reformat(const char *json, bool indent)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	unsigned depth = 0;
	bool failed;

	for (const char *at = after_blanks(json); stream && *at; at = after_blanks(at))
		at = *at == '"' ? copy_text(stream, at) : copy_mark(stream, at, indent, &depth);
	if (!stream)
		return NULL;
	fputc('\n', stream);
	failed = ferror(stream) != 0;
	if (!fclose(stream) && !failed && text && strlen(text) == size)
		return text;
	free(text);
	return NULL;
}
