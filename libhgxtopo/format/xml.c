/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing XML in the layout of libxml2's xmlTextWriter, which is not used: without memory it
 * prints to standard error, and leaves characters out of some texts. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "format/xml.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/text.h"
#include "util/utf8.h"

#define MAX_DEPTH 16 /* of what this library writes */

struct xml {
	struct text text;
	const char *names[MAX_DEPTH]; /* of the elements that are open */
	unsigned depth;
	bool in_tag;   /* the tag of the last of them still takes attributes */
	bool has_text; /* the last of them holds text: its end stays on the line */
	bool failed;
};

int xml_open(struct xml **out, struct hgx_error *err)
{
	struct xml *xml = calloc(1, sizeof(*xml));
	int code;

	*out = NULL;
	if (!xml)
		return fail_memory(err);
	code = text_open(&xml->text, err);
	if (code) {
		free(xml);
		return code;
	}
	*out = xml;
	return HGX_OK;
}

/* The place for a child of the element that is open. */
static void new_line(struct xml *xml)
{
	if (xml->in_tag)
		fputs(">\n", xml->text.stream);
	xml->in_tag = false;
	text_indent(&xml->text, xml->depth);
}

void xml_start(struct xml *xml, const char *name)
{
	if (xml->depth == MAX_DEPTH) {
		xml->failed = true;
		return;
	}
	new_line(xml);
	fprintf(xml->text.stream, "<%s", name);
	xml->names[xml->depth++] = name;
	xml->in_tag = true;
	xml->has_text = false;
}

/* With references for what a parser would take for markup, or change, in a text or in a value
 * between apostrophes. */
static void write_escaped(FILE *stream, const char *value, bool attribute)
{
	static const struct {
		char letter;
		const char *text, *value;
	} references[] = {
		{ '<', "&lt;", "&lt;" },     { '>', "&gt;", "&gt;" },	 { '&', "&amp;", "&amp;" },
		{ '"', "&quot;", "&quot;" }, { '\r', "&#13;", "&#13;" }, { '\'', "'", "&apos;" },
		{ '\n', "\n", "&#10;" },     { '\t', "\t", "&#9;" },
	};

	for (; *value; value++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(references) && references[i].letter != *value)
			i++;
		if (i == ARRAY_SIZE(references))
			fputc(*value, stream);
		else
			fputs(attribute ? references[i].value : references[i].text, stream);
	}
}

static void write_format(struct xml *xml, bool attribute, const char *format, va_list args)
{
	char *value;

	if (vasprintf(&value, format, args) < 0) {
		xml->failed = true;
		return;
	}
	write_escaped(xml->text.stream, value, attribute);
	free(value);
}

void xml_attr(struct xml *xml, const char *name, const char *format, ...)
{
	va_list args;

	fprintf(xml->text.stream, " %s='", name);
	va_start(args, format);
	write_format(xml, true, format, args);
	va_end(args);
	fputc('\'', xml->text.stream);
}

void xml_attr_ids(struct xml *xml, const char *name, const uint32_t *ids, size_t count)
{
	fprintf(xml->text.stream, " %s='", name);
	cpulist_write(xml->text.stream, ids, count);
	fputc('\'', xml->text.stream);
}

static void end_tag(struct xml *xml)
{
	if (xml->in_tag)
		fputc('>', xml->text.stream);
	xml->in_tag = false;
	xml->has_text = true;
}

void xml_text(struct xml *xml, const char *format, ...)
{
	va_list args;

	end_tag(xml);
	va_start(args, format);
	write_format(xml, false, format, args);
	va_end(args);
}

void xml_fail(struct xml *xml)
{
	xml->failed = true;
}

void xml_end(struct xml *xml)
{
	const char *name;

	if (!xml->depth) {
		xml->failed = true;
		return;
	}
	name = xml->names[--xml->depth];
	if (xml->in_tag) {
		fputs("/>\n", xml->text.stream);
	} else {
		if (!xml->has_text)
			text_indent(&xml->text, xml->depth);
		fprintf(xml->text.stream, "</%s>\n", name);
	}
	xml->in_tag = xml->has_text = false;
}

void xml_leaf(struct xml *xml, const char *name, const char *format, ...)
{
	va_list args;

	xml_start(xml, name);
	end_tag(xml);
	va_start(args, format);
	write_format(xml, false, format, args);
	va_end(args);
	xml_end(xml);
}

/* A comment must not contain "--" or end in "-" (XML 1.0, 2.5). */
void xml_comment(struct xml *xml, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_clean(text);
	for (char *c = text; *c; c++)
		if (c[0] == '-' && (c[1] == '-' || !c[1]))
			*c = '_';
	new_line(xml);
	fprintf(xml->text.stream, "<!-- hgxtopo: %s -->\n", text);
}

int xml_close(struct xml *xml, char **out, struct hgx_error *err)
{
	bool failed = xml->failed || xml->depth;
	int code = text_close(&xml->text, out, err);

	free(xml);
	if (code || !failed)
		return code;
	hgx_text_free(*out);
	*out = NULL;
	return fail_memory(err);
}
