/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Changing elements of a base domain.
 *
 * New lines are given as they would stand at the top level, indented by two spaces a level. They
 * get the indentation and line ends of the place they go to. A comment of ours before an element
 * belongs to it and is removed with it. */
#ifndef HGX_EMIT_REWRITE_H
#define HGX_EMIT_REWRITE_H

#include "domain/base.h"
#include "util/text.h"
#include "format/edit.h"
#include "emit/libvirt_part.h"

/** A base domain and the changes so far. The first failure stays in `code`. */
struct rewriting {
	const struct hgx_plan *plan;
	const struct base *base;
	struct arena arena; /**< of the new texts */
	struct edits edits;
	const char *unit;      /**< one level of indentation in this domain */
	const char *arguments; /**< the children of <qemu:commandline> that the plan needs */
	int code;
	struct hgx_error *err;
};

/** Whether to remove a child of an element. */
typedef bool picks(const struct rewriting *rw, const struct xml_element *element);

/** A part as lines, in the arena; "" if the plan does not need it. */
const char *part_lines(struct rewriting *rw, enum libvirt_part part, unsigned depth);
/** One port or device, likewise. */
const char *port_lines(struct rewriting *rw, port_writer *writer, const struct port *port);
/** Closes a text, which then lives as long as @rw. */
const char *rewrite_keep(struct rewriting *rw, struct text *text);
/** The same inside an element; "" if the plan does not need the part. */
const char *wrapped(struct rewriting *rw, const char *element, enum libvirt_part part);
/** Replaces an element. */
void rewrite_element(struct rewriting *rw, const struct xml_element *element, const char *lines);
/** Inserts lines behind an element. */
void rewrite_after(struct rewriting *rw, const struct xml_element *element, const char *lines);
/** Replaces our comment before an element, if it has one and @lines begin with one. */
void rewrite_comment(struct rewriting *rw, const struct xml_element *element, const char *lines);
/** Replaces an element, and no comment before it. */
void rewrite_element_only(struct rewriting *rw, const struct xml_element *element,
			  const char *lines);
/** Removes an element and the blank space before it. */
void rewrite_drop(struct rewriting *rw, const struct xml_element *element);
/** Adds lines after the last child of @parent. */
void rewrite_append(struct rewriting *rw, const struct xml_element *parent, const char *lines);
/** Adds a child of <domain> where libvirt would write it. */
void rewrite_add_top(struct rewriting *rw, const char *name, const char *lines);
/** Replaces a child of <domain>, or adds it. Of several with that name, it replaces the first;
 *  libvirt reads one. */
void rewrite_top(struct rewriting *rw, const char *name, const char *lines);
/** Removes the children of @parent that @gone picks, and puts the lines in the place of the first
 *  of them, or at the end if it picks none. */
void rewrite_all(struct rewriting *rw, const struct xml_element *parent, picks *gone,
		 const char *lines);
/** Sets an attribute. A new one goes behind the others. */
void rewrite_attribute(struct rewriting *rw, const struct xml_element *element, const char *name,
		       const char *value);
/** The line end and indentation before offset @at; "" if something else is before it on the
 *  line. */
const char *rewrite_lead(struct rewriting *rw, size_t at);
/** Whether hgxtopo wrote this comment: it starts with "hgxtopo: ". */
bool is_our_comment(const struct xml_element *element);

#endif
