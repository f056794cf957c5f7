/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A forecast as JSON (docs/json-format.md). */
#include "forecast/decimal.h"
#include "forecast/forecast.h"
#include "format/json.h"
#include "util/error.h"
#include "util/text.h"

/* Writes null for NULL. False: there is no memory. */
static bool write_text(FILE *stream, const char *text)
{
	struct json *value;

	if (!text) {
		fputs("null", stream);
		return true;
	}
	value = json_text(text);
	if (!value)
		return false;
	json_write(stream, value);
	json_free(value);
	return true;
}

static bool write_member(FILE *stream, const char *key, const char *text)
{
	fprintf(stream, ",\n      \"%s\": ", key);
	return write_text(stream, text);
}

static bool write_paths(FILE *stream, const struct hgx_gpu_forecast *gpu)
{
	fputs(",\n      \"paths\": {", stream);
	for (size_t i = 0; i < gpu->path_count; i++) {
		fputs(i ? ", " : " ", stream);
		if (!write_text(stream, gpu->paths[i].nic))
			return false;
		fputs(": ", stream);
		if (!write_text(stream, gpu->paths[i].path))
			return false;
	}
	fputs(gpu->path_count ? " }" : "}", stream);
	return true;
}

static bool write_gpu(FILE *stream, const struct hgx_gpu_forecast *gpu)
{
	fputs("    {\n      \"address\": ", stream);
	if (!write_text(stream, gpu->address) || !write_member(stream, "nic", gpu->nic) ||
	    !write_member(stream, "path", gpu->path))
		return false;
	fprintf(stream,
		",\n      \"bandwidth\": %s,\n      \"gdr_receive\": %s,\n      \"gdr_send\": %s",
		decimal_text(gpu->bandwidth).text, gpu->gdr_receive ? "true" : "false",
		gpu->gdr_send ? "true" : "false");
	if (!write_member(stream, "reason", gpu->reason) || !write_paths(stream, gpu))
		return false;
	fputs("\n    }", stream);
	return true;
}

int hgx_emit_forecast_json(const struct hgx_nccl_forecast *forecast, char **out,
			   struct hgx_error *err)
{
	struct text text;
	bool written = true;
	int code;

	*out = NULL;
	code = text_open(&text, err);
	if (code)
		return code;
	fputs("{\n  \"model\": \"NCCL 2.30\",\n  \"gpus\": [\n", text.stream);
	for (size_t i = 0; written && i < forecast->count; i++) {
		fputs(i ? ",\n" : "", text.stream);
		written = write_gpu(text.stream, &forecast->gpus[i]);
	}
	fprintf(text.stream, "\n  ],\n  \"bound\": %s\n}\n",
		forecast->bound > 0 ? decimal_text(forecast->bound).text : "null");
	if (written)
		return text_close(&text, out, err);
	text_drop(&text);
	return fail_memory(err);
}
