/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling a struct hgx_error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "util/error.h"
#include "util/macros.h"
#include "util/utf8.h"

#define STRING2(x) #x
#define STRING(x) STRING2(x)

const char *hgx_version(void)
{
	return STRING(HGX_VERSION_MAJOR) "." STRING(HGX_VERSION_MINOR) "." STRING(
		HGX_VERSION_PATCH);
}

unsigned hgx_version_number(void)
{
	return HGX_VERSION_NUMBER;
}

size_t hgx_error_size(void)
{
	return sizeof(struct hgx_error);
}

const char *hgx_code_name(int code)
{
	static const char *const names[] = { "ok",     "invalid",  "missing", "unreadable",
					     "syntax", "version",  "broken",  "refused",
					     "limit",  "no-memory" };

	return code >= 0 && (size_t)code < ARRAY_SIZE(names) ? names[code] : NULL;
}

/* Cuts a text that is too long, and removes a character that was cut in the middle. */
static void put(char *member, size_t size, const char *text)
{
	size_t length = strnlen(text, size - 1);

	memcpy(member, text, length);
	member[length] = '\0';
	text_clean(member);
}

void error_node(struct hgx_error *err, const char *node)
{
	if (err)
		put(err->node, sizeof(err->node), node ? node : "");
}

void error_option(struct hgx_error *err, enum option_id option)
{
	if (err)
		put(err->option, sizeof(err->option), option_member(option));
}

void error_prefix(struct hgx_error *err, const char *name)
{
	char text[2 * sizeof(err->text)];

	if (!err)
		return;
	snprintf(text, sizeof(text), "%.300s: %s", name, err->text);
	put(err->text, sizeof(err->text), text);
}

static int vfail(struct hgx_error *err, enum rule_id rule, enum option_id option, const char *node,
		 const char *format, va_list args)
{
	const struct hgx_rule *row = rule_row(rule);

	if (!err)
		return row->code;
	memset(err, 0, sizeof(*err));
	err->code = row->code;
	vsnprintf(err->text, sizeof(err->text), format, args);
	text_clean(err->text);
	put(err->rule, sizeof(err->rule), row->id);
	error_node(err, node);
	error_option(err, option);
	return row->code;
}

int fail(struct hgx_error *err, enum rule_id rule, const char *format, ...)
{
	va_list args;
	int code;

	va_start(args, format);
	code = vfail(err, rule, OPTION_NONE, NULL, format, args);
	va_end(args);
	return code;
}

int fail_node(struct hgx_error *err, enum rule_id rule, const char *node, const char *format, ...)
{
	va_list args;
	int code;

	va_start(args, format);
	code = vfail(err, rule, OPTION_NONE, node, format, args);
	va_end(args);
	return code;
}

int fail_option(struct hgx_error *err, enum rule_id rule, enum option_id option, const char *format,
		...)
{
	va_list args;
	int code;

	va_start(args, format);
	code = vfail(err, rule, option, NULL, format, args);
	va_end(args);
	return code;
}

int fail_about(struct hgx_error *err, enum rule_id rule, enum option_id option, const char *node,
	       const char *format, ...)
{
	va_list args;
	int code;

	va_start(args, format);
	code = vfail(err, rule, option, node, format, args);
	va_end(args);
	return code;
}

int fail_memory(struct hgx_error *err)
{
	return fail(err, RULE_OUT_OF_MEMORY, "out of memory");
}

int fail_as(struct hgx_error *err, const struct hgx_error *other)
{
	if (err)
		*err = *other;
	return other->code;
}
