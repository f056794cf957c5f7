#ifndef HGX_FORMAT_XML_SCAN_H
#define HGX_FORMAT_XML_SCAN_H

#include <stddef.h>
#include "hgxtopo.h"

struct span {
	size_t start, end; /* the byte after the last */
};

/* The pieces of markup in the order of the text. */
enum xml_piece_kind { PIECE_START, PIECE_EMPTY, PIECE_END, PIECE_COMMENT };
struct xml_piece {
	enum xml_piece_kind kind;
	struct span span;
	size_t match; /* of PIECE_START: its PIECE_END */
};
/* Stops at what is no XML: finding out what is left to a real parser. HGX_REFUSED: what
 * must not reach one. @out is for free(). */
int xml_scan(struct xml_piece **out, size_t *count, const char *data, size_t length,
	     const char *name, struct hgx_error *err);

unsigned xml_line(const char *data, size_t offset);

#endif
