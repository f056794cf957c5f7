/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A JSON value: an object, an array, a text, a number or a boolean, as json-c holds it. Only
 * json.c includes json-c.
 *
 * A value belongs to the object or array it was put into. A function that makes a value returns
 * NULL if there is no memory. Of the values that were read, NULL is the JSON value null. */
#ifndef HGX_FORMAT_JSON_H
#define HGX_FORMAT_JSON_H

#include <stdbool.h>
#include <stdio.h>
#include "hgxtopo.h"
#include "util/macros.h"
#include "util/rule.h"

struct json;

struct json *json_new_object(void);
struct json *json_new_array(void);
/** Puts a value into an object that has no such key yet. @key is borrowed for the life of the
 *  object. On failure, also if @value is NULL, it frees @value and returns false. */
bool json_put(struct json *object, const char *key, struct json *value);
/** Puts null into an object in the same way. */
bool json_put_null(struct json *object, const char *key);
/** Puts a copy of a text, or null for NULL. */
bool json_put_text(struct json *object, const char *key, const char *value);
bool json_put_number(struct json *object, const char *key, int64_t value);
/** Puts a number, or null for -1: unknown or none. */
bool json_put_known(struct json *object, const char *key, int64_t value);
/** Adds a value at the end of an array. On failure, also if @value is NULL, it frees @value and
 *  returns false. */
bool json_add(struct json *array, struct json *value);
struct json *json_number(int64_t value);
/** A copy of the text. */
struct json *json_text(const char *value);
struct json *json_boolean(bool value);
/** A text with @width hexadecimal digits, such as "0x10de". */
struct json *json_hex(unsigned width, uint32_t value);
/** Writes a value on one line. */
void json_write(FILE *stream, const struct json *value);
void json_free(struct json *value);
/** Reads an object of at most 64 MiB. @name is for sentences; it may be NULL. Free *@out with
 *  json_free(); it is NULL on failure. */
int json_parse(struct json **out, const char *data, size_t length, const char *name,
	       struct hgx_error *err);

/** Reads members of objects. The first wrong member sets `code` and the error; every later member
 *  then reads as absent. */
struct json_reader {
	const char *name; /**< of the file, for sentences */
	struct hgx_error *err;
	int code;
	char where[48]; /**< the object in words, such as "pci[3]" */
	char node[32];	/**< the name of the node that it describes; "" if unknown */
};

/** Whether a missing member is an error. */
enum json_need { JSON_OPTIONAL, JSON_NEEDED };

/** A member that is an object; NULL if it is absent, null or wrong. */
const struct json *json_get_object(struct json_reader *reader, const struct json *object,
				   const char *key, enum json_need need);
/** A member that is an array; NULL if it is absent, null or wrong. */
const struct json *json_get_array(struct json_reader *reader, const struct json *object,
				  const char *key, enum json_need need);
/** A member that is a text without control characters, borrowed; NULL if it is absent, null or
 *  wrong. */
const char *json_get_text(struct json_reader *reader, const struct json *object, const char *key,
			  enum json_need need);
/** A member that is a whole number from @least to @most; @absent if it is absent, null or wrong. */
int64_t json_get_number(struct json_reader *reader, const struct json *object, const char *key,
			int64_t least, int64_t most, int64_t absent);
/** A member that is true or false; false if it is absent, null or wrong. */
bool json_get_boolean(struct json_reader *reader, const struct json *object, const char *key);
/** A needed member that json_hex() wrote, at most @most; 0 if it is wrong. */
uint32_t json_get_hex(struct json_reader *reader, const struct json *object, const char *key,
		      uint32_t most);
/** The number of elements; 0 for NULL. */
size_t json_length(const struct json *array);
/** An element of an array; @index is less than json_length(). */
const struct json *json_at(const struct json *array, size_t index);
/** Whether the object has the member and it is not null. */
bool json_has(const struct json *object, const char *key);
bool json_is_object(const struct json *value);
/** The text, borrowed; NULL if the value is not a text. */
const char *json_as_text(const struct json *value);
/** The number; -1 if the value is not a whole number or is negative. */
int64_t json_as_number(const struct json *value);
/** Sets the reader's error unless it has one, and returns its code. */
int json_bad(struct json_reader *reader, enum rule_id rule, const char *format, ...) PRINTF(3, 4);

#endif
