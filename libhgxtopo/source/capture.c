/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel says many things twice. In a captured root, where a file can be missing, cut or from
 * another time, the two are compared. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "source/capture.h"
#include "source/limits.h"
#include "source/numbers.h"
#include "model/finding.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/cpulist.h"
#include "util/error.h"

#define CPU "sys/devices/system/cpu"
#define NODE "sys/devices/system/node"

enum {
	ONLINE = 1,	/* an online CPU of the topology */
	OFFLINE = 2,	/* an offline one */
	DIRECTORY = 4,	/* has a directory */
	TOPOLOGY = 8,	/* which has a directory topology */
	IN_ONLINE = 16, /* listed in cpu/online */
	IN_PRESENT = 32,
	IN_NODE = 64, /* listed by a NUMA node */
};

struct compare {
	struct hgx_topo *topo;
	const struct root *root;
	uint8_t *cpus; /* MAX_ELEMENTS sets of flags */
};

static void note(const struct compare *c, const struct hgx_node *node, const char *text)
{
	finding_add(&c->topo->findings, &c->topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, node,
		    "capture the machine again", "%s", text);
}

/* Tells of the CPUs that have the flags @with and none of @without. @format has a place for
 * "CPU 3 and 5 others". */
static void note_cpus(const struct compare *c, uint8_t with, uint8_t without, const char *before,
		      const char *after)
{
	size_t count = 0, first = 0;

	for (size_t i = MAX_ELEMENTS; i--;)
		if ((c->cpus[i] & with) == with && !(c->cpus[i] & without)) {
			first = i;
			count++;
		}
	if (count == 1)
		note(c, NULL, arena_format(&c->topo->arena, "%s CPU %zu%s", before, first, after));
	else if (count)
		note(c, NULL,
		     arena_format(&c->topo->arena, "%s %zu CPUs, such as CPU %zu%s", before, count,
				  first, after));
}

static bool mark_list(struct compare *c, const char *path, uint8_t flag)
{
	struct cpuset list;

	if (!source_list(&c->topo->arena, c->root, path, &list))
		return false;
	for (size_t i = 0; i < list.count; i++)
		c->cpus[list.ids[i]] |= flag;
	return true;
}

static int mark_directory(void *context, int dir, const char *name)
{
	struct compare *c = context;
	char path[80];
	unsigned id;
	int length = 0;

	(void)dir;
	if (sscanf(name, "cpu%5u%n", &id, &length) != 1 || name[length] || id >= MAX_ELEMENTS)
		return HGX_OK;
	snprintf(path, sizeof(path), CPU "/cpu%u/topology", id);
	c->cpus[id] |= root_exists(c->root, path) ? DIRECTORY | TOPOLOGY : DIRECTORY;
	return HGX_OK;
}

static void mark_cpus(struct compare *c)
{
	for (const struct hgx_node *node = c->topo->all; node; node = node->all)
		if (node->cpu && node->cpu->id < MAX_ELEMENTS)
			c->cpus[node->cpu->id] |= node->cpu->online ? ONLINE : OFFLINE;
	root_list(c->root, CPU, mark_directory, c);
}

/* An offline CPU has a directory, but nothing in it tells its place. */
static void compare_cpus(struct compare *c)
{
	mark_cpus(c);
	if (mark_list(c, CPU "/online", IN_ONLINE))
		note_cpus(c, IN_ONLINE, ONLINE, CPU "/online lists",
			  ", which has no directory " CPU "/cpuN/topology or is offline in its own "
			  "file: taken for offline");
	note_cpus(c, TOPOLOGY, ONLINE | IN_ONLINE, CPU "/online does not list",
		  ", which has a directory topology, as only online CPUs have: taken for offline");
	if (!mark_list(c, CPU "/present", IN_PRESENT)) {
		note_cpus(c, DIRECTORY, ONLINE | TOPOLOGY,
			  CPU "/present is missing:", ", which is offline, is not shown");
		return;
	}
	note_cpus(c, DIRECTORY, IN_PRESENT | ONLINE, CPU "/present does not list",
		  ", which has a directory: not shown");
	note_cpus(c, IN_PRESENT, DIRECTORY, CPU "/present lists",
		  ", which has no directory: taken for offline");
}

