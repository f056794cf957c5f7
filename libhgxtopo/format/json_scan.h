/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of JSON (RFC 8259), looked over before json-c gets the text. What is taken and
 * what is said of the rest is ours, then: json-c's strictness differs by release (0.18 takes
 * every byte above 0x7f for a control character, 0.16 gives a number beyond 64 bits the
 * largest value that it has). */
#ifndef HGX_FORMAT_JSON_SCAN_H
#define HGX_FORMAT_JSON_SCAN_H

#include <stddef.h>

#define JSON_DEEPEST 16 /* objects and arrays in each other */

enum json_verdict {
	JSON_VALID,
	JSON_CUT,	/* the text ends before the value does */
	JSON_WRONG,	/* `what` is wrong at `at` */
	JSON_TOO_LARGE, /* the whole number from `at` to `end` has more than 64 bits */
	JSON_LEFT_OVER, /* the value ends before the text does */
};

struct json_fault {
	enum json_verdict verdict;
	const char *what;
	size_t at, end;
};

/* One value with white space around it; @data is any bytes. */
struct json_fault json_scan(const char *data, size_t length);

#endif
