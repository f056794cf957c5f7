/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading SOURCE of the command line: live, a directory, a JSON file, a libvirt domain, "-" for
 * one of these, or an example. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli.h"

#define MAX_MIB 64
#define EXAMPLE "example:"

/* What the text starts with, apart from blanks and a byte order mark: '<' of a domain, '{' of a
 * topology; 0 where it ends before. */
static char first_byte(const char *data, size_t length)
{
	size_t i = length >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < length && strchr(" \t\r\n", data[i]) && data[i])
		i++;
	return i < length ? data[i] : '\0';
}

/* Without --host, the domain is most likely for this machine, so its libvirt counts. */
static char *installed_libvirt(const struct domain_options *domain)
{
	char *version = NULL;

	if (!domain->host && !domain->libvirt)
		hgx_installed_version(&version, "libvirt", NULL);
	return version;
}

static int load_domain(struct hgx_topo **out, const char *data, size_t length, const char *name,
		       const struct domain_options *domain, struct hgx_error *err)
{
	struct hgx_domain_options options = { .size = sizeof(options), .words = HGX_WORDS_OPTIONS };
	char *installed = installed_libvirt(domain);
	struct hgx_topo *topo = NULL;
	int code = domain->host ? load_source(&topo, domain->host, NULL, err) : HGX_OK;

	options.host = topo;
	options.libvirt_version = domain->libvirt ? domain->libvirt : installed;
	if (!code)
		code = hgx_topo_from_domain(out, data, length, name, &options, err);
	hgx_topo_free(topo);
	hgx_text_free(installed);
	return code;
}

static int neither(const char *from, struct hgx_error *err)
{
	return input_failed(err, HGX_SYNTAX, input_name(from),
			    "neither a libvirt domain (XML) nor a topology (JSON); 'virsh dumpxml' "
			    "writes the one, 'hgxtopo dump --json' the other");
}

static int no_domain(const char *from, struct hgx_error *err)
{
	return input_failed(err, HGX_INVALID, from ? input_name(from) : "live",
			    "not a libvirt domain; --host is only valid with one");
}

/* Refuses --libvirt-version for a source that is not a domain, unless it is for a plan. */
static int check_version(struct hgx_topo **out, const char *from,
			 const struct domain_options *domain, struct hgx_error *err)
{
	if (!domain->libvirt || (domain->may_plan && !hgx_topo_is_guest(*out)))
		return HGX_OK;
	hgx_topo_free(*out);
	*out = NULL;
	return input_failed(
		err, HGX_INVALID, from ? input_name(from) : "live",
		"not a libvirt domain, so --libvirt-version does not apply; leave it out");
}

/* A text of which the kind is known by its first byte: a libvirt domain or our JSON. */
int load_text(struct hgx_topo **out, const char *data, size_t length, const char *from,
	      const struct domain_options *domain, struct hgx_error *err)
{
	char first = first_byte(data, length);
	int code;

	*out = NULL;
	if (first == '<' && domain->domains)
		++*domain->domains;
	if (first == '<')
		return load_domain(out, data, length, input_name(from), domain, err);
	if (first != '{')
		return neither(from, err);
	if (domain->host && !domain->domains)
		return no_domain(from, err);
	code = hgx_topo_from_json(out, data, length, input_name(from), err);
	return code ? code : check_version(out, from, domain, err);
}

static int load_file(struct hgx_topo **out, const char *from, const struct domain_options *domain,
		     struct hgx_error *err)
{
	char *data;
	size_t length;
	int code = read_input(&data, &length, from, MAX_MIB,
			      "give the output of 'hgxtopo dump --json'", err);

	if (code)
		return code;
	code = load_text(out, data, length, from, domain, err);
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

/* The library knows the names, but not that the command puts "example:" before them. */
static int load_example(struct hgx_topo **out, const char *from, struct hgx_error *err)
{
	int code = hgx_topo_from_example(out, from + strlen(EXAMPLE), err);

	if (!code || strcmp(err->rule, "example-missing"))
		return code;
	snprintf(err->text, sizeof(err->text), "%.300s: no such example; there is " EXAMPLE "%s",
		 from, hgx_example_name(0));
	clean(err->text);
	return code;
}

static int load_machine(struct hgx_topo **out, const char *from,
			const struct domain_options *domain, struct hgx_error *err)
{
	bool live = !from || !strcmp(from, "live");
	int code;

	if (domain->host && !domain->domains)
		return no_domain(from, err);
	if (!live && !strncmp(from, EXAMPLE, strlen(EXAMPLE)))
		code = load_example(out, from, err);
	else
		code = load_directory(out, live ? NULL : from, err);
	return code ? code : check_version(out, from, domain, err);
}

int load_source(struct hgx_topo **out, const char *from, const struct domain_options *domain,
		struct hgx_error *err)
{
	static const struct domain_options none = { NULL, NULL, false, NULL };
	struct stat status;

	*out = NULL;
	if (!domain)
		domain = &none;
	if (!from || !strcmp(from, "live") || !strncmp(from, EXAMPLE, strlen(EXAMPLE)))
		return load_machine(out, from, domain, err);
	if (!strcmp(from, "-"))
		return load_file(out, from, domain, err);
	if (stat(from, &status))
		return no_such_source(from, err);
	return S_ISDIR(status.st_mode) ? load_machine(out, from, domain, err) :
					 load_file(out, from, domain, err);
}

void say_unknown(const struct hgx_topo *topo, const char *from)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(findings[i].rule, "host-unknown")) {
			say("note: %s: what the devices that it assigns are is unknown; their models, "
			    "links and BARs are left out (--host SOURCE adds them)",
			    input_name(from));
			return;
		}
}
