/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Searches vital product data (PCI Local Bus Specification 3.0, appendix I). It is a
 * sequence of resources, each with a tag and a length. The read-only resource is a
 * sequence of fields: a keyword of two letters, a length of one byte, the value. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "source/vpd.h"

#define LARGE 0x80
#define TAG_NAME 0x82
#define TAG_READ_ONLY 0x90
#define TAG_READ_WRITE 0x91
#define TAG_END 0x78

/* The part that is not read yet. take() never goes beyond its end. */
struct rest {
	const unsigned char *data;
	size_t length;
};

static const unsigned char *take(struct rest *rest, size_t length)
{
	const unsigned char *taken = rest->data;

	if (length > rest->length)
		return NULL;
	rest->data += length;
	rest->length -= length;
	return taken;
}

static bool ends_word(unsigned char c)
{
	return !isalnum(c) && c != '_';
}

static bool holds(const unsigned char *value, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= length; i++)
		if (!memcmp(value + i, word, size) && (!i || ends_word(value[i - 1])) &&
		    (i + size == length || ends_word(value[i + size])))
			return true;
	return false;
}

struct field {
	const unsigned char *keyword, *value;
	size_t length;
};

static bool next_field(struct rest *fields, struct field *field)
{
	const unsigned char *head = take(fields, 3);

	if (!head)
		return false;
	*field = (struct field){ head, take(fields, head[2]), head[2] };
	return field->value;
}

static bool tag_known(unsigned char tag)
{
	return tag == TAG_NAME || tag == TAG_READ_ONLY || tag == TAG_READ_WRITE || !(tag & LARGE);
}

/* Finds the read-only resource; VPD_WITH: it is there. */
static enum vpd_answer read_only(const unsigned char *vpd, size_t length, struct rest *fields)
{
	struct rest rest = { vpd, length };
	const unsigned char *tag;

	while ((tag = take(&rest, 1)) && *tag != TAG_END && tag_known(*tag)) {
		const unsigned char *size = *tag & LARGE ? take(&rest, 2) : tag;

		if (!size)
			return VPD_BROKEN;
		fields->length = *tag & LARGE ? (size_t)(size[0] | size[1] << 8) : *tag & 7;
		fields->data = take(&rest, fields->length);
		if (!fields->data)
			return VPD_BROKEN;
		if (*tag == TAG_READ_ONLY)
			return VPD_WITH;
	}
	return tag && *tag == TAG_END ? VPD_WITHOUT : VPD_BROKEN;
}

enum vpd_answer vpd_says(const unsigned char *vpd, size_t length, const char *word)
{
	struct rest fields;
	struct field field;
	enum vpd_answer answer = read_only(vpd, length, &fields);

	if (answer != VPD_WITH)
		return answer;
	while (fields.length) {
		if (!next_field(&fields, &field))
			return VPD_BROKEN;
		if (holds(field.value, field.length, word))
			return VPD_WITH;
	}
	return VPD_WITHOUT;
}

size_t vpd_value(const unsigned char *vpd, size_t length, const char *keyword,
		 const unsigned char **value)
{
	struct rest fields;
	struct field field;

	if (read_only(vpd, length, &fields) != VPD_WITH)
		return 0;
	while (next_field(&fields, &field))
		if (!memcmp(field.keyword, keyword, 2)) {
			*value = field.value;
			return field.length;
		}
	return 0;
}
