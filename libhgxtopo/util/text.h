/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * An output text that grows. Write to `stream`; a failed write is noticed by text_close(). */
#ifndef HGX_UTIL_TEXT_H
#define HGX_UTIL_TEXT_H

#include <stdbool.h>
#include <stdio.h>
#include "hgxtopo.h"

/** It stays at its address while it is open: the stream knows it. */
struct text {
	FILE *stream;
	char *data; /**< complete after text_close() only */
	size_t size, room;
	bool failed; /**< something was lost for lack of memory */
};

/** HGX_NO_MEMORY: there is nothing to close. */
int text_open(struct text *text, struct hgx_error *err);
/** Closes the stream. *@out is the terminated text, for hgx_text_free(); NULL on failure, which
 *  means that some of what was written is lost. */
int text_close(struct text *text, char **out, struct hgx_error *err);
/** Closes the stream and frees the text. */
void text_drop(struct text *text);
/** Two spaces for each level of @depth. */
void text_indent(struct text *text, unsigned depth);
/** @value, padded with spaces to @width characters; a character of UTF-8 counts as one. */
void text_cell(struct text *text, int width, const char *value);
/** Whether two texts are the same; NULL is the same as NULL only. */
bool text_equal(const char *a, const char *b);

#endif
