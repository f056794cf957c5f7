/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what hgx_emit_qemu() wrote, one argument per line. */
#ifndef TEST_QEMU_READER_H
#define TEST_QEMU_READER_H

#include <ctype.h>
#include "support.h"

#define MAX_WORDS 1024

struct device {
	const char *driver, *keys[20], *values[20];
	size_t count;
};

/* The arguments as words, and the parts of -device, -object, -numa and others. */
struct arguments {
	struct arena arena;
	const char *words[MAX_WORDS];
	size_t count;
	struct device devices[MAX_WORDS];
	const char *options[MAX_WORDS]; /* the option of each device: "-device", "-numa" */
	size_t device_count;
};

static struct arguments arguments;

static inline const char *value_of(const struct device *device, const char *key)
{
	for (size_t i = 0; device && i < device->count; i++)
		if (!strcmp(device->keys[i], key))
			return device->values[i];
	return NULL;
}

static inline unsigned long long value_number(const struct device *device, const char *key)
{
	const char *value = value_of(device, key);
	char *end;
	unsigned long long number;

	must(value && isdigit((unsigned char)*value), "%s of %s: %s", key, device->driver,
	     value ? value : "nothing");
	number = strtoull(value, &end, 0);
	must(!*end || !strcmp(end, "M"), "%s", value);
	return number;
}

/* The end of a value; a doubled comma is a comma in the value. */
static inline char *part_end(char *at)
{
	while (*at && (*at != ',' || at[1] == ','))
		at += *at == ',' ? 2 : 1;
	return at;
}

static inline void device_read(struct arguments *a, const char *option, const char *word)
{
	struct device *device = &a->devices[a->device_count];
	char *at = (char *)arena_string(&a->arena, word);

	a->options[a->device_count++] = option;
	*device = (struct device){ .driver = at };
	for (bool last = false, first = true; !last; first = false) {
		char *end = part_end(at), *equals;

		last = !*end;
		*end = '\0';
		equals = strchr(at, '=');
		must(equals || first, "%s", word);
		if (equals) {
			*equals = '\0';
			must(device->count < ARRAY_SIZE(device->keys), "%s", word);
			must(!value_of(device, at), "%s twice in %s", at, word);
			device->keys[device->count] = at;
			device->values[device->count++] = equals + 1;
		}
		at = end + 1;
	}
}

static inline bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

static inline const struct arguments *arguments_read(const char *text)
{
	static const char *const with_parts[] = { "-device", "-object", "-numa", "-smp", "-machine",
						  "-blockdev", "-cpu", "-name", "-fw_cfg", NULL };
	struct arguments *a = &arguments;

	arena_free(&a->arena);
	memset(a, 0, sizeof(*a));
	while (*text) {
		size_t length = strcspn(text, "\n");

		must(length && text[length], "an empty argument, or no end of the last");
		must(a->count < MAX_WORDS, "too many arguments");
		a->words[a->count++] = arena_copy(&a->arena, text, length);
		text += length + 1;
	}
	for (size_t i = 0; i + 1 < a->count; i++)
		if (is_one_of(a->words[i], with_parts))
			device_read(a, a->words[i], a->words[i + 1]);
	return a;
}

/* Number @index of an option; if @driver is not NULL, only those with it as first word count. */
static inline const struct device *nth(const struct arguments *a, const char *option, const char *driver,
				size_t index)
{
	for (size_t i = 0; i < a->device_count; i++)
		if (!strcmp(a->options[i], option) &&
		    (!driver || !strcmp(a->devices[i].driver, driver)) && !index--)
			return &a->devices[i];
	return NULL;
}

static inline size_t count_of(const struct arguments *a, const char *option, const char *driver)
{
	size_t count = 0;

	while (nth(a, option, driver, count))
		count++;
	return count;
}

static inline const struct device *by_id(const struct arguments *a, const char *id)
{
	const struct device *found = NULL;

	for (size_t i = 0; i < a->device_count; i++) {
		const char *own = value_of(&a->devices[i], "id");

		if (!own || strcmp(own, id) || strcmp(a->options[i], "-device"))
			continue;
		must(!found, "%s is there twice", id);
		found = &a->devices[i];
	}
	return found;
}

static inline char *qemu_text(const struct hgx_plan *plan, int format)
{
	struct hgx_qemu_options options = { .size = sizeof(options), .format = format };
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_qemu(plan, &options, &text, &err), &err, "qemu");
	return text;
}

#endif
