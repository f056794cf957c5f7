/* Reading XML: elements and comments with their places in the text, so that the rest of the
 * text can stay as it is. */
#ifndef HGX_XML_READ_H
#define HGX_XML_READ_H

#include "hgxtopo.h"
#include "format/xml_scan.h"
#include "util/arena.h"

struct xml_attribute {
	const char *name, *space, *value; /* as xml_element; "xmlns:x" is an attribute too */
	const struct xml_attribute *next;
};

struct xml_element {
	const char *name;  /* without prefix; NULL: a comment */
	const char *space; /* namespace; NULL: none */
	const char *text;  /* its own text, not that of its children; of a comment: what it says */
	const struct xml_attribute *attributes;
	struct span whole, inner, tag; /* tag: the start tag; <x/> is nothing but that */
	struct xml_element *parent, *first, *last, *next, *previous;
};

/* @out is the root element; comments around it are its siblings. The text is to be UTF-8
 * without a document type; @name is what to call it. Everything lives in the arena. */
int xml_read(struct arena *arena, struct xml_element **out, const char *data, size_t length,
	     const char *name, struct hgx_error *err);
/* Elements without a namespace; NULL: there is none, or @parent is NULL. */
struct xml_element *xml_child(const struct xml_element *parent, const char *name);
struct xml_element *xml_following(const struct xml_element *element); /* of the same name */
bool xml_is(const struct xml_element *element, const char *name);
const char *xml_attribute(const struct xml_element *element, const char *name);
bool xml_attribute_is(const struct xml_element *element, const char *name, const char *value);
/* As libvirt reads it: decimal, or hexadecimal after 0x. */
bool xml_number(const char *text, unsigned most, unsigned *out);
#endif
