/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan changes in its base domain, in lines and as JSON (docs/json-format.md). */
#include <stdbool.h>
#include <stdio.h>
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/json.h"
#include "guest/plan.h"
#include "emit/changes_find.h"

static void write_device(FILE *stream, const struct change *change)
{
	if (change->before && change->after)
		fprintf(stream, "guest address %s → %s", change->before, change->after);
	else if (change->after)
		fprintf(stream, "added at guest address %s", change->after);
	else
		fprintf(stream, "removed from guest address %s", change->before);
}

static void write_elements(FILE *stream, const struct change *change)
{
	fprintf(stream, "%zu %s%s%s", change->count, change->kind, *change->text ? ": " : "",
		change->text);
	if (change->line)
		fprintf(stream, change->count > 1 ? " (the first in line %u)" : " (line %u)",
			change->line);
}

/* "GPU 0000:19:00.0": no model, so that scripts can compare lines. */
static void write_subject(FILE *stream, const struct change *change)
{
	if (change->device)
		fprintf(stream, "%s %s: ", kind_of(change->device->kind)->label,
			change->device->name);
	else
		fprintf(stream, "<%s>: ", change->element);
}

int hgx_emit_changes(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	struct changes changes;
	struct text text;
	int code = changes_find(&changes, plan, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (!code) {
		for (const struct change *c = changes.first; c; c = c->next) {
			write_subject(text.stream, c);
			if (c->device)
				write_device(text.stream, c);
			else
				write_elements(text.stream, c);
			fputc('\n', text.stream);
		}
		code = text_close(&text, out, err);
	}
	arena_free(&changes.arena);
	return code;
}

static struct json *inside_json(const struct inside *inside)
{
	struct json *object = json_new_object();

	if (object && json_put_text(object, "kind", inside->kind) &&
	    json_put_text(object, "element", inside->element) &&
	    json_put_text(object, "attribute", inside->attribute) &&
	    json_put_number(object, "count", (int64_t)inside->count))
		return object;
	json_free(object);
	return NULL;
}

static struct json *all_inside(const struct change *change)
{
	struct json *array = json_new_array();

	for (const struct inside *i = change->inside; array && i; i = i->next)
		if (!json_add(array, inside_json(i))) {
			json_free(array);
			return NULL;
		}
	return array;
}

static bool write_json(FILE *stream, const struct change *c)
{
	struct json *object = json_new_object();
	bool good = object && json_put_text(object, "kind", c->kind) &&
		    json_put_text(object, "device", c->device ? c->device->name : NULL) &&
		    json_put_text(object, "before", c->before) &&
		    json_put_text(object, "after", c->after) &&
		    json_put_text(object, "element", c->element) &&
		    json_put_known(object, "count", c->element ? (int64_t)c->count : -1) &&
		    json_put_known(object, "line", c->line ? (int64_t)c->line : -1) &&
		    json_put(object, "inside", all_inside(c));

	if (good)
		json_write(stream, object);
	json_free(object);
	return good;
}

int hgx_emit_changes_json(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	struct changes changes;
	struct text text;
	bool good = true;
	int code = changes_find(&changes, plan, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (!code) {
		fputs("{\n  \"format\": \"hgxtopo-changes\",\n  \"version\": 1,\n  \"changes\": [",
		      text.stream);
		for (const struct change *c = changes.first; good && c; c = c->next) {
			fputs(c == changes.first ? "\n    " : ",\n    ", text.stream);
			good = write_json(text.stream, c);
		}
		fputs(changes.first ? "\n  ]\n}\n" : " ]\n}\n", text.stream);
		code = text_close(&text, out, err);
		if (!code && !good) {
			hgx_text_free(*out);
			*out = NULL;
			code = fail_memory(err);
		}
	}
	arena_free(&changes.arena);
	return code;
}
