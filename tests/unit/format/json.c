/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of JSON as RFC 8259 has it, whichever json-c is there. */
#include <string.h>
#include "format/json.h"
#include "format/json_scan.h"
#include "support.h"

/* Every one of these is the value of a member "a", read back by json-c. */
static const char *const valid[] = {
	"null", "true", "false", "0", "-0", "-1", "0.5", "1e3", "1E+3", "-1.25e-7", "1e999",
	"9223372036854775807", "-9223372036854775808", "18446744073709551615",
	"123456789012345678901234567890.5", "\"\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
	"\"\x7f\"", "\"\\ud800\\udc00 \\uDBFF\\uDFFF\\ud7ff\\ue000\\u0000\"", "\"\xc2\x80\"", "\"\xc2\xae \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf\"",
	"[]", "[ ]", "{}", "{ }", "[1,2 , 3]", "{\"a\":1,\"A\":2,\"\":3,\"aa\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]", "{\"\\u0061\":1,\"\\\"\":2,\"\\n\":3,\"n\":4,\"\\u00e9\":5}", "{ \"\xc3\xa9\" : [ { } ] }",
	"[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]", "\t\r\n 1 \t\r\n",
};

START_TEST(every_valid_value_is_read)
{
	for (size_t i = 0; i < ARRAY_SIZE(valid); i++) {
		struct hgx_error err = { 0 };
		struct json *top;
		char text[200];

		snprintf(text, sizeof(text), "{\"a\":%s}", valid[i]);
		ck_assert_msg(!json_parse(&top, text, strlen(text), "t", &err), "%s: %s", valid[i], err.text);
		ck_assert_msg(json_has(top, "a") == !!strcmp(valid[i], "null"), "%s: lost", valid[i]);
		json_free(top);
	}
}
END_TEST

START_TEST(letters_come_back_as_they_were)
{
	static const char letters[] = "\xc2\xae\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd";
	struct json_reader reader = { .name = "t" };
	char text[100];
	struct json *top;

	snprintf(text, sizeof(text), "{\"\xc3\xa9\":\"%s\"}", letters);
	ck_assert_int_eq(json_parse(&top, text, strlen(text), "t", NULL), HGX_OK);
	ck_assert_str_eq(json_get_text(&reader, top, "\xc3\xa9", JSON_NEEDED), letters);
	json_free(top);
}
END_TEST

#define CUT "cut off here"
#define EMPTY "t is empty"
#define AFTER "the JSON ends before this"
#define LARGE "does not fit into 64 bits"
#define UNEXPECTED "(unexpected character)"
#define DIGIT "(digit expected)"
#define CONTROL "(control character in a string)"
#define ESCAPE "(unknown escape sequence)"
#define UTF8 "(invalid UTF-8)"
#define HALF "(half of a surrogate pair)"
#define TWICE "(this member is there twice)"
#define NAME "(name of a member in double quotes expected)"
#define COLON "(':' expected)"
#define IN_OBJECT "(',' or '}' expected)"
#define IN_ARRAY "(',' or ']' expected)"

