/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NCCL's reader takes a byte at a time. A name ends at a blank, '/', '>' or a line end, and '='
 * makes a value follow; only blanks and line ends may stand between elements. So a declaration, a
 * byte order mark, a tab and a text are errors, a line end inside a tag too, and entities are not
 * decoded. */
#include <stdlib.h>
#include <string.h>
#include "format/nccl_file.h"
#include "util/error.h"
#include "util/macros.h"

/* Elements that may be in each other are read by recursion, by NCCL too. */
#define MAX_DEPTH 300

struct reader {
	struct nccl_document *file;
	const char *at, *end;
	struct nccl_place place;  /* of the next byte */
	struct nccl_place before; /* of the last byte that was taken */
	struct hgx_error *err;
};

enum shape { SHAPE_END, SHAPE_OPEN, SHAPE_CLOSE };

/* Which elements NCCL looks for in which. */
static const struct {
	const char *parent, *child;
} known[] = {
	{ "system", "cpu" }, { "cpu", "pci" }, { "cpu", "nic" },     { "pci", "pci" },
	{ "pci", "gpu" },    { "pci", "nic" }, { "pci", "pcilink" }, { "gpu", "nvlink" },
	{ "gpu", "c2c" },    { "nic", "net" },
};

static bool is_known(const struct nccl_element *parent, const char *name)
{
	if (!parent)
		return !strcmp(name, "system");
	for (size_t i = 0; !parent->ignored && i < ARRAY_SIZE(known); i++)
		if (!strcmp(parent->name, known[i].parent) && !strcmp(name, known[i].child))
			return true;
	return false;
}

static int bad(struct reader *reader, struct nccl_place place, const char *text)
{
	return fail(reader->err, RULE_NCCL_SYNTAX, "%s:%u:%u: NCCL cannot read this file: %s",
		    reader->file->name, place.line, place.column, text);
}

static int next_byte(struct reader *reader, char *out)
{
	if (reader->at == reader->end)
		return bad(reader, reader->place, "it ends in the middle of a tag");
	reader->before = reader->place;
	*out = *reader->at++;
	reader->place.column++;
	if (*out == '\n') {
		reader->place.line++;
		reader->place.column = 1;
	}
	return HGX_OK;
}

static const char *keep(struct reader *reader, const char *start, size_t length)
{
	return arena_copy(&reader->file->arena, start, length);
}

static bool ends_name(char c)
{
	return c == ' ' || c == '>' || c == '/' || c == '\n' || c == '\r';
}

/* A name up to the byte that ends it, which is taken too: *@last. It may be empty. */
static int read_name(struct reader *reader, const char **name, char *last)
{
	struct nccl_place place = reader->place;
	const char *start = reader->at;

	do {
		int code = next_byte(reader, last);

		if (code)
			return code;
		if (reader->at - start > NCCL_MAX_TEXT + 1)
			return bad(reader, place, "a name has more than 253 characters");
	} while (*last != '=' && !ends_name(*last));
	*name = keep(reader, start, (size_t)(reader->at - start) - 1);
	return HGX_OK;
}

/* A value in quotes, and the byte after them. */
static int read_value(struct reader *reader, const char **value, char *last)
{
	struct nccl_place place = reader->place;
	char quote, c = 0;
	const char *start;
	int code = next_byte(reader, &quote);

	if (code)
		return code;
	if (quote != '"' && quote != '\'')
		return bad(reader, place, "a value needs quotes right after the =");
	start = reader->at;
	do {
		code = next_byte(reader, &c);
		if (code)
			return code;
		if (reader->at - start > NCCL_MAX_TEXT + 1)
			return bad(reader, place, "a value has more than 253 characters");
	} while (c != quote);
	*value = keep(reader, start, (size_t)(reader->at - start) - 1);
	return next_byte(reader, last);
}

/* Up to and with "-->"; the name of a comment has been read, and the byte after it. */
static int skip_comment(struct reader *reader, const char *name, char last, struct nccl_place place)
{
	size_t length = strlen(name);
	char end[3] = { 0, length > 3 ? name[length - 2] : 0, length > 3 ? name[length - 1] : 0 };

	if (length == 4)
		end[1] = 0;
	for (char c = last;;) {
		end[0] = end[1];
		end[1] = end[2];
		end[2] = c;
		if (!memcmp(end, "-->", sizeof(end)))
			return HGX_OK;
		if (reader->at == reader->end)
			return bad(reader, place, "the comment does not end");
		next_byte(reader, &c);
	}
}

