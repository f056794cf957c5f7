/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo check: an NCCL file, the guest that it is for, and a running guest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"

#define MAX_NCCL_MIB 1
#define DEFAULT_FILE "/var/run/nvidia-topologyd/virtualTopology.xml"

/* ------------------------------------------------------------------------------- what is given */

int nccl_load(struct nccl_request *nccl, struct hgx_error *err)
{
	if (!nccl->file)
		return HGX_OK;
	return read_input(&nccl->text, &nccl->length, nccl->file, MAX_NCCL_MIB,
			  "give an NCCL topology file", err);
}

/* The guest of the only domain; without one that can be read, there is none. */
static void take_domain(struct nccl_request *nccl, const struct hgx_topo *host,
			const struct hgx_check_options *check)
{
	struct hgx_domain_options options = { .size = sizeof(options),
					      .words = HGX_WORDS_OPTIONS,
					      .host = host,
					      .libvirt_version = check->plan->libvirt_version };
	const struct hgx_domain_text *domain = &check->domains[0];

	if (hgx_topo_from_domain(&nccl->domain, domain->data, domain->length, domain->name,
				 &options, NULL))
		nccl->domain = NULL;
	nccl->guest = nccl->domain;
	nccl->host = nccl->guest ? host : NULL;
}

static int take_running(struct nccl_request *nccl, const struct hgx_topo *seen,
			const struct vm_options *vm, struct hgx_error *err)
{
	struct hgx_error refusal;
	int code = running_load(&nccl->running, nccl->host_json, vm, err);

	if (code)
		return code;
	/* a refusal is a finding of the check of the guest */
	code = hgx_topo_match(&nccl->matched, seen, nccl->running.guest, &refusal);
	nccl->guest = code ? NULL : nccl->matched;
	if (!code || code == HGX_REFUSED)
		return HGX_OK;
	*err = refusal;
	return code;
}

int nccl_find_guest(struct nccl_request *nccl, const struct hgx_topo *source,
		    const struct hgx_check_options *check, const struct vm_options *vm,
		    bool planned, struct hgx_error *err)
{
	int code = HGX_OK;

	if (nccl->host_json)
		return take_running(nccl, source, vm, err);
	if (!nccl->file || !source)
		return HGX_OK;
	if (hgx_topo_is_guest(source)) {
		nccl->guest = source;
		return HGX_OK;
	}
	nccl->host = source;
	if (check->domain_count)
		take_domain(nccl, source, check);
	else if (planned)
		code = hgx_plan_new(&nccl->plan, source, &vm->plan, err);
	if (!code && nccl->plan)
		nccl->guest = hgx_plan_guest(nccl->plan);
	return code;
}

void nccl_free(struct nccl_request *nccl)
{
	running_free(&nccl->running);
	hgx_topo_free(nccl->domain);
	hgx_topo_free(nccl->matched);
	hgx_plan_free(nccl->plan);
	free(nccl->text);
}

/* ------------------------------------------------------------------------------------- checks */

int nccl_check(struct hgx_findings **out, const struct nccl_request *nccl,
	       const struct hgx_check_options *check, struct hgx_error *err)
{
	const char *name = nccl->file && strcmp(nccl->file, "-") ? nccl->file : NULL;

	if (!nccl->file)
		return HGX_OK;
	return hgx_check_nccl(out, nccl->text, nccl->length, name, nccl->guest, nccl->host, check,
			      err);
}

/* The text of a file below the root directory that was read; NULL: there is none. For free(). */
static char *text_below(const char *root, const char *name)
{
	struct hgx_error err;
	size_t length;
	char *path, *text = NULL;

	if (asprintf(&path, "%s%s", root, name) < 0)
		return NULL;
	if (!access(path, R_OK) && read_input(&text, &length, path, MAX_NCCL_MIB, "", &err))
		text = NULL;
	free(path);
	return text;
}

/* The name that a file has in the guest that was read from @root; NULL: it is not there. For
 * free(). */
static char *name_in_guest(const char *root, const char *file)
{
	char *real = file && strcmp(file, "-") ? realpath(file, NULL) : NULL;
	char *top = *root ? realpath(root, NULL) : strdup("");
	char *name = NULL;

	if (real && top && !strncmp(real, top, strlen(top)) && real[strlen(top)] == '/')
		name = strdup(real + strlen(top));
	free(real);
	free(top);
	return name;
}

/* What NCCL_CONF_FILE names, or .nccl.conf of the user. */
static char *user_conf(void)
{
	const char *file = getenv("NCCL_CONF_FILE"), *home = getenv("HOME");

	if (file && *file)
		return text_below("", file);
	return home && *home ? text_below(home, "/.nccl.conf") : NULL;
}

/* In the running guest itself the environment counts too; that of a captured one is unknown. */
int nccl_check_setup(struct hgx_findings **out, const struct nccl_request *nccl, const char *from,
		     const struct hgx_check_options *check, struct hgx_error *err)
{
	bool live = !from || !strcmp(from, "live");
	const char *root = live ? "" : from;
	char *name, *own, *system, *standard;
	int code;

	if (!nccl->host_json)
		return HGX_OK;
	name = name_in_guest(root, nccl->file);
	own = live ? user_conf() : text_below(root, "/root/.nccl.conf");
	system = text_below(root, "/etc/nccl.conf");
	standard = text_below(root, DEFAULT_FILE);
	code = hgx_check_nccl_setup(out, name, live ? getenv("NCCL_TOPO_FILE") : NULL, own, system,
				    standard != NULL, check, err);
	free(name);
	free(own);
	free(system);
	free(standard);
	return code;
}

/* -------------------------------------------------------------------------------------- --fix */

int nccl_tell_changes(const struct hgx_findings *changes, const char *file)
{
	const struct hgx_finding *change;

	for (size_t i = 0; (change = hgx_findings_at(changes, i)) != NULL; i++)
		if (printf("changed: %s\n", change->text) < 0)
			break;
	if (!hgx_findings_count(changes))
		printf("nothing changed\n");
	printf("%s: written\n", file);
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_FINE;
	say("standard output: the output is incomplete");
	return EXIT_ERROR;
}

int nccl_fix(struct hgx_findings **changes, const struct nccl_request *nccl, const char *file)
{
	const char *name = strcmp(nccl->file, "-") ? nccl->file : NULL;
	const struct hgx_topo *topo = nccl->guest ? nccl->guest : nccl->host;
	struct hgx_error err;
	char *text;
	int status;

	*changes = NULL;
	if (!topo) {
		say("the machine that the file is for cannot be read: nothing was written");
		return EXIT_ERROR;
	}
	if (hgx_fix_nccl(&text, changes, nccl->text, nccl->length, name, topo, &err))
		return report(&err);
	status = write_output(file, text);
	hgx_text_free(text);
	return status;
}
