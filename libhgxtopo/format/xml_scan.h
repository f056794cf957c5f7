/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The pieces of markup in an XML text and their places, found without a parser.
 *
 * It runs before libxml2 sees a text of the user's: document types (entities), depths and
 * numbers of elements that could hurt a parser are refused here. Whether the text is valid
 * XML is left to the parser. */
#ifndef HGX_FORMAT_XML_SCAN_H
#define HGX_FORMAT_XML_SCAN_H

#include <stddef.h>
#include "hgxtopo.h"

/** Bytes of a text: from @start up to, not including, @end. */
struct span {
	size_t start, end;
};

enum xml_piece_kind { PIECE_START, PIECE_EMPTY, PIECE_END, PIECE_COMMENT };

/** A tag or comment. */
struct xml_piece {
	enum xml_piece_kind kind;
	struct span span;
	size_t match; /**< of PIECE_START: the index of its PIECE_END */
};

/** Finds the pieces in the order of the text and stops at what is not XML. @name is what to
 *  call the text in an error. *@out is for free().
 *  HGX_REFUSED: what must not reach a parser. */
int xml_scan(struct xml_piece **out, size_t *count, const char *data, size_t length,
	     const char *name, struct hgx_error *err);

/** The line of a byte, counted from 1. */
unsigned xml_line(const char *data, size_t offset);

#endif
