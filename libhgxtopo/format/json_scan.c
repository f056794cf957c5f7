/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recursive descent, at most JSON_MAX_DEPTH deep. Each function advances past what it accepts,
 * or sets the fault and returns false. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "format/json_scan.h"
#include "util/macros.h"
#include "util/utf8.h"

struct scan {
	const char *data;
	size_t length, at;
	unsigned depth;
	struct json_fault fault;
};

static bool scan_value(struct scan *scan);

static bool stop(struct scan *scan, const char *what)
{
	scan->fault.verdict = scan->at == scan->length ? JSON_CUT : JSON_WRONG;
	scan->fault.what = what;
	scan->fault.at = scan->at;
	return false;
}

/* The next byte; -1 at the end of the text. */
static int peek(const struct scan *scan)
{
	return scan->at < scan->length ? (unsigned char)scan->data[scan->at] : -1;
}

static bool take(struct scan *scan, char wanted)
{
	if (peek(scan) != wanted)
		return false;
	scan->at++;
	return true;
}

static void skip_space(struct scan *scan)
{
	while (take(scan, ' ') || take(scan, '\t') || take(scan, '\n') || take(scan, '\r'))
		;
}

static bool scan_escape(struct scan *scan)
{
	int c = peek(scan);

	if (c <= 0 || !strchr("\"\\/bfnrtu", c))
		return stop(scan, "unknown escape sequence");
	scan->at++;
	for (unsigned i = 0; c == 'u' && i < 4; i++, scan->at++)
		if (!isxdigit(peek(scan)))
			return stop(scan, "\\u without four hexadecimal digits");
	return true;
}

/* Starts at the opening quote. */
static bool scan_string(struct scan *scan)
{
	scan->at++;
	while (!take(scan, '"')) {
		unsigned length = utf8_length(scan->data + scan->at, scan->length - scan->at);

		if (peek(scan) < ' ')
			return stop(scan, "control character in a string");
		if (!length)
			return stop(scan, "invalid UTF-8");
		scan->at += length;
		if (scan->data[scan->at - 1] == '\\' && !scan_escape(scan))
			return false;
	}
	return true;
}

static bool scan_digits(struct scan *scan)
{
	if (!isdigit(peek(scan)))
		return stop(scan, "digit expected");
	while (isdigit(peek(scan)))
		scan->at++;
	return true;
}

/* There are no leading zeros, so a number with more digits is larger. */
static bool has_64_bits(const char *digits, size_t count, bool negative)
{
	const char *most = negative ? "9223372036854775808" : "18446744073709551615";

	return count < strlen(most) || (count == strlen(most) && memcmp(digits, most, count) <= 0);
}

/* The digits before a fraction or exponent. *whole: the number has neither. */
static bool scan_whole(struct scan *scan, bool *whole)
{
	size_t first = scan->at;

	if (!scan_digits(scan))
		return false;
	if (scan->data[first] == '0' && scan->at > first + 1) {
		scan->at = first;
		return stop(scan, "number with a leading zero");
	}
	*whole = !memchr(".eE", peek(scan), 3);
	return true;
}

static bool scan_number(struct scan *scan)
{
	size_t start = scan->at, first;
	bool negative = take(scan, '-'), whole;

	first = scan->at;
	if (!scan_whole(scan, &whole))
		return false;
	if (whole && !has_64_bits(scan->data + first, scan->at - first, negative)) {
		scan->fault = (struct json_fault){ JSON_TOO_LARGE, NULL, start, scan->at };
		return false;
	}
	if (take(scan, '.') && !scan_digits(scan))
		return false;
	if (!take(scan, 'e') && !take(scan, 'E'))
		return true;
	if (!take(scan, '+'))
		take(scan, '-');
	return scan_digits(scan);
}

static bool scan_word(struct scan *scan)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *letter = words[i];

		if (peek(scan) != *letter)
			continue;
		while (*letter && take(scan, *letter))
			letter++;
		return *letter ? stop(scan, "unexpected character") : true;
	}
	return stop(scan, "unexpected character");
}

static bool scan_member(struct scan *scan)
{
	if (peek(scan) != '"')
		return stop(scan, "name of a member in double quotes expected");
	if (!scan_string(scan))
		return false;
	skip_space(scan);
	return take(scan, ':') ? scan_value(scan) : stop(scan, "':' expected");
}

/* The inside of an object or array, starting at its opening bracket. */
static bool scan_inside(struct scan *scan, char end, bool (*scan_one)(struct scan *),
			const char *what)
{
	if (++scan->depth > JSON_MAX_DEPTH)
		return stop(scan, "more than 16 levels of nesting");
	scan->at++;
	skip_space(scan);
	if (!take(scan, end))
		for (;;) {
			if (!scan_one(scan))
				return false;
			skip_space(scan);
			if (take(scan, end))
				break;
			if (!take(scan, ','))
				return stop(scan, what);
			skip_space(scan);
		}
	scan->depth--;
	return true;
}

static bool scan_value(struct scan *scan)
{
	skip_space(scan);
	switch (peek(scan)) {
	case '{':
		return scan_inside(scan, '}', scan_member, "',' or '}' expected");
	case '[':
		return scan_inside(scan, ']', scan_value, "',' or ']' expected");
	case '"':
		return scan_string(scan);
	default:
		return isdigit(peek(scan)) || peek(scan) == '-' ? scan_number(scan) :
								  scan_word(scan);
	}
}

struct json_fault json_scan(const char *data, size_t length)
{
	struct scan scan = { .data = data, .length = length };

	if (!scan_value(&scan))
		return scan.fault;
	skip_space(&scan);
	scan.fault.at = scan.at;
	scan.fault.verdict = scan.at < length ? JSON_LEFT_OVER : JSON_VALID;
	return scan.fault;
}
