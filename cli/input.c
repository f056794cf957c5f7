/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading whole files, up to a limit. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

static const char *rule_of(int code)
{
	switch (code) {
	case HGX_NO_MEMORY:
		return "out-of-memory";
	case HGX_MISSING:
		return "file-missing";
	case HGX_LIMIT:
		return "file-too-large";
	case HGX_SYNTAX:
		return "file-format";
	case HGX_INVALID:
		return "source-kind";
	default:
		return "file-unreadable";
	}
}

int input_failed(struct hgx_error *err, int code, const char *name, const char *text)
{
	*err = (struct hgx_error){ .code = code };
	snprintf(err->text, sizeof(err->text), "%.300s: %s", name, text);
	snprintf(err->rule, sizeof(err->rule), "%s", rule_of(code));
	clean(err->text);
	return code;
}

const char *input_name(const char *file)
{
	return strcmp(file, "-") ? file : "standard input";
}

/* Reads to the end of the stream, but at most @most bytes, and terminates them. NULL: out of
 * memory. */
static char *read_up_to(FILE *stream, size_t most, size_t *length)
{
	size_t size = most < 65536 ? most : 65536;
	char *data = malloc(size + 1), *larger;

	*length = 0;
	while (data) {
		*length += fread(data + *length, 1, size - *length, stream);
		if (*length < size || size == most)
			break;
		size = 2 * size < most ? 2 * size : most;
		larger = realloc(data, size + 1);
		if (!larger)
			free(data);
		data = larger;
	}
	if (data)
		data[*length] = '\0';
	return data;
}

static int read_stream(char **out, size_t *length, FILE *stream, const char *name, size_t most,
		       const char *remedy, struct hgx_error *err)
{
	char *data = read_up_to(stream, (most << 20) + 1, length);
	char text[150];

	if (!data)
		return input_failed(err, HGX_NO_MEMORY, name, "out of memory");
	if (ferror(stream)) {
		free(data);
		return input_failed(err, HGX_UNREADABLE, name, strerror(errno));
	}
	if (*length > most << 20) {
		free(data);
		snprintf(text, sizeof(text), "larger than %zu MiB; %s", most, remedy);
		return input_failed(err, HGX_LIMIT, name, text);
	}
	*out = data;
	return HGX_OK;
}

int read_input(char **out, size_t *length, const char *file, size_t most, const char *remedy,
	       struct hgx_error *err)
{
	bool standard = !strcmp(file, "-");
	FILE *stream = standard ? stdin : fopen(file, "re");
	int code;

	if (!stream)
		return input_failed(err, errno == ENOENT ? HGX_MISSING : HGX_UNREADABLE, file,
				    strerror(errno));
	code = read_stream(out, length, stream, input_name(file), most, remedy, err);
	if (!standard)
		fclose(stream);
	return code;
}
