/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing a base domain in the style of its text: finding the indentation and line ends of a
 * place, and fitting new lines to them. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "emit/rewrite.h"
#include "util/arena.h"
#include "util/macros.h"
#include "util/text.h"
#include "format/edit.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "domain/base.h"
#include "emit/libvirt_part.h"

#define OUR_COMMENT " hgxtopo: "

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The start of the blank space before @at, with the line end before it; @at itself if something
 * else is before it on the line. */
static size_t lead_start(const struct rewriting *rw, size_t at)
{
	const char *text = rw->base->text;
	size_t start = at;

	while (start && is_blank(text[start - 1]) && text[start - 1] != '\n')
		start--;
	if (!start || text[start - 1] != '\n')
		return at;
	start--;
	return start && text[start - 1] == '\r' ? start - 1 : start;
}

const char *rewrite_lead(struct rewriting *rw, size_t at)
{
	size_t start = lead_start(rw, at);

	return arena_copy(&rw->arena, rw->base->text + start, at - start);
}

static bool only_blanks(const struct rewriting *rw, size_t from, size_t to)
{
	while (from < to && is_blank(rw->base->text[from]))
		from++;
	return from >= to;
}

bool is_our_comment(const struct xml_element *element)
{
	return element && !element->name &&
	       !strncmp(element->text, OUR_COMMENT, strlen(OUR_COMMENT));
}

/* The start of an element, with our comment before it. */
static size_t start_of(const struct rewriting *rw, const struct xml_element *element)
{
	const struct xml_element *before = element->previous;

	if (is_our_comment(before) && only_blanks(rw, before->whole.end, element->whole.start))
		return before->whole.start;
	return element->whole.start;
}

/* The line end and indentation for another child of @parent. */
static const char *child_lead(struct rewriting *rw, const struct xml_element *parent)
{
	const char *own = "";

	if (parent->last)
		own = rewrite_lead(rw, parent->last->whole.start);
	if (parent->first)
		return *own ? own : rewrite_lead(rw, parent->first->whole.start);
	own = rewrite_lead(rw, parent->whole.start);
	return *own ? arena_format(&rw->arena, "%s%s", own, rw->unit) : "";
}

const char *rewrite_keep(struct rewriting *rw, struct text *text)
{
	const char *kept;
	char *lines;

	if (text_close(text, &lines, rw->err)) {
		rw->code = HGX_NO_MEMORY;
		return "";
	}
	kept = arena_string(&rw->arena, lines);
	free(lines);
	return kept;
}

/* Puts @set_off, a line end and indentation, before each line, and replaces its indentation of two
 * spaces a level by the domain's. */
static const char *fit(struct rewriting *rw, const char *lines, const char *set_off)
{
	struct text text;

	if (rw->code || text_open(&text, rw->err)) {
		rw->code = rw->code ? rw->code : HGX_NO_MEMORY;
		return "";
	}
	while (*lines) {
		size_t blanks = strspn(lines, " "), length = strcspn(lines, "\n");

		fputs(set_off, text.stream);
		for (size_t i = 0; *set_off && i < blanks / 2; i++)
			fputs(rw->unit, text.stream);
		fwrite(lines + blanks, 1, length - blanks, text.stream);
		lines += length + (lines[length] == '\n');
	}
	return rewrite_keep(rw, &text);
}

/* Moves what an emitter wrote into the arena, or remembers why it wrote nothing. */
static const char *take_lines(struct rewriting *rw, int code, char *lines)
{
	const char *kept;

	if (code) {
		rw->code = code;
		return "";
	}
	kept = arena_string(&rw->arena, lines);
	hgx_text_free(lines);
	return kept;
}

const char *part_lines(struct rewriting *rw, enum libvirt_part part, unsigned depth)
{
	char *lines;
	int code = libvirt_part(rw->plan, part, depth, &lines, rw->err);

	return take_lines(rw, code, lines);
}

const char *port_lines(struct rewriting *rw, port_writer *writer, const struct port *port)
{
	char *lines;
	int code = libvirt_port(rw->plan, writer, port, &lines, rw->err);

	return take_lines(rw, code, lines);
}

const char *wrapped(struct rewriting *rw, const char *element, enum libvirt_part part)
{
	const char *lines = part_lines(rw, part, 1);

	return *lines ? arena_format(&rw->arena, "<%s>\n%s</%s>\n", element, lines, element) : "";
}

void rewrite_element(struct rewriting *rw, const struct xml_element *element, const char *lines)
{
	size_t start = start_of(rw, element), line = lead_start(rw, start);

	edit_replace(&rw->edits, (struct span){ line, element->whole.end },
		     fit(rw, lines, rewrite_lead(rw, start)));
}

void rewrite_after(struct rewriting *rw, const struct xml_element *element, const char *lines)
{
	edit_insert(&rw->edits, element->whole.end,
		    fit(rw, lines, rewrite_lead(rw, start_of(rw, element))));
}

/* The comment that @lines begin with; 0: they begin with an element. */
static size_t comment_length(const char *lines)
{
	return strncmp(lines, "<!--", 4) ? 0 : strcspn(lines, "\n");
}

