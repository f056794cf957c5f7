#ifndef HGX_UTIL_TEXT_H
#define HGX_UTIL_TEXT_H

#include <stdio.h>
#include "hgxtopo.h"

/* An output text that grows; a failed write is remembered. */
struct text {
	FILE *stream;
	char *data;
	size_t size;
};
int text_open(struct text *text, struct hgx_error *err);
int text_close(struct text *text, char **out, struct hgx_error *err);
void text_indent(struct text *text, unsigned depth);
/* Pads to a column: the @width is in characters, UTF-8 counted as one. */
void text_cell(struct text *text, int width, const char *value);

#endif
