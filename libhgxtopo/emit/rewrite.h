/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing a base domain in the style of what stands there. */
#ifndef HGX_REWRITE_H
#define HGX_REWRITE_H

#include "domain/base.h"
#include "format/edit.h"
#include "emit/libvirt_part.h"

struct rewriting {
	const struct hgx_plan *plan;
	const struct base *base;
	struct arena arena; /* of the new texts */
	struct edits edits;
	const char *unit;      /* of indentation */
	const char *arguments; /* that the plan has for QEMU */
	int code;
	struct hgx_error *err;
};

/* Whether an element of its parent goes away. */
typedef bool picks(const struct rewriting *rw, const struct xml_element *element);

/* @lines are indented for depth 0; they get the indentation and line ends of their place. */
const char *part_lines(struct rewriting *rw, enum libvirt_part part, unsigned depth);
const char *wrapped(struct rewriting *rw, const char *element, enum libvirt_part part);
void rewrite_element(struct rewriting *rw, const struct xml_element *element, const char *lines);
void rewrite_drop(struct rewriting *rw, const struct xml_element *element);
void rewrite_append(struct rewriting *rw, const struct xml_element *parent, const char *lines);
void rewrite_add_top(struct rewriting *rw, const char *name, const char *lines);
void rewrite_top(struct rewriting *rw, const char *name, const char *lines);
void rewrite_all(struct rewriting *rw, const struct xml_element *parent, picks *gone,
		 const char *lines);
/* Sets an attribute, behind the others if it is new. */
void rewrite_attribute(struct rewriting *rw, const struct xml_element *element, const char *name,
		       const char *value);
const char *rewrite_lead(struct rewriting *rw, size_t at);
bool is_our_comment(const struct xml_element *element);

#endif
