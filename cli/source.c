/* SOURCE of the command line: live, a directory, a JSON file, "-", or an example. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli.h"

#define MOST_MIB 64

static int load_file(struct hgx_topo **out, const char *from, struct hgx_error *err)
{
	char *data;
	size_t length;
	int code = read_input(&data, &length, from, MOST_MIB,
			      "give the output of 'hgxtopo dump --json'", err);

	if (code)
		return code;
	code = hgx_topo_from_json(out, data, length, input_name(from), err);
	free(data);
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
		return load_file(out, from, err);
	if (!strncmp(from, "example:", 8))
		return hgx_topo_from_example(out, from + 8, err);
	if (!*from)
		return input_failed(
			err, HGX_MISSING, "--from",
			"an empty name; give live, a directory, a JSON file or example:NAME");
	if (stat(from, &status))
		return input_failed(err, errno == ENOENT ? HGX_MISSING : HGX_UNREADABLE, from,
				    errno == ENOENT ?
					    "no such file or directory; give live, a directory, a "
					    "JSON file or example:NAME" :
					    strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return load_file(out, from, err);
	options.root = from;
	return hgx_topo_from_host(out, &options, err);
}