void rewrite_comment(struct rewriting *rw, const struct xml_element *element, const char *lines)
{
	const struct xml_element *before = element->previous;
	size_t length = comment_length(lines);
	struct span old;

	if (!length || start_of(rw, element) == element->whole.start)
		return;
	old = before->whole;
	if (old.end - old.start == length && !memcmp(rw->base->text + old.start, lines, length))
		return;
	edit_replace(&rw->edits, old, arena_copy(&rw->arena, lines, length));
}

void rewrite_element_only(struct rewriting *rw, const struct xml_element *element,
			  const char *lines)
{
	size_t length = comment_length(lines);
	size_t line = lead_start(rw, element->whole.start);

	edit_replace(&rw->edits, (struct span){ line, element->whole.end },
		     fit(rw, lines + length + (lines[length] == '\n'),
			 rewrite_lead(rw, element->whole.start)));
}

void rewrite_drop(struct rewriting *rw, const struct xml_element *element)
{
	rewrite_element(rw, element, "");
}

/* Puts lines into an element without children, which may be written as <x/>. */
static void fill(struct rewriting *rw, const struct xml_element *parent, const char *lines)
{
	const char *text = rw->base->text, *inside = fit(rw, lines, child_lead(rw, parent));
	const char *own = rewrite_lead(rw, parent->whole.start);
	size_t slash = parent->tag.end - 2, length;

	if (parent->tag.end < parent->whole.end) {
		edit_insert(&rw->edits, parent->inner.start, inside);
		if (!only_blanks(rw, parent->inner.start, parent->inner.end) ||
		    !memchr(text + parent->inner.start, '\n',
			    parent->inner.end - parent->inner.start))
			edit_insert(&rw->edits, parent->inner.end, own);
		return;
	}
	while (is_blank(text[slash - 1]))
		slash--;
	length = strcspn(text + parent->tag.start + 1, " \t\r\n/>");
	edit_replace(&rw->edits, (struct span){ slash, parent->tag.end },
		     arena_format(&rw->arena, ">%s%s</%.*s>", inside, own, (int)length,
				  text + parent->tag.start + 1));
}

void rewrite_append(struct rewriting *rw, const struct xml_element *parent, const char *lines)
{
	if (!*lines)
		return;
	if (parent->first)
		edit_insert(&rw->edits, parent->last->whole.end,
			    fit(rw, lines, child_lead(rw, parent)));
	else
		fill(rw, parent, lines);
}

/* The order in which libvirt writes them. It reads any order; this one is for people. */
static const char *const order[] = {
	"name",	      "uuid",	   "genid",	"title",	 "description",
	"metadata",   "maxMemory", "memory",	"currentMemory", "memoryBacking",
	"vcpu",	      "vcpus",	   "iothreads", "iothreadids",	 "defaultiothread",
	"cputune",    "numatune",  "iommufd",	"resource",	 "sysinfo",
	"bootloader", "os",	   "features",	"cpu",
};

void rewrite_add_top(struct rewriting *rw, const char *name, const char *lines)
{
	const struct xml_element *domain = rw->base->domain, *after = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(order) && strcmp(order[i], name); i++) {
		const struct xml_element *found = xml_child(domain, order[i]);

		if (found && (!after || found->whole.end > after->whole.end))
			after = found;
	}
	edit_insert(&rw->edits, after ? after->whole.end : domain->inner.start,
		    fit(rw, lines, child_lead(rw, domain)));
}

void rewrite_top(struct rewriting *rw, const char *name, const char *lines)
{
	const struct xml_element *element = xml_child(rw->base->domain, name);

	if (element)
		rewrite_element(rw, element, lines);
	else if (*lines)
		rewrite_add_top(rw, name, lines);
}

void rewrite_all(struct rewriting *rw, const struct xml_element *parent, picks *gone,
		 const char *lines)
{
	const struct xml_element *first = NULL;

	for (const struct xml_element *e = parent->first; e; e = e->next) {
		if (!e->name || !gone(rw, e))
			continue;
		rewrite_element(rw, e, first ? "" : lines);
		first = first ? first : e;
	}
	if (!first)
		rewrite_append(rw, parent, lines);
}

/* Finds the value of an attribute in a start tag, without its quotes. */
static bool find_value(const char *text, struct span tag, const char *name, struct span *out)
{
	size_t at = tag.start + 1, length = strlen(name);

	at += strcspn(text + at, " \t\r\n/>");
	while (at < tag.end) {
		size_t start = at + strspn(text + at, " \t\r\n"), quote, end;

		if (text[start] == '/' || text[start] == '>')
			return false;
		quote = start + strcspn(text + start, "'\"");
		end = quote + 1 + strcspn(text + quote + 1, text[quote] == '"' ? "\"" : "'");
		if (!strncmp(text + start, name, length) &&
		    strchr(" \t\r\n=", text[start + length])) {
			*out = (struct span){ quote + 1, end };
			return true;
		}
		at = end + 1;
	}
	return false;
}

void rewrite_attribute(struct rewriting *rw, const struct xml_element *element, const char *name,
		       const char *value)
{
	const char *text = rw->base->text;
	size_t end = element->tag.end - 1;
	struct span old;

	if (find_value(text, element->tag, name, &old)) {
		edit_replace(&rw->edits, old, value);
		return;
	}
	end -= text[end - 1] == '/';
	while (is_blank(text[end - 1]))
		end--;
	edit_insert(&rw->edits, end, arena_format(&rw->arena, " %s='%s'", name, value));
}
