/* Reading XML: libxml2 says what it means, xml_scan() where it stands. */
#include <errno.h>
#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "format/xml_read.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/utf8.h"
#include "model/topo.h"
#include "format/xml_scan.h"

#define MAX_BYTES ((size_t)16 << 20)
#define MAX_TEXT ((size_t)9 << 20)

struct reading {
	struct arena *arena;
	const char *data;
	const struct xml_piece *pieces;
	size_t count, at;
};

/* What the XML declaration calls the encoding, if that is something else than UTF-8. */
static bool other_encoding(const char *data, size_t length, char *out, size_t size)
{
	const char *end, *at;
	size_t n = 0;

	if (length < 6 || memcmp(data, "<?xml", 5))
		return false;
	end = memmem(data, length, "?>", 2);
	at = end ? memmem(data, (size_t)(end - data), "encoding", 8) : NULL;
	if (!at)
		return false;
	for (at += 8; at < end && strchr(" \t\r\n=\"'", *at); at++)
		;
	while (at < end && n + 1 < size && !strchr(" \t\r\n\"'", *at))
		out[n++] = *at++;
	out[n] = '\0';
	text_clean(out);
	return strcasecmp(out, "UTF-8") != 0;
}

static int check_bytes(const char *data, size_t length, const char *name, struct hgx_error *err)
{
	char encoding[40];

	if (length > MAX_BYTES)
		return fail(err, RULE_XML_TOO_LARGE,
			    "%s: larger than 16 MiB, which no domain is; check that this is one",
			    name);
	if (length >= 2 && (!memcmp(data, "\xff\xfe", 2) || !memcmp(data, "\xfe\xff", 2)))
		return fail(err, RULE_XML_ENCODING, "%s: the text is UTF-16; convert it to UTF-8",
			    name);
	if (memchr(data, '\0', length))
		return fail(err, RULE_XML_ENCODING,
			    "%s: the text contains a NUL byte, so it is not XML in UTF-8; "
			    "convert it to UTF-8",
			    name);
	if (other_encoding(data, length, encoding, sizeof(encoding)))
		return fail(err, RULE_XML_ENCODING,
			    "%s: the XML declares the encoding '%s'; convert it to UTF-8", name,
			    encoding);
	return HGX_OK;
}

static int syntax(xmlParserCtxtPtr parser, const char *name, struct hgx_error *err)
{
	const xmlError *what = xmlCtxtGetLastError(parser);
	char text[200];

	if (what && what->code == XML_ERR_NO_MEMORY)
		return fail_memory(err);
	snprintf(text, sizeof(text), "%s", what && what->message ? what->message : "not XML");
	text[strcspn(text, "\r\n")] = '\0';
	text_clean(text);
	return fail(err, RULE_XML_SYNTAX, "%s:%d: %s; give a domain as virsh dumpxml writes it",
		    name, what && what->line > 0 ? what->line : 1, text);
}

/* Well-formed or NULL; without network, document types and entities. */
static int parse(xmlDocPtr *out, const char *data, size_t length, const char *name,
		 struct hgx_error *err)
{
	xmlParserCtxtPtr parser = xmlNewParserCtxt();
	int code = HGX_OK;

	*out = NULL;
	if (!parser)
		return fail_memory(err);
	*out = xmlCtxtReadMemory(parser, data, (int)length, NULL, "UTF-8",
				 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					 XML_PARSE_NOCDATA);
	if (!*out || !parser->wellFormed || !parser->nsWellFormed)
		code = syntax(parser, name, err);
	if (code && *out) {
		xmlFreeDoc(*out);
		*out = NULL;
	}
	xmlFreeParserCtxt(parser);
	return code;
}

static const char *copy_text(struct arena *arena, const xmlNode *node)
{
	size_t length = 0;
	char *text;

	for (const xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_TEXT_NODE)
			length += strlen((const char *)child->content);
	text = arena_alloc(arena, length + 1);
	length = 0;
	for (const xmlNode *child = node->children; text && child; child = child->next)
		if (child->type == XML_TEXT_NODE) {
			size_t more = strlen((const char *)child->content);

			memcpy(text + length, child->content, more);
			length += more;
		}
	return text;
}

static void add_attribute(struct reading *reading, struct xml_element *element, const char *name,
			  const xmlNs *space, const char *value)
{
	struct xml_attribute *attribute = arena_alloc(reading->arena, sizeof(*attribute));

	if (!attribute)
		return;
	attribute->name = name;
	attribute->space = space ? arena_string(reading->arena, (const char *)space->href) : NULL;
	attribute->value = arena_string(reading->arena, value ? value : "");
	attribute->next = element->attributes;
	element->attributes = attribute;
}

static void copy_attributes(struct reading *reading, struct xml_element *element,
			    const xmlNode *node)
{
	for (const xmlNs *space = node->nsDef; space; space = space->next)
		add_attribute(reading, element,
			      space->prefix ? arena_format(reading->arena, "xmlns:%s",
							   (const char *)space->prefix) :
					      "xmlns",
			      NULL, (const char *)space->href);
	for (const xmlAttr *from = node->properties; from; from = from->next) {
		const xmlNode *text = from->children;
		char *joined = NULL;

		if (text && (text->next || text->type != XML_TEXT_NODE))
			joined = (char *)xmlNodeListGetString(node->doc, text, 1);
		add_attribute(reading, element,
			      arena_string(reading->arena, (const char *)from->name), from->ns,
			      joined ? joined :
			      text   ? (const char *)text->content :
				       NULL);
		xmlFree(joined);
	}
}

static void hang(struct xml_element *parent, struct xml_element *element)
{
	element->parent = parent;
	element->previous = parent->last;
	if (parent->last)
		parent->last->next = element;
	else
		parent->first = element;
	parent->last = element;
}

