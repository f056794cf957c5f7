/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places of the markup in an XML text. This is not a parser: libxml2 says whether the
 * text is well-formed, after everything that could hurt it has been refused here. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "format/xml_scan.h"
#include "util/error.h"

#define MAX_DEPTH 200
#define MAX_PIECES 500000
/* libxml2 before 2.12 compares each attribute of an element with every other. */
#define MAX_ATTRIBUTES 256
#define MAX_NAMESPACES 256

struct scan {
	const char *data, *name;
	size_t length, at;
	struct xml_piece *pieces;
	size_t count, capacity;
	size_t open[MAX_DEPTH]; /* indexes of the open start tags */
	size_t depth, namespaces;
	struct hgx_error *err;
};

unsigned xml_line(const char *data, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += data[i] == '\n';
	return line;
}

static bool looking_at(const struct scan *scan, const char *text)
{
	size_t length = strlen(text);

	return scan->length - scan->at >= length && !memcmp(scan->data + scan->at, text, length);
}

static int refuse(const struct scan *scan, enum rule_id rule, const char *what, const char *remedy)
{
	return fail(scan->err, rule, "%s:%u: %s; %s", scan->name, xml_line(scan->data, scan->at),
		    what, remedy);
}

/* Skips to the end of the text if @stop does not occur. */
static void skip_past(struct scan *scan, const char *stop)
{
	const char *end = memmem(scan->data + scan->at, scan->length - scan->at, stop,
				 strlen(stop));

	scan->at = end ? (size_t)(end - scan->data) + strlen(stop) : scan->length;
}

static int add_piece(struct scan *scan, enum xml_piece_kind kind, size_t start)
{
	struct xml_piece *pieces = scan->pieces;

	if (scan->count == MAX_PIECES)
		return refuse(scan, RULE_XML_TOO_LARGE, "more than 500000 tags and comments",
			      "no domain has that many");
	if (scan->count == scan->capacity) {
		scan->capacity = scan->capacity ? 2 * scan->capacity : 1024;
		pieces = realloc(pieces, scan->capacity * sizeof(*pieces));
		if (!pieces)
			return fail_memory(scan->err);
		scan->pieces = pieces;
	}
	pieces[scan->count++] = (struct xml_piece){ kind, { start, scan->at }, 0 };
	return HGX_OK;
}

/* Skips a tag and its '>', which may also occur in an attribute. */
static int skip_tag(struct scan *scan)
{
	unsigned attributes = 0;
	char quote = 0;

	for (; scan->at < scan->length; scan->at++) {
		char c = scan->data[scan->at];

		if (quote) {
			quote = c == quote ? 0 : quote;
			continue;
		}
		if (c == '>')
			break;
		attributes += c == '=';
		scan->namespaces += c == 'x' && looking_at(scan, "xmlns");
		if (c == '"' || c == '\'')
			quote = c;
	}
	if (attributes > MAX_ATTRIBUTES)
		return refuse(scan, RULE_XML_TOO_LARGE, "an element has more than 256 attributes",
			      "no domain has such an element");
	if (scan->namespaces > MAX_NAMESPACES)
		return refuse(scan, RULE_XML_TOO_LARGE, "more than 256 namespace declarations",
			      "declare each namespace once, at the root element");
	scan->at += scan->at < scan->length;
	return HGX_OK;
}

static int close_tag(struct scan *scan, size_t start)
{
	int code = add_piece(scan, PIECE_END, start);

	if (!code && scan->depth)
		scan->pieces[scan->open[--scan->depth]].match = scan->count - 1;
	return code;
}

static int scan_tag(struct scan *scan)
{
	size_t start = scan->at;
	bool end = looking_at(scan, "</"), empty;
	int code = skip_tag(scan);

	if (code)
		return code;
	if (end)
		return close_tag(scan, start);
	empty = scan->at >= start + 3 && scan->data[scan->at - 2] == '/';
	if (empty)
		return add_piece(scan, PIECE_EMPTY, start);
	if (scan->depth == MAX_DEPTH)
		return refuse(scan, RULE_XML_TOO_LARGE, "elements are nested more than 200 deep",
			      "no domain is nested that deeply");
	scan->open[scan->depth++] = scan->count;
	return add_piece(scan, PIECE_START, start);
}

static int scan_markup(struct scan *scan)
{
	size_t start = scan->at;

	if (looking_at(scan, "<!--")) {
		scan->at += 4;
		skip_past(scan, "-->");
		return add_piece(scan, PIECE_COMMENT, start);
	}
	if (looking_at(scan, "<![CDATA[")) {
		skip_past(scan, "]]>");
		return HGX_OK;
	}
	if (looking_at(scan, "<?")) {
		skip_past(scan, "?>");
		return HGX_OK;
	}
	if (looking_at(scan, "<!"))
		return refuse(scan, RULE_XML_DOCTYPE,
			      "a libvirt domain has no document type declaration (<!DOCTYPE …>)",
			      "remove it");
	return scan_tag(scan);
}

int xml_scan(struct xml_piece **out, size_t *count, const char *data, size_t length,
	     const char *name, struct hgx_error *err)
{
	struct scan scan = { .data = data, .length = length, .name = name, .err = err };
	int code = HGX_OK;

	while (!code && scan.at < length) {
		const char *next = memchr(data + scan.at, '<', length - scan.at);

		if (!next)
			break;
		scan.at = (size_t)(next - data);
		code = scan_markup(&scan);
	}
	if (code) {
		free(scan.pieces);
		scan.pieces = NULL;
	}
	*out = scan.pieces;
	*count = scan.count;
	return code;
}
