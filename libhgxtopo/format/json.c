/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON through json-c. A struct json is a json-c object. */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "format/json.h"
#include "format/json_scan.h"
#include "util/error.h"
#include "util/utf8.h"

#define MAX_BYTES (64u << 20)

static struct json *disguise(struct json_object *object)
{
	return (struct json *)object;
}

static struct json_object *reveal(const struct json *value)
{
	return (struct json_object *)(uintptr_t)value;
}

struct json *json_new_object(void)
{
	return disguise(json_object_new_object());
}

struct json *json_new_array(void)
{
	return disguise(json_object_new_array());
}

struct json *json_number(int64_t value)
{
	return disguise(json_object_new_int64(value));
}

struct json *json_text(const char *value)
{
	return disguise(json_object_new_string(value));
}

struct json *json_boolean(bool value)
{
	return disguise(json_object_new_boolean(value));
}

struct json *json_hex(unsigned width, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%0*x", (int)width, value);
	return json_text(text);
}

static bool put(struct json *object, const char *key, struct json *value)
{
	return !json_object_object_add_ex(reveal(object), key, reveal(value),
					  JSON_C_OBJECT_ADD_KEY_IS_NEW |
						  JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

bool json_put(struct json *object, const char *key, struct json *value)
{
	if (value && put(object, key, value))
		return true;
	json_free(value);
	return false;
}

bool json_put_null(struct json *object, const char *key)
{
	return put(object, key, NULL);
}

bool json_put_text(struct json *object, const char *key, const char *value)
{
	return value ? json_put(object, key, json_text(value)) : json_put_null(object, key);
}

bool json_add(struct json *array, struct json *value)
{
	if (value && !json_object_array_add(reveal(array), reveal(value)))
		return true;
	json_free(value);
	return false;
}

void json_free(struct json *value)
{
	json_object_put(reveal(value));
}

static void write_text(FILE *stream, const char *text)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";

	fputc('"', stream);
	for (; *text; text++) {
		const char *letter = strchr(from, *text);

		if (letter)
			fprintf(stream, "\\%c", to[letter - from]);
		else if ((unsigned char)*text < ' ')
			fprintf(stream, "\\u%04x", (unsigned)*text);
		else
			fputc(*text, stream);
	}
	fputc('"', stream);
}

static void write_object(FILE *stream, struct json_object *object)
{
	const char *before = "{ ";

	json_object_object_foreach(object, key, value)
	{
		fputs(before, stream);
		write_text(stream, key);
		fputs(": ", stream);
		json_write(stream, disguise(value));
		before = ", ";
	}
	fputs(*before == ',' ? " }" : "{ }", stream);
}

static void write_array(FILE *stream, struct json_object *array)
{
	size_t count = json_object_array_length(array);

	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "[ ", stream);
		json_write(stream, disguise(json_object_array_get_idx(array, i)));
	}
	fputs(count ? " ]" : "[ ]", stream);
}

/* In the layout of json-c's own writer, which cuts the text if there is no memory. */
void json_write(FILE *stream, const struct json *value)
{
	struct json_object *object = reveal(value);

	switch (json_object_get_type(object)) {
	case json_type_object:
		write_object(stream, object);
		break;
	case json_type_array:
		write_array(stream, object);
		break;
	case json_type_string:
		write_text(stream, json_object_get_string(object));
		break;
	case json_type_int:
		fprintf(stream, "%lld", (long long)json_object_get_int64(object));
		break;
	case json_type_boolean:
		fputs(json_object_get_boolean(object) ? "true" : "false", stream);
		break;
	default:
		fputs("null", stream);
	}
}

static void place_of(const char *data, size_t offset, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset; i++) {
		++*column;
		if (data[i] == '\n') {
			++*line;
			*column = 1;
		}
	}
}

static int refuse(const struct json_fault *fault, const char *data, const char *name,
		  struct hgx_error *err)
{
	size_t digits = fault->end - fault->at;
	unsigned line, column;

