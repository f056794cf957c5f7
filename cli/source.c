/* SOURCE of the command line: live, a directory, a JSON file, "-", or an example. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli.h"

#define MOST_BYTES (64u << 20)

static int complain(struct hgx_error *err, int code, const char *name, const char *text)
{
	err->code = code;
	snprintf(err->text, sizeof(err->text), "%.300s: %s", name, text);
	return code;
}

static int read_stream(char **out, size_t *length, FILE *stream, const char *name,
		       struct hgx_error *err)
{
	size_t size = 65536;
	char *data = malloc(size);

	*length = 0;
	while (data) {
		*length += fread(data + *length, 1, size - *length, stream);
		if (*length < size)
			break;
		if (size > MOST_BYTES) {
			free(data);
			return complain(err, HGX_LIMIT, name,
					"larger than 64 MiB; give the output of "
					"'hgxtopo dump --json'");
		}
		size *= 2;
		char *larger = realloc(data, size);

		if (!larger)
			free(data);
		data = larger;
	}
	if (!data)
		return complain(err, HGX_NO_MEMORY, name, "out of memory");
	if (ferror(stream)) {
		free(data);
		return complain(err, HGX_UNREADABLE, name, strerror(errno));
	}
	*out = data;
	return HGX_OK;
}

static int load_json(struct hgx_topo **out, FILE *stream, const char *name, struct hgx_error *err)
{
	char *data;
	size_t length;
	int code = read_stream(&data, &length, stream, name, err);

	if (code)
		return code;
	code = hgx_topo_from_json(out, data, length, name, err);
	free(data);
	return code;
}

static int load_file(struct hgx_topo **out, const char *from, struct hgx_error *err)
{
	FILE *stream = fopen(from, "re");
	int code;

	if (!stream)
		return complain(err, HGX_UNREADABLE, from, strerror(errno));
	code = load_json(out, stream, from, err);
	fclose(stream);
	return code;
}

int load_source(struct hgx_topo **out, const char *from, struct hgx_error *err)
{
	struct hgx_host_options options = { .size = sizeof(options) };
	struct stat status;

	*out = NULL;
	if (!from || !strcmp(from, "live"))
		return hgx_topo_from_host(out, &options, err);
	if (!strcmp(from, "-"))
		return load_json(out, stdin, "standard input", err);
	if (!strncmp(from, "example:", 8))
		return hgx_topo_from_example(out, from + 8, err);
	if (!*from)
		return complain(
			err, HGX_MISSING, "--from",
			"an empty name; give live, a directory, a JSON file or example:NAME");
	if (stat(from, &status))
		return complain(err, errno == ENOENT ? HGX_MISSING : HGX_UNREADABLE, from,
				errno == ENOENT ?
					"no such file or directory; give live, a directory, a "
					"JSON file or example:NAME" :
					strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return load_file(out, from, err);
	options.root = from;
	return hgx_topo_from_host(out, &options, err);
}
