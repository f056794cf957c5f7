/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Changes of a text by places in it: spans that are replaced, places where something is
 * inserted. Everything else stays byte for byte. */
#ifndef HGX_FORMAT_EDIT_H
#define HGX_FORMAT_EDIT_H

#include <stdbool.h>
#include "format/xml_scan.h"

struct edit {
	struct span span; /**< of the old text; empty for an insertion */
	const char *text; /**< borrowed until edits_apply() */
	size_t number;	  /**< the earlier of two insertions at one place comes first */
};

/** Starts zeroed. Edits may come in any order but never overlap. */
struct edits {
	struct edit *items;
	size_t count, capacity;
	bool failed; /**< out of memory: edits_apply() will say so */
};

void edit_replace(struct edits *edits, struct span span, const char *text);
void edit_insert(struct edits *edits, size_t at, const char *text);
/** Makes the new text of the old one. *@out is for free(); NULL on failure. */
int edits_apply(struct edits *edits, const char *text, size_t length, char **out,
		struct hgx_error *err);
void edits_free(struct edits *edits);

#endif
