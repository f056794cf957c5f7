/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several files at work: which one NCCL reads. The environment goes before the user's file of
 * settings, that before the system's, and all of them before the file that is read by default. */
#include <string.h>
#include "check/check.h"
#include "util/macros.h"
#include "util/text.h"

#define VARIABLE "NCCL_TOPO_FILE"
#define DEFAULT_FILE "/var/run/nvidia-topologyd/virtualTopology.xml"

/* Where a file is named, and which one; NULL: it is not named there. */
struct place {
	const char *where, *file;
};

/* The value of the variable in a file of settings; the first one counts. A line that begins with #
 * is a comment, and blanks are part of names and values. */
static const char *named_in(struct arena *arena, const char *conf)
{
	for (const char *line = conf; line && *line;) {
		size_t length = strcspn(line, "\n"), name = strlen(VARIABLE "=");

		if (length > name && !strncmp(line, VARIABLE "=", name))
			return arena_copy(arena, line + name, length - name);
		line += length + (line[length] == '\n');
	}
	return NULL;
}

/* /var/run is a link to /run. */
static bool same_file(const char *a, const char *b)
{
	static const char link[] = "/var/run/";

	a += !strncmp(a, link, strlen(link)) ? strlen("/var") : 0;
	b += !strncmp(b, link, strlen(link)) ? strlen("/var") : 0;
	return !strcmp(a, b);
}

static void report_used(struct check *check, const char *checked, const struct place *used)
{
	if (!used)
		check_add(check, RULE_NCCL_FILE_UNUSED, NULL, NULL,
			  "NCCL reads no topology file here, so not %s: " VARIABLE
			  " is not set, and there is no " DEFAULT_FILE,
			  checked);
	else
		check_add(check, RULE_NCCL_FILE_UNUSED, NULL, NULL,
			  "NCCL reads %s (%s) here, not %s", used->file, used->where, checked);
}

/* Files that NCCL would read if the first were not named. */
static void report_others(struct check *check, const struct place *places, size_t count,
			  const struct place *used)
{
	for (const struct place *other = used + 1; other < places + count; other++)
		if (other->file && !same_file(other->file, used->file))
			check_add(check, RULE_NCCL_FILES, NULL, NULL,
				  "NCCL reads %s (%s) and passes over %s (%s)", used->file,
				  used->where, other->file, other->where);
}

int hgx_check_nccl_setup(struct hgx_findings **out, const char *checked, const char *variable,
			 const char *user_conf, const char *system_conf, int default_file,
			 const struct hgx_check_options *options, struct hgx_error *err)
{
	struct check check;
	struct arena *arena;
	const struct place *used = NULL;
	int code;

	*out = NULL;
	code = check_begin(&check, options, err);
	if (code)
		return code;
	arena = &check.out->arena;
	const struct place places[] = {
		{ VARIABLE " in the environment", variable },
		{ VARIABLE " in ~/.nccl.conf", named_in(arena, user_conf) },
		{ VARIABLE " in /etc/nccl.conf", named_in(arena, system_conf) },
		{ "the default", default_file ? DEFAULT_FILE : NULL },
	};

	for (size_t i = ARRAY_SIZE(places); i--;)
		if (places[i].file)
			used = &places[i];
	if (checked && (!used || !same_file(checked, used->file)))
		report_used(&check, checked, used);
	if (used)
		report_others(&check, places, ARRAY_SIZE(places), used);
	return check_end(&check, HGX_OK, out, err);
}