	if (fault->verdict == JSON_CUT && text_is_blank(data, fault->at))
		return fail(err, RULE_JSON_TRUNCATED,
			    "%s is empty; give a topology written by hgx_emit_json()", name);
	place_of(data, fault->at, &line, &column);
	switch (fault->verdict) {
	case JSON_CUT:
		return fail(err, RULE_JSON_TRUNCATED,
			    "%s:%u: the text is cut off here; give a complete topology written "
			    "by hgx_emit_json()",
			    name, line);
	case JSON_TOO_LARGE:
		return fail(err, RULE_JSON_VALUE,
			    "%s:%u:%u: the number %.*s does not fit into 64 bits; correct it", name,
			    line, column, digits > 40 ? 40 : (int)digits, data + fault->at);
	case JSON_NO_MEMORY:
		return fail_memory(err);
	case JSON_LEFT_OVER:
		return fail(err, RULE_JSON_SYNTAX,
			    "%s:%u:%u: the JSON ends before this; remove what follows", name, line,
			    column);
	default:
		return fail(
			err, RULE_JSON_SYNTAX,
			"%s:%u:%u: not valid JSON (%s); give a topology written by hgx_emit_json()",
			name, line, column, fault->what);
	}
}

/* Counts the values but null, and the bytes of names and strings. */
static void count(struct json_object *value, struct json_fault *counted)
{
	size_t length = json_object_is_type(value, json_type_array) ?
				json_object_array_length(value) :
				0;

	counted->values += value != NULL;
	for (size_t i = 0; i < length; i++)
		count(json_object_array_get_idx(value, i), counted);
	if (json_object_is_type(value, json_type_string))
		counted->bytes += (size_t)json_object_get_string_len(value);
	if (!json_object_is_type(value, json_type_object))
		return;
	json_object_object_foreach(value, key, member)
	{
		counted->bytes += strlen(key);
		count(member, counted);
	}
}

/* After json_scan(), json-c can only fail for lack of memory. Its flags stay off, because what
 * they refuse depends on its release. Without memory, json-c up to 0.16 may take a value for null,
 * or cut a string, and say that all is well: so what it made is counted. It may also crash (it
 * does not check its copy of a name), which nothing outside it can prevent. */
static int parse(struct json_object **out, const char *data, size_t length,
		 const struct json_fault *scanned, struct hgx_error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
	struct json_fault made = { 0 };

	if (!tokener)
		return fail_memory(err);
	*out = json_tokener_parse_ex(tokener, data, (int)length);
	json_tokener_free(tokener);
	count(*out, &made);
	if (made.values == scanned->values && made.bytes == scanned->bytes)
		return HGX_OK;
	json_object_put(*out);
	*out = NULL;
	return fail_memory(err);
}

int json_parse(struct json **out, const char *data, size_t length, const char *name,
	       struct hgx_error *err)
{
	struct json_object *top = NULL;
	struct json_fault fault;
	int code;

	*out = NULL;
	name = name ? name : "the topology";
	if (length > MAX_BYTES)
		return fail(err, RULE_JSON_TOO_LARGE,
			    "%s: %zu bytes are too many; a topology has at most %u MiB", name,
			    length, MAX_BYTES >> 20);
	fault = json_scan(data, length);
	if (fault.verdict != JSON_VALID)
		return refuse(&fault, data, name, err);
	if (data[strspn(data, " \t\r\n")] != '{')
		return fail(err, RULE_JSON_SYNTAX,
			    "%s: not a JSON object; give a topology written by hgx_emit_json()",
			    name);
	code = parse(&top, data, length, &fault, err);
	*out = disguise(top);
	return code;
}

int json_bad(struct json_reader *reader, enum rule_id rule, const char *format, ...)
{
	char text[400];
	va_list args;

	if (reader->code)
		return reader->code;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reader->code = fail_node(reader->err, rule, reader->node, "%s: %s%s%s", reader->name,
				 reader->where, *reader->where ? ": " : "", text);
	return reader->code;
}

static const char *type_name(enum json_type type)
{
	switch (type) {
	case json_type_object:
		return "an object";
	case json_type_array:
		return "an array";
	case json_type_boolean:
		return "true or false";
	case json_type_int:
		return "a whole number";
	default:
		return "a string";
	}
}

