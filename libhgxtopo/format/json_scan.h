/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The grammar of JSON (RFC 8259), checked before json-c gets the text.
 *
 * So this file decides what is valid and what an error says. json-c's own strictness differs by
 * release: 0.18 takes every byte above 0x7f for a control character, and 0.16 replaces a number
 * beyond 64 bits by the largest value it can hold.
 *
 * Two things are refused although the grammar has them, because parsers disagree on them (RFC 8259,
 * 4 and 8.2): a name that an object has twice, and half of a surrogate pair. */
#ifndef HGX_FORMAT_JSON_SCAN_H
#define HGX_FORMAT_JSON_SCAN_H

#include <stddef.h>

/** How deep objects and arrays may be nested. */
#define JSON_MAX_DEPTH 16

enum json_verdict {
	JSON_VALID,
	JSON_CUT,	/**< the text ends before the value does */
	JSON_WRONG,	/**< `what` is wrong at `at` */
	JSON_TOO_LARGE, /**< the whole number from `at` to `end` does not fit into 64 bits */
	JSON_LEFT_OVER, /**< the value ends before the text does */
	JSON_NO_MEMORY, /**< there is no memory to compare the names of members */
};

/** What is wrong with a text, and where. */
struct json_fault {
	enum json_verdict verdict;
	const char *what; /**< for a sentence; never freed */
	size_t at, end;	  /**< offsets in bytes */
	/* of a valid text, to compare with what a parser makes of it: */
	size_t values; /**< how many, without null */
	size_t bytes; /**< of all strings and names of members, in UTF-8; of a name, up to a zero */
};

/** Checks that the text is one value with white space around it. @data may hold any bytes. */
struct json_fault json_scan(const char *data, size_t length);

#endif