static const struct { const char *text; size_t at; const char *said; } wrong[] = {
	{ "", 0, EMPTY }, { " ", 1, EMPTY }, { "{", 1, CUT }, { "{\"", 2, CUT }, { "{\"a", 3, CUT },
	{ "{\"a\"", 4, CUT }, { "{\"a\":", 5, CUT }, { "{\"a\":1", 6, CUT }, { "{\"a\":1,", 7, CUT },
	{ "[", 1, CUT }, { "[1", 2, CUT }, { "[1,", 3, CUT }, { "\"\\", 2, CUT }, { "\"\\u12", 5, CUT },
	{ "-", 1, CUT }, { "1.", 2, CUT }, { "1e", 2, CUT }, { "1e+", 3, CUT }, { "tru", 3, CUT },
	{ "x", 0, UNEXPECTED }, { "'a'", 0, UNEXPECTED }, { "/* */1", 0, UNEXPECTED }, { "\xef\xbb\xbf{}", 0, UNEXPECTED },
	{ "NaN", 0, UNEXPECTED }, { "Infinity", 0, UNEXPECTED }, { "-Infinity", 1, DIGIT },
	{ "True", 0, UNEXPECTED }, { "NULL", 0, UNEXPECTED }, { "nul,", 3, UNEXPECTED }, { "+1", 0, UNEXPECTED },
	{ ".5", 0, UNEXPECTED }, { "1.x", 2, DIGIT }, { "1ex", 2, DIGIT }, { "-x", 1, DIGIT },
	{ "00", 0, "(number with a leading zero)" }, { "-01", 1, "(number with a leading zero)" },
	{ "0x10", 1, AFTER }, { "1 2", 2, AFTER }, { "{}{}", 2, AFTER }, { "truest", 4, AFTER }, { "{}\v", 2, AFTER },
	{ "[1,]", 3, UNEXPECTED }, { "[,1]", 1, UNEXPECTED }, { "[1 2]", 3, IN_ARRAY }, { "[1}", 2, IN_ARRAY },
	{ "{\"a\":1,}", 7, NAME }, { "{a:1}", 1, NAME }, { "{'a':1}", 1, NAME }, { "{1:1}", 1, NAME },
	{ "{\"a\" 1}", 5, COLON }, { "{\"a\":}", 5, UNEXPECTED }, { "{\"a\":1 \"b\"}", 7, IN_OBJECT }, { "{\"a\":1]", 6, IN_OBJECT },
	{ "\"\n\"", 1, CONTROL }, { "\"\t\"", 1, CONTROL }, { "\"\x1f\"", 1, CONTROL }, { "{\"a\x01\":1}", 3, CONTROL },
	{ "\"\\x\"", 2, ESCAPE }, { "\"\\'\"", 2, ESCAPE }, { "\"\\U0041\"", 2, ESCAPE },
	{ "\"\\u12g4\"", 5, "(\\u without four hexadecimal digits)" },
	{ "\"\x80\"", 1, UTF8 }, { "\"\xff\"", 1, UTF8 }, { "\"\xc3\"", 1, UTF8 }, { "\"\xc0\xaf\"", 1, UTF8 },
	{ "\"\xe0\x80\xaf\"", 1, UTF8 }, { "\"\xed\xa0\x80\"", 1, UTF8 }, { "\"\xf4\x90\x80\x80\"", 1, UTF8 },
	{ "{\"\xe9\":1}", 2, UTF8 },
	/* cut inside a letter, and what no letter starts with */
	{ "\"\xc3", 2, CUT }, { "\"\xe2", 2, CUT }, { "\"\xe2\x82", 3, CUT }, { "\"\xe0", 2, CUT }, { "\"\xed", 2, CUT },
	{ "\"\xf0\x9f\x98", 4, CUT }, { "\"\xf4\x8f", 3, CUT }, { "{\"\xe2", 3, CUT },
	{ "\"\x80", 1, UTF8 }, { "\"\xc0", 1, UTF8 }, { "\"\xe0\x80", 1, UTF8 }, { "\"\xed\xa0", 1, UTF8 }, { "\"\xf5", 1, UTF8 },
	{ "\"\xf4\x90", 1, UTF8 }, { "\"\xe2\x28", 1, UTF8 },
	{ "\"\\ud800\"", 1, HALF }, { "\"a\\uDC00\"", 2, HALF }, { "\"\\udfff\\ud800\"", 1, HALF },
	{ "\"\\ud800\\ud800\"", 1, HALF }, { "\"\\udbffx\"", 1, HALF }, { "\"\\ud800\\n\"", 1, HALF },
	{ "\"\\ud800\\u0041\"", 1, HALF }, { "{\"\\ud800\":1}", 2, HALF },
	{ "\"\\ud800", 7, CUT }, { "\"\\ud800\\", 8, CUT }, { "\"\\ud800\\u", 9, CUT }, { "\"\\ud800\\udc0", 12, CUT },
	{ "{\"a\":1,\"a\":2}", 7, TWICE }, { "{\"a\":1,\"b\":1,\"b\":2,\"a\":3}", 13, TWICE },
	{ "{\"a\":1,\"\\u0061\":2}", 7, TWICE }, { "{\"\":1,\"\":2}", 6, TWICE },
	{ "{\"\xc3\xa9\":1,\"\\u00E9\":2}", 8, TWICE }, { "{\"\\n\":1,\"\\u000a\":2}", 8, TWICE },
	{ "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", 18, TWICE },
	{ "[{\"b\":{\"c\":1,\"c\":{}}}]", 13, TWICE }, { "{\"a\":{\"a\":1},\"a\":2}", 13, TWICE },
	{ "{\"a\\u0000b\":1,\"a\\u0000c\":2}", 14, TWICE },
	{ "18446744073709551616", 0, LARGE }, { "-9223372036854775809", 0, LARGE }, { "[1,100000000000000000000]", 3, LARGE },
	{ "[[[[[[[[[[[[[[[[[", 16, "(more than 16 levels of nesting)" },
};

/* The bytes of the text and no more are there: the sanitizers see a step beyond. */
static int parse_exact(const char *text, size_t length, struct hgx_error *err)
{
	char *copy = malloc(length ? length : 1);
	struct json *top;
	int code;

	memcpy(copy, text, length);
	code = json_parse(&top, copy, length, "t", err);
	ck_assert_msg(!code == !!top, "%s: code and result disagree", text);
	json_free(top);
	free(copy);
	return code;
}

START_TEST(what_is_wrong_is_told_with_its_place)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct hgx_error err = { 0 };
		struct json_fault fault = json_scan(wrong[i].text, strlen(wrong[i].text));

		ck_assert_msg(parse_exact(wrong[i].text, strlen(wrong[i].text), &err) != HGX_OK, "'%s' is taken",
			      wrong[i].text);
		ck_assert_msg(strstr(err.text, wrong[i].said) != NULL, "'%s': %s", wrong[i].text, err.text);
		ck_assert_msg(fault.at == wrong[i].at, "'%s': at %zu", wrong[i].text, fault.at);
	}
}
END_TEST

START_TEST(a_zero_byte_does_not_end_the_text)
{
	static const struct { const char *text; size_t length; const char *said; } rows[] = {
		{ "{}\0", 3, AFTER }, { "{\0}", 3, NAME }, { "{\"a\":\"\0\"}", 9, CONTROL },
		{ "{\"a\0\":1}", 8, CONTROL }, { "{\"a\":\"\\\0\"}", 10, ESCAPE }, { "{\"a\":nul\0}", 10, UNEXPECTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err = { 0 };

		ck_assert_int_eq(parse_exact(rows[i].text, rows[i].length, &err), HGX_SYNTAX);
		ck_assert_msg(strstr(err.text, rows[i].said) != NULL, "row %zu: %s", i, err.text);
	}
}
END_TEST

int main(void)
{
	return RUN("json grammar", every_valid_value_is_read, letters_come_back_as_they_were,
		   what_is_wrong_is_told_with_its_place, a_zero_byte_does_not_end_the_text);
}
