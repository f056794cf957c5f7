/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recursive descent, at most JSON_MAX_DEPTH deep. Each function advances past what it accepts,
 * or sets the fault and returns false. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "format/json_scan.h"
#include "util/macros.h"
#include "util/utf8.h"

/* The name of a member: its bytes between the quotes. */
struct name {
	size_t start, end;
};

struct scan {
	const char *data;
	size_t length, at;
	unsigned depth;
	struct name *names; /* of the objects that are open */
	size_t count, room;
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

static bool scan_digits4(struct scan *scan)
{
	for (unsigned i = 0; i < 4; i++, scan->at++)
		if (!isxdigit(peek(scan)))
			return stop(scan, "\\u without four hexadecimal digits");
	return true;
}

/* The value of four hexadecimal digits. */
static unsigned hex4(const char *digits)
{
	int value = 0;

	for (unsigned i = 0; i < 4; i++) {
		int c = (unsigned char)digits[i];

		value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return (unsigned)value;
}

static bool is_high(unsigned unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(unsigned unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

static bool lone(struct scan *scan, size_t start)
{
	scan->at = start;
	return stop(scan, "half of a surrogate pair");
}

/* The second half of a pair whose first half starts at @start. */
static bool scan_low(struct scan *scan, size_t start)
{
	static const char wanted[] = "\\u";

	for (const char *c = wanted; *c; c++)
		if (!take(scan, *c))
			return scan->at == scan->length ? stop(scan, "cut") : lone(scan, start);
	if (!scan_digits4(scan))
		return false;
	return is_low(hex4(scan->data + scan->at - 4)) || lone(scan, start);
}

/* Starts behind the backslash. */
static bool scan_escape(struct scan *scan)
{
	size_t start = scan->at - 1;
	int c = peek(scan);
	unsigned unit;

	if (c <= 0 || !strchr("\"\\/bfnrtu", c))
		return stop(scan, "unknown escape sequence");
	scan->at++;
	if (c != 'u')
		return true;
	if (!scan_digits4(scan))
		return false;
	unit = hex4(scan->data + scan->at - 4);
	if (is_low(unit))
		return lone(scan, start);
	return !is_high(unit) || scan_low(scan, start);
}

static bool bad_letter(struct scan *scan)
{
	if (utf8_is_cut(scan->data + scan->at, scan->length - scan->at))
		scan->at = scan->length;
	return stop(scan, "invalid UTF-8");
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
			return bad_letter(scan);
		scan->at += length;
		if (scan->data[scan->at - 1] == '\\' && !scan_escape(scan))
			return false;
	}
	return true;
}

/* Reads a character of a string that is valid, and moves the cursor. */
static uint32_t next_letter(const char **cursor)
{
	const char *c = *cursor, *at, *escapes = "bfnrt", *means = "\b\f\n\r\t";
	unsigned length = utf8_length(c, SIZE_MAX), unit;
	uint32_t letter = length == 1 ? (unsigned char)*c : (unsigned char)*c & (0x7fu >> length);

	if (*c != '\\') {
		for (unsigned i = 1; i < length; i++)
			letter = letter << 6 | ((unsigned char)c[i] & 0x3f);
		*cursor += length;
		return letter;
	}
	*cursor += 2;
	if (c[1] != 'u') {
		at = strchr(escapes, c[1]);
		return (unsigned char)(at ? means[at - escapes] : c[1]);
	}
	*cursor += 4;
	unit = hex4(c + 2);
	if (!is_high(unit))
		return unit;
	*cursor += 6;
	return 0x10000 + ((unit - 0xd800) << 10) + (hex4(c + 8) - 0xdc00);
}

static size_t bytes_of(const char *start, const char *end, bool to_zero)
{
	size_t bytes = 0;

	while (start < end) {
		uint32_t letter = next_letter(&start);

		if (!letter && to_zero)
			break;
		bytes += letter < 0x80 ? 1 : letter < 0x800 ? 2 : letter < 0x10000 ? 3 : 4;
	}
	return bytes;
}

/* By their letters up to a zero, where json-c ends a name, then by place. */
static int by_letters(const void *a, const void *b, void *data)
{
	const struct name *x = a, *y = b;
	const char *one = (const char *)data + x->start, *two = (const char *)data + y->start;
	const char *ends[] = { (const char *)data + x->end, (const char *)data + y->end };

	for (;;) {
		uint32_t c = one < ends[0] ? next_letter(&one) : 0;
		uint32_t d = two < ends[1] ? next_letter(&two) : 0;

		if (c != d)
			return c < d ? -1 : 1;
		if (!c)
			return 0;
	}
}

static int by_letters_and_place(const void *a, const void *b, void *data)
{
	const struct name *x = a, *y = b;
	int order = by_letters(a, b, data);

	return order ? order : x->start < y->start ? -1 : x->start > y->start;
}

/* The names of an object, from @first on, are there once. */
static bool check_names(struct scan *scan, size_t first)
{
	void *data = (void *)(uintptr_t)scan->data;
	size_t twice = SIZE_MAX;

	if (scan->count == first)
		return true;
	qsort_r(scan->names + first, scan->count - first, sizeof(*scan->names),
		by_letters_and_place, data);
	for (size_t i = first + 1; i < scan->count; i++)
		if (!by_letters(&scan->names[i - 1], &scan->names[i], data) &&
		    scan->names[i].start < twice)
			twice = scan->names[i].start;
	scan->count = first;
	if (twice == SIZE_MAX)
		return true;
	scan->at = twice - 1; /* its quote */
	return stop(scan, "this member is there twice");
}

static bool add_name(struct scan *scan, size_t start, size_t end)
{
	size_t room = scan->room ? 2 * scan->room : 64;
	struct name *names = scan->names;

	scan->fault.bytes += bytes_of(scan->data + start, scan->data + end, true);
	if (scan->count == scan->room) {
		names = realloc(names, room * sizeof(*names));
		if (!names) {
			scan->fault.verdict = JSON_NO_MEMORY;
			return false;
		}
		scan->names = names;
		scan->room = room;
	}
	names[scan->count++] = (struct name){ start, end };
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
		scan->fault = (struct json_fault){ .verdict = JSON_TOO_LARGE,
						   .at = start,
						   .end = scan->at };
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
	size_t start = scan->at + 1;

	if (peek(scan) != '"')
		return stop(scan, "name of a member in double quotes expected");
	if (!scan_string(scan) || !add_name(scan, start, scan->at - 1))
		return false;
	skip_space(scan);
	return take(scan, ':') ? scan_value(scan) : stop(scan, "':' expected");
}

/* The inside of an object or array, starting at its opening bracket. */
static bool scan_inside(struct scan *scan, char end, bool (*scan_one)(struct scan *),
			const char *what)
{
	size_t first = scan->count;

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
	return check_names(scan, first);
}

static bool scan_text(struct scan *scan)
{
	size_t start = scan->at + 1;

	if (!scan_string(scan))
		return false;
	scan->fault.bytes += bytes_of(scan->data + start, scan->data + scan->at - 1, false);
	return true;
}

static bool scan_value(struct scan *scan)
{
	skip_space(scan);
	scan->fault.values += peek(scan) != 'n';
	switch (peek(scan)) {
	case '{':
		return scan_inside(scan, '}', scan_member, "',' or '}' expected");
	case '[':
		return scan_inside(scan, ']', scan_value, "',' or ']' expected");
	case '"':
		return scan_text(scan);
	default:
		return isdigit(peek(scan)) || peek(scan) == '-' ? scan_number(scan) :
								  scan_word(scan);
	}
}

struct json_fault json_scan(const char *data, size_t length)
{
	struct scan scan = { .data = data, .length = length };
	bool good = scan_value(&scan);

	free(scan.names);
	if (!good)
		return scan.fault;
	skip_space(&scan);
	scan.fault.at = scan.at;
	scan.fault.verdict = scan.at < length ? JSON_LEFT_OVER : JSON_VALID;
	return scan.fault;
}
