/* Changes of a text by places in it. */
#ifndef HGX_EDIT_H
#define HGX_EDIT_H

#include "format/xml_read.h"

struct edit {
	struct span span; /* of the old text; empty: an insertion */
	const char *text;
	size_t number; /* of insertions at one place the earlier stands first */
};

struct edits {
	struct edit *items;
	size_t count, capacity;
	bool failed; /* out of memory */
};

/* @text is borrowed until edits_apply(). Edits may come in any order; they never overlap. */
void edit_replace(struct edits *edits, struct span span, const char *text);
void edit_insert(struct edits *edits, size_t at, const char *text);
/* The new text is for free(). */
int edits_apply(struct edits *edits, const char *text, size_t length, char **out,
		struct hgx_error *err);
void edits_free(struct edits *edits);

#endif