/* Whether a mask such as "00000000,0000ffff" has exactly the CPUs of the list. */
static bool mask_is(const char *mask, const struct cpuset *list)
{
	size_t found = 0;
	uint32_t base = 0;

	for (size_t i = strlen(mask); i--;) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, mask[i]);

		if (mask[i] == ',')
			continue;
		if (!digit)
			return false;
		for (unsigned bit = 0; bit < 4; bit++) {
			if (!((size_t)(digit - digits) >> bit & 1))
				continue;
			if (found == list->count || list->ids[found++] != base + bit)
				return false;
		}
		base += 4;
	}
	return found == list->count;
}

static void compare_list(struct compare *c, const struct hgx_node *node)
{
	struct arena *arena = &c->topo->arena;
	const char *place = arena_format(arena, NODE "/%s", node->name);
	struct cpuset list;
	char *mask;

	if (!source_list(arena, c->root, arena_format(arena, "%s/cpulist", place), &list)) {
		note(c, node,
		     arena_format(arena,
				  "%s/cpulist is missing or not a list of CPUs: taken from cpumap",
				  place));
		return;
	}
	for (size_t i = 0; i < list.count; i++) {
		uint8_t *flags = &c->cpus[list.ids[i]];

		if (*flags & IN_NODE)
			note(c, node,
			     arena_format(
				     arena,
				     "%s/cpulist has CPU %u, which another NUMA node has as well: "
				     "taken for a CPU of the node with the lowest number",
				     place, list.ids[i]));
		*flags |= IN_NODE;
	}
	mask = root_read_all(c->root, arena_format(arena, "%s/cpumap", place));
	if (mask)
		mask[strcspn(mask, "\n")] = '\0';
	if (mask && !mask_is(mask, &list))
		note(c, node,
		     arena_format(arena,
				  "%s/cpulist has other CPUs than cpumap: taken from cpulist, and "
				  "from cpumap for those in no cpulist",
				  place));
	free(mask);
}

/* "Node 0 MemTotal:  263846912 kB"; -1 if it is missing or not a number of bytes. */
static int64_t stated_memory(const struct root *root, const char *path)
{
	static const char key[] = "MemTotal:";
	char *text = root_read_all(root, path), *found = text ? strstr(text, key) : NULL, *end;
	unsigned long long kib;
	int64_t bytes = -1;

	if (found) {
		found += strlen(key);
		found += strspn(found, " \t");
		kib = strtoull(found, &end, 10);
		if (end > found && *found != '-' && !strncmp(end, " kB", 3) &&
		    kib <= (uint64_t)MAX_MEMORY_BYTES / 1024)
			bytes = (int64_t)kib * 1024;
	}
	free(text);
	return bytes;
}

static void compare_memory(struct compare *c, struct hgx_node *node)
{
	struct arena *arena = &c->topo->arena;
	const char *path = arena_format(arena, NODE "/%s/meminfo", node->name);
	int64_t bytes = stated_memory(c->root, path);

	if (bytes < 0) {
		node->memory->bytes = 0;
		note(c, node,
		     arena_format(
			     arena,
			     "%s does not say how much memory %s has (MemTotal): taken for none",
			     path, node->name));
	}
}

struct page_files {
	struct compare *compare;
	const struct hgx_node *node;
};

/* The number of pages in a file; -1 if it has none. */
static int64_t stated_pages(const struct root *root, const char *path)
{
	char text[64];
	long length = root_read(root, path, text, sizeof(text));

	if (length <= 0 || length > 18 || text[strspn(text, "0123456789")])
		return -1;
	return strtoll(text, NULL, 10);
}