static int add_attribute(struct reader *reader, struct nccl_element *element,
			 struct nccl_attribute ***tail, char *last)
{
	struct nccl_attribute *attribute = arena_alloc(&reader->file->arena, sizeof(*attribute));
	int code;

	if (!attribute)
		return fail_memory(reader->err);
	attribute->place = reader->place;
	attribute->value = "";
	attribute->dropped = element->attribute_count == NCCL_MAX_ATTRIBUTES;
	element->attribute_count += !attribute->dropped;
	**tail = attribute;
	*tail = &attribute->next;
	code = read_name(reader, &attribute->key, last);
	return code || *last != '=' ? code : read_value(reader, &attribute->value, last);
}

static const char *unexpected(char c)
{
	if (c == '\n' || c == '\r')
		return "a tag must be on one line";
	if (c == '?')
		return "it must not have an XML declaration (<?xml … ?>); remove that line";
	return "after a value only a blank, > or /> may follow, and no blank before the >";
}

static int read_attributes(struct reader *reader, struct nccl_element *element, char last)
{
	struct nccl_attribute **tail = &element->attributes;
	const char *ignored;
	int code = HGX_OK;

	while (!code && last == ' ')
		code = add_attribute(reader, element, &tail, &last);
	element->single = last == '/';
	if (!code && last == '/')
		code = read_name(reader, &ignored, &last);
	return code || last == '>' ? code : bad(reader, reader->before, unexpected(last));
}

static const char *not_a_tag(const struct reader *reader)
{
	unsigned char c = (unsigned char)*reader->at;

	if (c == '\t')
		return "it has a tab; indent with blanks";
	if (c == 0xef && reader->at + 1 < reader->end && (unsigned char)reader->at[1] == 0xbb)
		return "it must not start with a byte order mark";
	return "only blanks and line ends may stand between tags";
}

static int skip_blanks(struct reader *reader)
{
	char c;

	while (reader->at < reader->end && strchr(" \n\r", *reader->at) && *reader->at)
		next_byte(reader, &c);
	if (reader->at < reader->end && *reader->at != '<')
		return bad(reader, reader->place, not_a_tag(reader));
	return HGX_OK;
}

static int read_close(struct reader *reader, struct nccl_element *element)
{
	char last;
	int code = read_name(reader, &element->name, &last);

	if (!code && last != '>')
		code = bad(reader, element->place, "a closing tag has something before its >");
	return code;
}

/* A tag; comments before it are skipped. */
static int read_tag(struct reader *reader, struct nccl_element *element, enum shape *shape)
{
	for (;;) {
		char last;
		int code = skip_blanks(reader);

		if (code)
			return code;
		element->place = reader->place;
		*shape = reader->at == reader->end ? SHAPE_END : SHAPE_OPEN;
		if (*shape == SHAPE_END)
			return HGX_OK;
		next_byte(reader, &last);
		code = read_name(reader, &element->name, &last);
		if (!code && last == '=')
			code = bad(reader, element->place,
				   "the first word of a tag or comment has a = in it");
		if (code)
			return code;
		if (!*element->name && last == '/') {
			*shape = SHAPE_CLOSE;
			return read_close(reader, element);
		}
		if (strncmp(element->name, "!--", 3))
			return read_attributes(reader, element, last);
		code = skip_comment(reader, element->name, last, element->place);
		if (code)
			return code;
	}
}

static int read_version(struct reader *reader, const struct nccl_element *element)
{
	const struct nccl_attribute *version = nccl_attribute(element, "version");

	if (!version)
		return bad(reader, element->place, "<system> has no version=\"1\"");
	reader->file->version = (int)strtol(version->value, NULL, 0);
	if (reader->file->version == 1 || reader->file->version == 2)
		return HGX_OK;
	return fail(reader->err, RULE_NCCL_VERSION,
		    "%s:%u:%u: the version is \"%s\"; NCCL reads version 1 only, and RCCL 2 only",
		    reader->file->name, version->place.line, version->place.column, version->value);
}

