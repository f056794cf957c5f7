/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What differs between an element of a domain and the one that takes its place. */
#ifndef HGX_EMIT_CHANGES_INSIDE_H
#define HGX_EMIT_CHANGES_INSIDE_H

#include <stddef.h>
#include "util/arena.h"
#include "format/xml_read.h"

/** Attributes, elements of one name, or the text. */
struct inside {
	const char *kind;      /**< "changed", "removed" or "added" */
	const char *element;   /**< its name; NULL: it is not about elements */
	const char *attribute; /**< its name; NULL: it is not about one */
	size_t count;	       /**< of elements; else 1 */
	const struct inside *next;
};

/** The name of an element, with the prefix of QEMU's namespace. */
const char *inside_name(struct arena *arena, const struct xml_element *element);
/** The differences, without comments and blanks; NULL: there are none, or there is no memory. */
const struct inside *inside_find(struct arena *arena, const struct xml_element *old,
				 const struct xml_element *new);
/** As "<model> added, 2 <vcpupin> removed, attribute mode changed, text changed"; "" for NULL. */
const char *inside_text(struct arena *arena, const struct inside *inside);

#endif