/* The next piece belongs to @node, for both are in the order of the text. */
static struct xml_element *add_node(struct reading *reading, struct xml_element *parent,
				    const xmlNode *node)
{
	const struct xml_piece *piece = &reading->pieces[reading->at];
	struct xml_element *element;

	while (reading->at < reading->count && piece->kind == PIECE_END)
		piece = &reading->pieces[++reading->at];
	if (reading->at == reading->count ||
	    (piece->kind == PIECE_COMMENT) != (node->type == XML_COMMENT_NODE))
		return NULL;
	element = arena_alloc(reading->arena, sizeof(*element));
	if (!element)
		return NULL;
	reading->at++;
	element->whole = element->tag = piece->span;
	element->inner = (struct span){ piece->span.end, piece->span.end };
	hang(parent, element);
	if (piece->kind == PIECE_START) {
		if (piece->match <= (size_t)(piece - reading->pieces))
			return NULL;
		element->whole.end = reading->pieces[piece->match].span.end;
		element->inner.end = reading->pieces[piece->match].span.start;
	}
	if (node->type == XML_COMMENT_NODE) {
		element->text = arena_string(reading->arena, (const char *)node->content);
		return element;
	}
	element->name = arena_string(reading->arena, (const char *)node->name);
	element->space = node->ns ? arena_string(reading->arena, (const char *)node->ns->href) :
				    NULL;
	element->text = copy_text(reading->arena, node);
	copy_attributes(reading, element, node);
	return element;
}

/* libxml2 takes no more, and says so on standard error. */
static int check_sizes(const struct xml_piece *pieces, size_t count, size_t length,
		       const char *name, struct hgx_error *err)
{
	size_t last = 0;

	for (size_t i = 0; i <= count; i++) {
		size_t start = i < count ? pieces[i].span.start : length;
		size_t end = i < count ? pieces[i].span.end : length;

		if (start - last > MAX_TEXT || end - start > MAX_TEXT)
			return fail(err, RULE_XML_TOO_LARGE,
				    "%.200s: contains a text, comment or tag of more than 9 MiB; "
				    "give a domain as virsh dumpxml writes it",
				    name);
		last = end;
	}
	return HGX_OK;
}

/* As deep as xml_scan() allows. */
static bool add_nodes(struct reading *reading, struct xml_element *parent, const xmlNode *first)
{
	for (const xmlNode *node = first; node; node = node->next) {
		struct xml_element *element;

		if (node->type != XML_ELEMENT_NODE && node->type != XML_COMMENT_NODE)
			continue;
		element = add_node(reading, parent, node);
		if (!element || !add_nodes(reading, element, element->name ? node->children : NULL))
			return false;
	}
	return true;
}

static int build(struct reading *reading, struct xml_element **out, const xmlDoc *document,
		 const char *name, struct hgx_error *err)
{
	struct xml_element *top = arena_alloc(reading->arena, sizeof(*top));
	bool same = top && add_nodes(reading, top, document->children);

	while (reading->at < reading->count && reading->pieces[reading->at].kind == PIECE_END)
		reading->at++;
	if (reading->arena->failed)
		return fail_memory(err);
	if (!same || reading->at != reading->count)
		return fail(err, RULE_XML_UNCLEAR,
			    "%s: the places of its tags could not be found; give a domain as "
			    "virsh dumpxml writes it",
			    name);
	for (struct xml_element *element = top->first; element; element = element->next) {
		element->parent = NULL;
		if (element->name)
			*out = element;
	}
	return HGX_OK;
}

int xml_read(struct arena *arena, struct xml_element **out, const char *data, size_t length,
	     const char *name, struct hgx_error *err)
{
	struct reading reading = { .arena = arena, .data = data };
	struct xml_piece *pieces = NULL;
	xmlDocPtr document = NULL;
	size_t mark;
	int code = check_bytes(data, length, name, err);

	*out = NULL;
	mark = length >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;
	if (!code)
		code = xml_scan(&pieces, &reading.count, data, length, name, err);
	if (!code)
		code = check_sizes(pieces, reading.count, length, name, err);
	if (!code)
		code = parse(&document, data + mark, length - mark, name, err);
	reading.pieces = pieces;
	if (!code)
		code = build(&reading, out, document, name, err);
	xmlFreeDoc(document);
	free(pieces);
	return code;
}

bool xml_is(const struct xml_element *element, const char *name)
{
	return element->name && !element->space && !strcmp(element->name, name);
}

struct xml_element *xml_child(const struct xml_element *parent, const char *name)
{
	for (struct xml_element *child = parent ? parent->first : NULL; child; child = child->next)
		if (xml_is(child, name))
			return child;
	return NULL;
}

struct xml_element *xml_following(const struct xml_element *element)
{
	for (struct xml_element *next = element->next; next; next = next->next)
		if (xml_is(next, element->name))
			return next;
	return NULL;
}

const char *xml_attribute(const struct xml_element *element, const char *name)
{
	for (const struct xml_attribute *attribute = element ? element->attributes : NULL;
	     attribute; attribute = attribute->next)
		if (!attribute->space && !strcmp(attribute->name, name))
			return attribute->value;
	return NULL;
}

bool xml_attribute_is(const struct xml_element *element, const char *name, const char *value)
{
	const char *has = xml_attribute(element, name);

	return has && !strcmp(has, value);
}

bool xml_number(const char *text, unsigned most, unsigned *out)
{
	unsigned long value;
	char *end;

	text += strspn(text, " \t\r\n");
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 0);
	end += strspn(end, " \t\r\n");
	*out = (unsigned)value;
	return !errno && !*end && value <= most;
}
