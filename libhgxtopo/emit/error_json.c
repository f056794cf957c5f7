/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An error as JSON, on one line. */
#include <stdbool.h>
#include "util/error.h"
#include "util/text.h"
#include "format/json.h"

static struct json *object_of(const struct hgx_error *error)
{
	const char *code = hgx_code_name(error->code);
	struct json *object = json_new_object();

	if (object && json_put_text(object, "format", "hgxtopo-error") &&
	    json_put_number(object, "version", 1) && json_put_text(object, "code", code) &&
	    json_put_text(object, "rule", *error->rule ? error->rule : NULL) &&
	    json_put_text(object, "text", error->text) &&
	    json_put_text(object, "node", *error->node ? error->node : NULL) &&
	    json_put_text(object, "option", *error->option ? error->option : NULL))
		return object;
	json_free(object);
	return NULL;
}

int hgx_emit_error_json(const struct hgx_error *error, char **out, struct hgx_error *err)
{
	struct json *object = object_of(error);
	struct text text;
	int code;

	*out = NULL;
	if (!object)
		return fail_memory(err);
	code = text_open(&text, err);
	if (!code) {
		json_write(text.stream, object);
		fputc('\n', text.stream);
		code = text_close(&text, out, err);
	}
	json_free(object);
	return code;
}
