/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing XML through libxml2's xmlTextWriter. */
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "format/xml.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/utf8.h"

struct xml {
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
	bool failed;
};

int xml_open(struct xml **out, struct hgx_error *err)
{
	struct xml *xml = calloc(1, sizeof(*xml));

	*out = NULL;
	if (!xml)
		return fail_memory(err);
	xml->buffer = xmlBufferCreate();
	xml->writer = xml->buffer ? xmlNewTextWriterMemory(xml->buffer, 0) : NULL;
	if (!xml->writer) {
		if (xml->buffer)
			xmlBufferFree(xml->buffer);
		free(xml);
		return fail_memory(err);
	}
	xmlTextWriterSetIndent(xml->writer, 1);
	xmlTextWriterSetIndentString(xml->writer, BAD_CAST "  ");
	xmlTextWriterSetQuoteChar(xml->writer, '\'');
	*out = xml;
	return HGX_OK;
}

static void check(struct xml *xml, int result)
{
	xml->failed |= result < 0;
}

void xml_start(struct xml *xml, const char *name)
{
	check(xml, xmlTextWriterStartElement(xml->writer, BAD_CAST name));
}

void xml_attr(struct xml *xml, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	check(xml, xmlTextWriterWriteVFormatAttribute(xml->writer, BAD_CAST name, format, args));
	va_end(args);
}

void xml_attr_ids(struct xml *xml, const char *name, const uint32_t *ids, size_t count)
{
	char *list = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&list, &size);

	if (!stream) {
		xml->failed = true;
		return;
	}
	cpulist_write(stream, ids, count);
	if (fclose(stream))
		xml->failed = true;
	else
		xml_attr(xml, name, "%s", list);
	free(list);
}

void xml_text(struct xml *xml, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	check(xml, xmlTextWriterWriteVFormatString(xml->writer, format, args));
	va_end(args);
}

void xml_fail(struct xml *xml)
{
	xml->failed = true;
}

void xml_end(struct xml *xml)
{
	check(xml, xmlTextWriterEndElement(xml->writer));
}

void xml_leaf(struct xml *xml, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	check(xml, xmlTextWriterWriteVFormatElement(xml->writer, BAD_CAST name, format, args));
	va_end(args);
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
	check(xml, xmlTextWriterWriteFormatComment(xml->writer, " hgxtopo: %s ", text));
}

int xml_close(struct xml *xml, char **out, struct hgx_error *err)
{
	bool failed;

	check(xml, xmlTextWriterFlush(xml->writer));
	xmlFreeTextWriter(xml->writer);
	failed = xml->failed;
	*out = failed ? NULL : strdup((const char *)xmlBufferContent(xml->buffer));
	xmlBufferFree(xml->buffer);
	free(xml);
	return *out ? HGX_OK : fail_memory(err);
}