/* Puts an element into the tree, if NCCL keeps it; one that it ignores stays for who looks. */
static int attach(struct reader *reader, struct nccl_element *parent, struct nccl_element *element)
{
	struct nccl_document *file = reader->file;

	element->ignored = !is_known(parent, element->name);
	element->parent = parent;
	if (!parent && !element->ignored && !file->root)
		file->root = element;
	if (parent && parent->last)
		parent->last->next = element;
	else if (parent)
		parent->first = element;
	if (parent)
		parent->last = element;
	file->elements += !element->ignored;
	return !parent && !element->ignored ? read_version(reader, element) : HGX_OK;
}

/* NCCL also needs a free element for the tag that closes the last one. */
static int check_room(struct reader *reader)
{
	if (reader->file->elements <= NCCL_MAX_ELEMENTS)
		return HGX_OK;
	return fail(reader->err, RULE_NCCL_LIMIT,
		    "%s:%u:%u: NCCL reads at most %d elements; list only CPUs, switches, GPUs and "
		    "NICs",
		    reader->file->name, reader->place.line, reader->place.column,
		    NCCL_MAX_ELEMENTS);
}

static int close_tag(struct reader *reader, const struct nccl_element *open,
		     const struct nccl_element *tag)
{
	if (open && !strcmp(open->name, tag->name))
		return HGX_OK;
	return bad(reader, tag->place,
		   open ? "the closing tag is not that of the open element" :
			  "a closing tag closes nothing");
}

static int unfinished(struct reader *reader, const struct nccl_element *open)
{
	return open ? bad(reader, open->place, "the element is not closed") : HGX_OK;
}

/* What is in @parent, up to its closing tag; with NULL, the whole text. */
static int read_inside(struct reader *reader, struct nccl_element *parent, unsigned depth)
{
	if (depth > MAX_DEPTH)
		return bad(reader, parent->place, "the elements are nested too deeply");
	for (;;) {
		struct nccl_element *element = arena_alloc(&reader->file->arena, sizeof(*element));
		enum shape shape;
		int code = element ? check_room(reader) : fail_memory(reader->err);

		if (!code)
			code = read_tag(reader, element, &shape);
		if (code)
			return code;
		if (shape == SHAPE_END)
			return unfinished(reader, parent);
		if (shape == SHAPE_CLOSE)
			return close_tag(reader, parent, element);
		code = attach(reader, parent, element);
		if (!code && !element->single)
			code = read_inside(reader, element, depth + 1);
		if (code)
			return code;
	}
}

int nccl_file_read(struct nccl_document *file, const char *data, size_t length, const char *name,
		   struct hgx_error *err)
{
	struct reader reader = { file, data, data + length, { 1, 1 }, { 1, 1 }, err };
	int code;

	file->name = name;
	code = read_inside(&reader, NULL, 0);
	if (!code && file->arena.failed)
		code = fail_memory(err);
	if (code || file->root)
		return code;
	return bad(&reader, (struct nccl_place){ 1, 1 }, "it has no <system version=\"1\">");
}

void nccl_file_free(struct nccl_document *file)
{
	arena_free(&file->arena);
	*file = (struct nccl_document){ 0 };
}

const struct nccl_element *nccl_next(const struct nccl_element *top,
				     const struct nccl_element *element)
{
	if (element->first)
		return element->first;
	while (element != top && !element->next)
		element = element->parent;
	return element == top ? NULL : element->next;
}

const struct nccl_attribute *nccl_attribute(const struct nccl_element *element, const char *key)
{
	for (const struct nccl_attribute *one = element->attributes; one; one = one->next)
		if (!one->dropped && !strcmp(one->key, key))
			return one;
	return NULL;
}

const char *nccl_value(const struct nccl_element *element, const char *key)
{
	const struct nccl_attribute *attribute = nccl_attribute(element, key);

	return attribute ? attribute->value : NULL;
}

bool nccl_is(const struct nccl_element *element, const char *name)
{
	return !element->ignored && !strcmp(element->name, name);
}
