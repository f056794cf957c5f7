/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the kernel reports about CPUs and hwloc does not: address bits; vendor and
 * model where hwloc does not recognize the architecture; CPUs that are offline. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/cpuinfo.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/utf8.h"
#include "model/build.h"
#include "model/topo.h"
#include "source/numbers.h"
#include "source/package.h"
#include "source/root.h"

/* The value in a line of /proc/cpuinfo such as "cpu family\t: 6"; NULL if there is no
 * such line. */
static char *cpuinfo_value(char *text, const char *key)
{
	for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		size_t length = strlen(key);
		char *value = line + length;

		if (strncmp(line, key, length))
			continue;
		value += strspn(value, " \t");
		if (*value++ != ':')
			continue;
		return value + strspn(value, " \t");
	}
	return NULL;
}

/* The rest of the line; NULL if nothing is there. */
static const char *line_of(struct hgx_topo *topo, const char *value)
{
	size_t length = value ? strcspn(value, "\n") : 0;
	char *copy = length ? (char *)arena_copy(&topo->arena, value, length) : NULL;

	if (copy)
		text_clean(copy);
	return copy;
}

/* hwloc parses /proc/cpuinfo as x86 only if it gets the architecture from elsewhere,
 * which a captured root may lack. */
static void complete_processor(struct hgx_topo *topo, char *text, struct hgx_processor *processor)
{
	char *vendor, *family, *model;

	if (cpuinfo_value(text, "CPU implementer"))
		processor->arch = "arm64";
	vendor = cpuinfo_value(text, "vendor_id");
	family = cpuinfo_value(text, "cpu family");
	model = cpuinfo_value(text, "model");
	if (!vendor || !is_vendor(vendor) || !family || !model)
		return;
	processor->vendor = line_of(topo, vendor);
	if (!processor->name)
		processor->name = line_of(topo, cpuinfo_value(text, "model name"));
	processor->family = processor_number(family);
	processor->model = processor_number(model);
	processor->arch = "x86_64";
}

/* "address sizes\t: 52 bits physical, 57 bits virtual" */
static int address_bits(char *text)
{
	const char *value = cpuinfo_value(text, "address sizes");
	int bits, length = 0;

	if (!value || sscanf(value, "%3d bits physical%n", &bits, &length) != 1 || !length)
		return -1;
	return bits >= 32 && bits <= 64 ? bits : -1;
}

static void complete_processors(struct hgx_topo *topo, const struct root *root)
{
	char text[16384]; /* enough for the first CPU; all packages are alike */

	if (root_read(root, "proc/cpuinfo", text, sizeof(text)) <= 0)
		return;
	for (struct hgx_node *node = topo->all; node; node = node->all) {
		if (!node->processor)
			continue;
		node->processor->address_bits = address_bits(text);
		if (!node->processor->vendor)
			complete_processor(topo, text, node->processor);
	}
}

static bool is_online(const struct hgx_topo *topo, uint32_t id)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->cpu && node->cpu->id == id)
			return node->cpu->online;
	return false;
}

static int add_offline(struct hgx_topo *topo, const struct root *root)
{
	struct cpuset present, online;

	if (!source_list(&topo->arena, root, "sys/devices/system/cpu/present", &present))
		return HGX_OK;
	if (source_list(&topo->arena, root, "sys/devices/system/cpu/online", &online) &&
	    online.count == present.count)
		return HGX_OK;
	for (size_t i = 0; i < present.count; i++) {
		struct hgx_cpu cpu = {
			.id = present.ids[i], .package = -1, .die = -1, .core = -1, .numa_node = -1
		};

		if (!is_online(topo, cpu.id) && !build_cpu(topo, &cpu))
			return HGX_NO_MEMORY;
	}
	return HGX_OK;
}

int source_cpuinfo(struct hgx_topo *topo, const struct root *root, struct hgx_error *err)
{
	complete_processors(topo, root);
	return add_offline(topo, root) ? fail_memory(err) : HGX_OK;
}
