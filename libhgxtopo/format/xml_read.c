/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading XML: libxml2 says what the text means, xml_scan() where each element is in it. */
#include <errno.h>
#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "format/xml_read.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
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

/* Finds the encoding that the XML declaration names, if it is not UTF-8. */
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
	if (text_is_blank(data, length))
		return fail(err, RULE_XML_SYNTAX,
			    "%s is empty; give a domain as virsh dumpxml writes it", name);
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

/* Only the first error is reported. Each release of libxml2 derives different ones from it. */
struct first_error {
	int code, line;
	char name[40]; /* of the wrong entity, attribute, prefix or tag */
};

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_pointer;
#else
typedef xmlErrorPtr error_pointer;
#endif

static void remember(void *parser, error_pointer error)
{
	struct first_error *first = ((xmlParserCtxtPtr)parser)->_private;

	if (first->code || error->level < XML_ERR_ERROR)
		return;
	first->code = error->code;
	first->line = error->line;
	snprintf(first->name, sizeof(first->name), "%s", error->str1 ? error->str1 : "");
	text_clean(first->name);
}

/* Our own words for the errors, because libxml2's differ by release. */
static const struct sentence {
	int code;
	const char *text; /* may contain the name */
} sentences[] = {
	{ XML_ERR_DOCUMENT_EMPTY, "it does not start with a tag" },
	{ XML_ERR_DOCUMENT_END, "text after the end of the root element" },
	{ XML_ERR_TAG_NAME_MISMATCH, "<%s> does not end with </%s>" },
	{ XML_ERR_TAG_NOT_FINISHED, "the text ends before </%s>" },
	{ XML_ERR_GT_REQUIRED, "the tag <%s> is not finished" },
	{ XML_ERR_COMMENT_NOT_FINISHED, "a comment is not finished" },
	{ XML_ERR_HYPHEN_IN_COMMENT, "a comment contains '--'" },
	{ XML_ERR_UNDECLARED_ENTITY, "entity '%s' is not defined" },
	{ XML_WAR_UNDECLARED_ENTITY, "entity '%s' is not defined" },
	{ XML_ERR_ATTRIBUTE_REDEFINED, "attribute '%s' occurs twice in one tag" },
	{ XML_NS_ERR_UNDEFINED_NAMESPACE, "namespace prefix '%s' is not defined" },
	{ XML_ERR_INVALID_CHAR, "a character that XML or UTF-8 does not allow" },
	{ XML_ERR_INVALID_ENCODING, "a character that XML or UTF-8 does not allow" },
};

static const char *sentence_of(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		if (sentences[i].code == code)
			return sentences[i].text;
	return "not well-formed XML";
}

static int syntax(const struct first_error *error, const char *name, struct hgx_error *err)
{
	char text[160];

	snprintf(text, sizeof(text), sentence_of(error->code), error->name, error->name);
	return fail(err, RULE_XML_SYNTAX, "%s:%d: %s; give a domain as virsh dumpxml writes it",
		    name, error->line > 0 ? error->line : 1, text);
}

/* Releases before 2.13 call a document well-formed that lacks a text for want of memory. */
static bool out_of_memory(xmlParserCtxtPtr parser, const struct first_error *first)
{
	const xmlError *last = xmlCtxtGetLastError(parser);

	return first->code == XML_ERR_NO_MEMORY || parser->errNo == XML_ERR_NO_MEMORY ||
	       (last && last->code == XML_ERR_NO_MEMORY);
}

/* Before 2.13, some functions of libxml2 that lack memory do not tell the parser: they call the
 * handler of the thread, whose default prints to standard error. */
#if LIBXML_VERSION < 21300
struct handler {
	xmlStructuredErrorFunc function;
	void *context;
};

static void note_loss(void *lost, error_pointer error)
{
	*(bool *)lost |= error->code == XML_ERR_NO_MEMORY;
}

static struct handler handler_set(bool *lost)
{
	struct handler before = { xmlStructuredError, xmlStructuredErrorContext };

	xmlSetStructuredErrorFunc(lost, note_loss);
	return before;
}

static void handler_restore(struct handler before)
{
	xmlSetStructuredErrorFunc(before.context, before.function);
}
#else
struct handler {
	int unused;
};

static struct handler handler_set(bool *lost)
{
	(void)lost;
	return (struct handler){ 0 };
}

static void handler_restore(struct handler before)
{
	(void)before;
}
#endif

/* The document, or NULL if it is not well-formed; without network, document types and
 * entities. */
static int parse_quietly(xmlDocPtr *out, const char *data, size_t length, const char *name,
			 struct hgx_error *err)
{
	xmlParserCtxtPtr parser = xmlNewParserCtxt();
	struct first_error first = { 0 };
	int code = HGX_OK;

	*out = NULL;
	if (!parser)
		return fail_memory(err);
	parser->_private = &first;
	parser->sax->serror = remember;
	*out = xmlCtxtReadMemory(parser, data, (int)length, NULL, "UTF-8",
				 XML_PARSE_NONET | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	/* a parser that fails without an error had no memory for it */
	if (out_of_memory(parser, &first) || (!*out && !first.code))
		code = fail_memory(err);
	else if (!*out || !parser->wellFormed || !parser->nsWellFormed)
		code = syntax(&first, name, err);
	if (code && *out) {
		xmlFreeDoc(*out);
		*out = NULL;
	}
	xmlFreeParserCtxt(parser);
	return code;
}

static int parse(xmlDocPtr *out, const char *data, size_t length, const char *name,
		 struct hgx_error *err)
{
	bool lost = false;
	struct handler before = handler_set(&lost);
	int code = parse_quietly(out, data, length, name, err);

	handler_restore(before);
	if (!lost)
		return code;
	xmlFreeDoc(*out);
	*out = NULL;
	return fail_memory(err);
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
		if (!joined && text && text->next)
			reading->arena->failed = true;
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

/* The next piece belongs to @node, because both follow the order of the text. */
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

/* libxml2 refuses more than MAX_TEXT, but prints that to standard error. */
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

/* Recursion ends at the depth that xml_scan() allows. */
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
			    "%s: its tags could not be located; give a domain as virsh "
			    "dumpxml writes it",
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
