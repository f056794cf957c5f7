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

/* "00000000,0000ffff": words of 32 bits. hwloc takes anything for one. */
static bool is_mask(const char *text)
{
	size_t word = strspn(text, "0123456789abcdef");

	while (word && word <= 8 && text[word] == ',') {
		text += word + 1;
		word = strspn(text, "0123456789abcdef");
	}
	return word && word <= 8 && !text[word];
}

static int check_masks(const struct names *names, const char *name)
{
	static const char *const files[] = { "package_cpus", "core_siblings", "die_cpus",
					     "core_cpus", "thread_siblings" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[120], text[24600]; /* 65536 CPUs */

		snprintf(path, sizeof(path), SYSTEM "cpu/%.40s/topology/%s", name, files[i]);
		if (root_read(names->root, path, text, sizeof(text)) < 0 || is_mask(text))
			continue;
		text_clean(text);
		return fail_option(
			names->err, RULE_SYSFS_BROKEN, root_option(names->root),
			"%s: %s is '%.40s', which is not a set of CPUs such as 0000ffff; "
			"capture the machine again",
			names->root->path, path, text);
	}
	return HGX_OK;
}

static int check_cpu(const struct names *names, const char *name)
{
	int code = check_ids(names, name);

	return code ? code : check_masks(names, name);
}

static int check_name(void *context, int dir, const char *name)
{
	struct names *names = context;
	const char *digits = name + strlen(names->stem);

	(void)dir;
	if (strncmp(name, names->stem, strlen(names->stem)) || !*digits || !is_number(digits))
		return HGX_OK;
	if (++names->count > names->most)
		return too_many(names);
	if (*digits != '-' && strtoul(digits, NULL, 10) < MAX_ELEMENTS)
		return strcmp(names->stem, "cpu") ? HGX_OK : check_cpu(names, name);
	return fail_option(names->err, RULE_SYSFS_BROKEN, root_option(names->root),
			   "%s: " SYSTEM "%s/%.40s has a number %s, which no machine has; capture "
			   "the machine again",
			   names->root->path, names->stem, name,
			   *digits == '-' ? "below 0" : "above 65535");
}

static int check_names(const struct root *root, const char *dir, const char *stem, unsigned most,
		       struct hgx_error *err)
{
	struct names names = { root, stem, most, 0, err };
	int code = root_list(root, dir, check_name, &names);

	return code == HGX_MISSING || code == HGX_UNREADABLE ? HGX_OK : code;
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

/* hwloc takes what it cannot read for a 0, and ends the process for some lists. */
static int check_list(const struct root *root, const char *path, const char *of,
		      struct cpuset *list, struct arena *arena, struct hgx_error *err)
{
	char text[64];

	if (root_read(root, path, text, sizeof(text)) < 0)
		return HGX_OK; /* hwloc then looks at the directories */
	if (source_list(arena, root, path, list) && list->count)
		return HGX_OK;
	text_clean(text);
	return fail_option(err, RULE_SYSFS_BROKEN, root_option(root),
			   "%s: %s is '%.40s', which is not a list of %s such as 0-1; capture the "
			   "machine again",
			   root->path, path, text, of);
}

static bool is_listed(const struct cpuset *list, unsigned long id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->ids[i] == id)
			return true;
	return false;
}

struct listed {
	const struct root *root;
	const struct cpuset *list;
	size_t count;
	struct hgx_error *err;
};

/* The directories of NUMA nodes that are offline are not there. */
static int check_listed(void *context, int dir, const char *name)
{
	struct listed *listed = context;

	(void)dir;
	if (strncmp(name, "node", 4) || !name[4] || name[4 + strspn(name + 4, "0123456789")])
		return HGX_OK;
	listed->count++;
	if (is_listed(listed->list, strtoul(name + 4, NULL, 10)))
		return HGX_OK;
	return fail_option(listed->err, RULE_SYSFS_BROKEN, root_option(listed->root),
			   "%s: " SYSTEM
			   "node has a directory %.40s, but node/online does not list "
			   "that NUMA node; capture the machine again",
			   listed->root->path, name);
}

static int check_nodes(const struct root *root, const struct cpuset *list, struct hgx_error *err)
{
	struct listed listed = { root, list, 0, err };
	int code = list->count ? root_list(root, SYSTEM "node", check_listed, &listed) : HGX_OK;

	if (code || listed.count >= list->count)
		return code;
	return fail_option(err, RULE_SYSFS_BROKEN, root_option(root),
			   "%s: " SYSTEM
			   "node/online lists %zu NUMA node%s, but %zu of them have a "
			   "directory there; capture the machine again",
			   root->path, list->count, list->count == 1 ? "" : "s", listed.count);
}

static int check_lists(const struct root *root, struct hgx_error *err)
{
	struct arena arena = { 0 };
	struct cpuset cpus = { NULL, 0 }, nodes = { NULL, 0 };
	int code = check_list(root, SYSTEM "cpu/online", "CPUs", &cpus, &arena, err);

	if (!code)
		code = check_list(root, SYSTEM "cpu/present", "CPUs", &cpus, &arena, err);
	if (!code)
		code = check_list(root, SYSTEM "node/online", "NUMA nodes", &nodes, &arena, err);
	if (!code)
		code = check_nodes(root, &nodes, err);
	arena_free(&arena);
	return code;
}

int source_numbers(const struct root *root, struct hgx_error *err)
{
	int code = check_names(root, SYSTEM "cpu", "cpu", MAX_ELEMENTS, err);

	if (!code)
		code = check_names(root, SYSTEM "node", "node", MAX_NUMA_NODES, err);
	return code ? code : check_lists(root, err);
}