static struct json_object *member(struct json_reader *reader, const struct json *object,
				  const char *key, enum json_type type, enum json_need need)
{
	struct json_object *value = NULL;

	if (!object || reader->code)
		return NULL;
	json_object_object_get_ex(reveal(object), key, &value);
	if (!value && need == JSON_OPTIONAL)
		return NULL;
	if (!value)
		json_bad(reader, RULE_JSON_MEMBER, "\"%s\" is missing; add it", key);
	else if (!json_object_is_type(value, type))
		json_bad(reader, RULE_JSON_MEMBER, "\"%s\" is not %s; correct it", key,
			 type_name(type));
	return reader->code ? NULL : value;
}

const struct json *json_get_object(struct json_reader *reader, const struct json *object,
				   const char *key, enum json_need need)
{
	return disguise(member(reader, object, key, json_type_object, need));
}

const struct json *json_get_array(struct json_reader *reader, const struct json *object,
				  const char *key, enum json_need need)
{
	return disguise(member(reader, object, key, json_type_array, need));
}

const char *json_get_text(struct json_reader *reader, const struct json *object, const char *key,
			  enum json_need need)
{
	struct json_object *value = member(reader, object, key, json_type_string, need);
	const char *text = json_object_get_string(value);

	if (!value)
		return NULL;
	if (strlen(text) != (size_t)json_object_get_string_len(value) || !text_is_clean(text)) {
		json_bad(reader, RULE_JSON_MEMBER, "\"%s\" contains a control character; remove it",
			 key);
		return NULL;
	}
	return text;
}

int64_t json_get_number(struct json_reader *reader, const struct json *object, const char *key,
			int64_t least, int64_t most, int64_t absent)
{
	struct json_object *value = member(reader, object, key, json_type_int, JSON_OPTIONAL);
	int64_t number = json_object_get_int64(value);

	if (!value)
		return absent;
	if (number < least || number > most || json_object_get_uint64(value) > INT64_MAX) {
		json_bad(reader, RULE_JSON_VALUE,
			 "\"%s\" is %s, which is not between %lld and %lld", key,
			 json_object_get_string(value), (long long)least, (long long)most);
		return absent;
	}
	return number;
}

bool json_get_boolean(struct json_reader *reader, const struct json *object, const char *key)
{
	return json_object_get_boolean(
		member(reader, object, key, json_type_boolean, JSON_OPTIONAL));
}

uint32_t json_get_hex(struct json_reader *reader, const struct json *object, const char *key,
		      uint32_t most)
{
	const char *text = json_get_text(reader, object, key, JSON_NEEDED);
	size_t digits = text && !strncmp(text, "0x", 2) ?
				strspn(text + 2, "0123456789abcdefABCDEF") :
				0;
	unsigned long long value;

	if (!text)
		return 0;
	value = digits ? strtoull(text + 2, NULL, 16) : 0;
	if (!digits || text[2 + digits] || value > most) {
		json_bad(reader, RULE_JSON_VALUE,
			 "\"%s\" is \"%.20s\", which is not a hexadecimal number up to 0x%x such "
			 "as \"0x10de\"",
			 key, text, most);
		return 0;
	}
	return (uint32_t)value;
}

size_t json_length(const struct json *array)
{
	return array ? json_object_array_length(reveal(array)) : 0;
}

const struct json *json_at(const struct json *array, size_t index)
{
	return disguise(json_object_array_get_idx(reveal(array), index));
}

bool json_has(const struct json *object, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(reveal(object), key, &value) && value;
}

bool json_is_object(const struct json *value)
{
	return json_object_is_type(reveal(value), json_type_object);
}

const char *json_as_text(const struct json *value)
{
	return json_object_is_type(reveal(value), json_type_string) ?
		       json_object_get_string(reveal(value)) :
		       NULL;
}

int64_t json_as_number(const struct json *value)
{
	int64_t number = json_object_get_int64(reveal(value));

	return json_object_is_type(reveal(value), json_type_int) && number >= 0 ? number : -1;
}
