/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HGX_FORMAT_JSON_H
#define HGX_FORMAT_JSON_H

#include <stdbool.h>
#include <stdio.h>
#include "hgxtopo.h"
#include "util/macros.h"
#include "util/rule.h"

/* json.c: the only room that includes json-c. A value is owned by what it was put into. */
struct json;
struct json *json_new_object(void);
struct json *json_new_array(void);
bool json_put(struct json *object, const char *key, struct json *value);
bool json_add(struct json *array, struct json *value);
struct json *json_number(int64_t value);
struct json *json_text(const char *value); /* null for NULL */
struct json *json_boolean(bool value);
struct json *json_hex(unsigned width, uint32_t value);	 /* "0x10de" */
void json_write(FILE *stream, const struct json *value); /* on one line */
void json_free(struct json *value);
int json_parse(struct json **out, const char *data, size_t length, const char *name,
	       struct hgx_error *err);

/* Reading members: a wrong one is remembered as the reader's error, and the value is then
 * 0 or NULL. `where` is the object in words, such as "pci[3]". */
struct json_reader {
	const char *name; /* of the file */
	struct hgx_error *err;
	int code;
	char where[48];
	char node[32]; /* the name of the node that it describes; "": unknown */
};
enum json_need { JSON_OPTIONAL, JSON_NEEDED };
const struct json *json_get_object(struct json_reader *reader, const struct json *object,
				   const char *key, enum json_need need);
const struct json *json_get_array(struct json_reader *reader, const struct json *object,
				  const char *key, enum json_need need);
const char *json_get_text(struct json_reader *reader, const struct json *object, const char *key,
			  enum json_need need);
int64_t json_get_number(struct json_reader *reader, const struct json *object, const char *key,
			int64_t least, int64_t most, int64_t absent);
bool json_get_boolean(struct json_reader *reader, const struct json *object, const char *key);
uint32_t json_get_hex(struct json_reader *reader, const struct json *object, const char *key,
		      uint32_t most);
size_t json_length(const struct json *array);
const struct json *json_at(const struct json *array, size_t index);
bool json_has(const struct json *object, const char *key); /* there and not null */
bool json_is_object(const struct json *value);
const char *json_as_text(const struct json *value); /* NULL: no text */
int64_t json_as_number(const struct json *value);   /* -1: no whole number from 0 up */
int json_bad(struct json_reader *reader, enum rule_id rule, const char *format, ...) PRINTF(3, 4);

#endif
