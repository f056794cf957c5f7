/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The grammar of JSON (RFC 8259), checked before json-c gets the text.
 *
 * So this file decides what is valid and what an error says. json-c's own strictness differs by
 * release: 0.18 takes every byte above 0x7f for a control character, and 0.16 replaces a number
 * beyond 64 bits by the largest value it can hold. */
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
};

/** What is wrong with a text, and where. */
struct json_fault {
	enum json_verdict verdict;
	const char *what; /**< for a sentence; never freed */
	size_t at, end;	  /**< offsets in bytes */
};

/** Checks that the text is one value with white space around it. @data may hold any bytes. */
struct json_fault json_scan(const char *data, size_t length);

#endif
