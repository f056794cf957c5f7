/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks over the numbers of CPUs and NUMA nodes before hwloc gets a captured root. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/numbers.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/utf8.h"
#include "source/limits.h"

#define SYSTEM "sys/devices/system/"

struct names {
	const struct root *root;
	const char *stem; /* "cpu" */
	unsigned most, count;
	struct hgx_error *err;
};

static int too_many(const struct names *names)
{
	return fail_option(names->err, RULE_SYSFS_BROKEN, root_option(names->root),
			   "%s: " SYSTEM
			   "%s has more than %u directories %s0, %s1 and so on, which "
			   "no machine has; capture the machine again",
			   names->root->path, names->stem, names->most, names->stem, names->stem);
}

static bool is_number(const char *text)
{
	text += *text == '-';
	return *text && !text[strspn(text, "0123456789")];
}

/* hwloc takes letters for a 0. The kernel writes -1 where it does not know a number. */
static int check_ids(const struct names *names, const char *name)
{
	static const char *const files[] = { "physical_package_id", "die_id", "core_id" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[120], text[64];

		snprintf(path, sizeof(path), SYSTEM "cpu/%.40s/topology/%s", name, files[i]);
		if (root_read(names->root, path, text, sizeof(text)) < 0 || is_number(text))
			continue;
		text_clean(text);
		return fail_option(names->err, RULE_SYSFS_BROKEN, root_option(names->root),
				   "%s: %s is '%.40s', which is not a number; capture the machine "
				   "again",
				   names->root->path, path, text);
	}
	return HGX_OK;
}

static int check_name(void *context, int dir, const char *name)
{
	struct names *names = context;
	const char *digits = name + strlen(names->stem);

	(void)dir;
	if (strncmp(name, names->stem, strlen(names->stem)) || !*digits ||
	    digits[strspn(digits, "0123456789")])
		return HGX_OK;
	if (++names->count > names->most)
		return too_many(names);
	if (strtoul(digits, NULL, 10) < MAX_ELEMENTS)
		return strcmp(names->stem, "cpu") ? HGX_OK : check_ids(names, name);
	return fail_option(names->err, RULE_SYSFS_BROKEN, root_option(names->root),
			   "%s: " SYSTEM "%s/%.40s has a number above %d, which no machine has; "
			   "capture the machine again",
			   names->root->path, names->stem, name, MAX_ELEMENTS - 1);
}

static int check_names(const struct root *root, const char *dir, const char *stem, unsigned most,
		       struct hgx_error *err)
{
	struct names names = { root, stem, most, 0, err };
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

bool source_list(struct arena *arena, const struct root *root, const char *path, struct cpuset *out)
{
	char *text = root_read_all(root, path);
	bool good;

	*out = (struct cpuset){ NULL, 0 };
	if (!text)
		return false;
	text[strcspn(text, "\n")] = '\0';
	good = cpulist_read(arena, text, out);
	free(text);
	return good;
}

int source_numbers(const struct root *root, struct hgx_error *err)
{
	int code = check_names(root, SYSTEM "cpu", "cpu", MAX_ELEMENTS, err);

	if (!code)
		code = check_names(root, SYSTEM "node", "node", MAX_NUMA_NODES, err);
	return code ? code : check_online(root, err);
}
