/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Writing XML.
 *
 * The text is indented by two spaces. Errors are remembered: write without checking, and look
 * at what xml_close() returns. Values are escaped. */
#ifndef HGX_FORMAT_XML_H
#define HGX_FORMAT_XML_H

#include <stdbool.h>
#include <stddef.h>
#include "hgxtopo.h"
#include "util/macros.h"

struct xml;

/** HGX_NO_MEMORY: *@out is NULL. */
int xml_open(struct xml **out, struct hgx_error *err);
/** Opens an element. @name is borrowed until its xml_end(). */
void xml_start(struct xml *xml, const char *name);
/** An attribute of the element that was opened last, before anything inside it. */
void xml_attr(struct xml *xml, const char *name, const char *format, ...) PRINTF(3, 4);
/** An attribute that holds a list of numbers: "0-3,8" (util/cpulist.h). */
void xml_attr_ids(struct xml *xml, const char *name, const uint32_t *ids, size_t count);
/** Text inside the element. */
void xml_text(struct xml *xml, const char *format, ...) PRINTF(2, 3);
/** Closes the element; an empty one is written as <x/>. */
void xml_end(struct xml *xml);
/** A whole element with nothing but text in it. */
void xml_leaf(struct xml *xml, const char *name, const char *format, ...) PRINTF(3, 4);
/** A comment of at most 1023 bytes on a line of its own. It starts with "hgxtopo: ", which tells
 *  our comments from the user's. Dashes that XML forbids in a comment (XML 1.0, 2.5) become
 *  underscores. */
void xml_comment(struct xml *xml, const char *format, ...) PRINTF(2, 3);
/** Notes that memory ran out in the caller: xml_close() will say so. */
void xml_fail(struct xml *xml);
/** Ends the text and frees the writer. *@out is for hgx_text_free(); NULL on failure. */
int xml_close(struct xml *xml, char **out, struct hgx_error *err);

#endif
