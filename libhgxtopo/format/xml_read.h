/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Reading XML: elements and comments with their places in the text, so that the rest of the
 * text can stay byte for byte. The only room that includes libxml2's parser. */
#ifndef HGX_FORMAT_XML_READ_H
#define HGX_FORMAT_XML_READ_H

#include "hgxtopo.h"
#include "format/xml_scan.h"
#include "util/arena.h"

struct xml_attribute {
	const char *name;  /**< without prefix; a declaration of a namespace is one too */
	const char *space; /**< namespace; NULL if none */
	const char *value;
	const struct xml_attribute *next;
};

struct xml_element {
	const char *name;  /**< without prefix; NULL for a comment */
	const char *space; /**< namespace; NULL if none */
	const char
		*text; /**< its own text without that of its children; of a comment: the comment */
	const struct xml_attribute *attributes;
	struct span whole; /**< from the start tag to the end tag */
	struct span inner; /**< between the two */
	struct span tag;   /**< the start tag; <x/> is nothing but that */
	struct xml_element *parent, *first, *last, *next, *previous;
};

/** Reads a text in UTF-8 without a document type. *@out is the root element; comments around it
 *  are its siblings. Everything lives in the arena. @name is what to call the text in an error.
 *  HGX_SYNTAX: not well-formed, with the line; HGX_REFUSED: see xml_scan(). */
int xml_read(struct arena *arena, struct xml_element **out, const char *data, size_t length,
	     const char *name, struct hgx_error *err);

/** The first child of that name without a namespace; NULL if there is none or @parent is NULL. */
struct xml_element *xml_child(const struct xml_element *parent, const char *name);
/** The next sibling of the same name; NULL at the end. */
struct xml_element *xml_following(const struct xml_element *element);
/** Whether it is an element of that name without a namespace. */
bool xml_is(const struct xml_element *element, const char *name);
/** The value of an attribute; NULL if there is none or @element is NULL. */
const char *xml_attribute(const struct xml_element *element, const char *name);
bool xml_attribute_is(const struct xml_element *element, const char *name, const char *value);
/** Reads a number as libvirt does, decimal or hexadecimal after "0x", of at most @most. */
bool xml_number(const char *text, unsigned most, unsigned *out);

#endif
