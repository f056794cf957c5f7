/* SOURCE of the command line: live, a directory, a JSON file, a libvirt domain, "-" for one of
 * these, or an example. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli.h"

#define MAX_MIB 64

/* By the first byte that is neither blank nor a byte order mark. */
static bool is_xml(const char *data, size_t length)
{
	size_t i = length >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < length && strchr(" \t\r\n", data[i]) && data[i])
		i++;
	return i < length && data[i] == '<';
}

static int load_domain(struct hgx_topo **out, const char *data, size_t length, const char *name,
		       const char *host, struct hgx_error *err)
{
	struct hgx_domain_options options = { .size = sizeof(options), .words = HGX_WORDS_OPTIONS };
	struct hgx_topo *topo = NULL;
	int code = host ? load_source(&topo, host, NULL, err) : HGX_OK;

	options.host = topo;
	if (!code)
		code = hgx_topo_from_domain(out, data, length, name, &options, err);
	hgx_topo_free(topo);
	return code;
}

static int no_domain(const char *from, struct hgx_error *err)
{
	return input_failed(err, HGX_INVALID, from ? input_name(from) : "live",
			    "not a libvirt domain; --host is only valid with one");
}

static int load_file(struct hgx_topo **out, const char *from, const char *host,
		     struct hgx_error *err)
{
	char *data;
	size_t length;
	int code = read_input(&data, &length, from, MAX_MIB,
			      "give the output of 'hgxtopo dump --json'", err);

	if (code)
		return code;
	if (is_xml(data, length))
		code = load_domain(out, data, length, input_name(from), host, err);
	else if (host)
		code = no_domain(from, err);
	else
		code = hgx_topo_from_json(out, data, length, input_name(from), err);
	free(data);
	return code;
}

static int load_directory(struct hgx_topo **out, const char *root, struct hgx_error *err)
{
	struct hgx_host_options options = { .size = sizeof(options), .root = root };

	return hgx_topo_from_host(out, &options, err);
}

static int no_such_source(const char *from, struct hgx_error *err)
{
	if (!*from)
		return input_failed(err, HGX_MISSING, "--from",
				    "the name is empty; give live, a directory, a JSON file, a "
				    "libvirt domain or example:NAME");
	return input_failed(err, errno == ENOENT ? HGX_MISSING : HGX_UNREADABLE, from,
			    errno == ENOENT ?
				    "no such file or directory; give live, a directory, a "
				    "JSON file, a libvirt domain or example:NAME" :
				    strerror(errno));
}

int load_source(struct hgx_topo **out, const char *from, const char *host, struct hgx_error *err)
{
	bool live = !from || !strcmp(from, "live"),
	     example = !live && !strncmp(from, "example:", 8);
	struct stat status;

	*out = NULL;
	if (!live && !strcmp(from, "-"))
		return load_file(out, from, host, err);
	if (!live && !example) {
		if (stat(from, &status))
			return no_such_source(from, err);
		if (!S_ISDIR(status.st_mode))
			return load_file(out, from, host, err);
	}
	if (host)
		return no_domain(from, err);
	return live    ? load_directory(out, NULL, err) :
	       example ? hgx_topo_from_example(out, from + 8, err) :
			 load_directory(out, from, err);
}
