/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks over the numbers of CPUs and NUMA nodes before hwloc gets a captured root. */
#include <stdlib.h>
#include <string.h>
#include "source/numbers.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/utf8.h"
#include "source/limits.h"

#define SYSTEM "sys/devices/system/"

struct names {
	const struct root *root;
	const char *stem; /* "cpu" */
	struct hgx_error *err;
};

static int check_name(void *context, int dir, const char *name)
{
	const struct names *names = context;
	const char *digits = name + strlen(names->stem);

	(void)dir;
	if (strncmp(name, names->stem, strlen(names->stem)) || !*digits ||
	    digits[strspn(digits, "0123456789")] || strtoul(digits, NULL, 10) < MAX_ELEMENTS)
		return HGX_OK;
	return fail_option(names->err, RULE_SYSFS_BROKEN, root_option(names->root),
			   "%s: " SYSTEM "%s/%.40s has a number above %d, which no machine has; "
			   "capture the machine again",
			   names->root->path, names->stem, name, MAX_ELEMENTS - 1);
}

static int check_names(const struct root *root, const char *dir, const char *stem,
		       struct hgx_error *err)
{
	struct names names = { root, stem, err };
	int code = root_list(root, dir, check_name, &names);

	return code == HGX_MISSING || code == HGX_UNREADABLE ? HGX_OK : code;
}

static int check_online(const struct root *root, struct hgx_error *err)
{
	char text[8192];
	struct arena arena = { 0 };
	struct cpuset nodes;
	int code = HGX_OK;

	if (root_read(root, SYSTEM "node/online", text, sizeof(text)) <= 0)
		return HGX_OK; /* hwloc then looks at the directories */
	if (!cpulist_read(&arena, text, &nodes)) {
		text_clean(text);
		code = fail_option(err, RULE_SYSFS_BROKEN, root_option(root),
				   "%s: " SYSTEM "node/online is '%.40s', which is not a list of "
				   "NUMA nodes such as 0-1; capture the machine again",
				   root->path, text);
	}
	arena_free(&arena);
	return code;
}

int source_numbers(const struct root *root, struct hgx_error *err)
{
	int code = check_names(root, SYSTEM "cpu", "cpu", err);

	if (!code)
		code = check_names(root, SYSTEM "node", "node", err);
	return code ? code : check_online(root, err);
}