/* A directory such as hugepages-1048576kB. */
static int compare_size(void *context, int dir, const char *name)
{
	const struct page_files *files = context;
	struct compare *c = files->compare;
	struct arena *arena = &c->topo->arena;
	const char *place = arena_format(arena, NODE "/%s/hugepages/%s", files->node->name, name);
	int64_t total, spare;

	(void)dir;
	if (strncmp(name, "hugepages-", 10))
		return HGX_OK;
	total = stated_pages(c->root, arena_format(arena, "%s/nr_hugepages", place));
	spare = stated_pages(c->root, arena_format(arena, "%s/free_hugepages", place));
	if (total < 0 || spare < 0)
		note(c, files->node,
		     arena_format(arena, "%s/%s is missing or not a number of pages: taken for 0",
				  place, total < 0 ? "nr_hugepages" : "free_hugepages"));
	if (total < 0 || spare <= total)
		return HGX_OK;
	note(c, files->node,
	     arena_format(
		     arena,
		     "%s/free_hugepages has more pages than nr_hugepages: all are taken for free",
		     place));
	return HGX_OK;
}

static void compare_pages(struct compare *c, const struct hgx_node *node)
{
	struct page_files files = { c, node };

	root_list(c->root, arena_format(&c->topo->arena, NODE "/%s/hugepages", node->name),
		  compare_size, &files);
}

static size_t count_functions(const struct hgx_topo *topo, const struct hgx_node *physical)
{
	size_t count = 0;

	for (const struct hgx_node *node = topo->all; node; node = node->all)
		count += node->pf_name && !strcmp(node->pf_name, physical->name);
	return count;
}

static void compare_functions(struct compare *c)
{
	for (struct hgx_node *node = c->topo->all; node; node = node->all) {
		size_t count;

		if (!node->pci || node->pci->sriov_total <= 0)
			continue;
		count = count_functions(c->topo, node);
		if ((size_t)node->pci->sriov_enabled == count)
			continue;
		note(c, node,
		     arena_format(&c->topo->arena,
				  "%s: sriov_numvfs in sysfs is %d, but %zu virtual functions are "
				  "there: taken for %zu",
				  node->name, node->pci->sriov_enabled, count, count));
		node->pci->sriov_enabled = (int)count;
	}
}

static int compare_nodes(struct compare *c)
{
	for (struct hgx_node *node = c->topo->all; node; node = node->all) {
		char path[80];

		if (!node->memory)
			continue;
		snprintf(path, sizeof(path), NODE "/%s", node->name);
		if (!root_exists(c->root, path)) /* a kernel without NUMA: hwloc makes one up */
			continue;
		compare_list(c, node);
		compare_memory(c, node);
		compare_pages(c, node);
	}
	if (c->topo->numa_count > 1)
		note_cpus(c, ONLINE, IN_NODE, NODE "/node*/cpulist: no NUMA node has",
			  ": taken for one of the node that cpumap says, or of none");
	return c->topo->arena.failed ? HGX_NO_MEMORY : HGX_OK;
}

int capture_compare(struct hgx_topo *topo, const struct root *root)
{
	struct compare compare = { topo, root, calloc(MAX_ELEMENTS, 1) };
	int code = HGX_NO_MEMORY;

	if (compare.cpus) {
		compare_cpus(&compare);
		compare_functions(&compare);
		code = compare_nodes(&compare);
	}
	free(compare.cpus);
	return code;
}

struct linked {
	const struct root *root;
	int links; /* the directory sys/bus/pci/devices */
	const char *path;
	struct hgx_error *err;
};

static int check_link(void *context, int dir, const char *name)
{
	const struct linked *linked = context;
	struct hgx_bdf address;
	struct stat status;

	(void)dir;
	if (!bdf_read(name, strlen(name), &address) ||
	    !fstatat(linked->links, name, &status, AT_SYMLINK_NOFOLLOW))
		return HGX_OK;
	return fail_about(linked->err, RULE_SYSFS_BROKEN, root_option(linked->root), name,
			  "%s: %s has a directory %s, but sys/bus/pci/devices has no such link; "
			  "capture the machine with its links",
			  linked->root->path, linked->path, name);
}

int capture_linked(const struct root *root, const char *path, struct hgx_error *err)
{
	struct linked linked = { root, root_dir(root, "sys/bus/pci/devices"), path, err };
	int code = linked.links < 0 ? HGX_OK : root_list(root, path, check_link, &linked);

	if (linked.links >= 0)
		close(linked.links);
	return code == HGX_MISSING || code == HGX_UNREADABLE ? HGX_OK : code;
}
