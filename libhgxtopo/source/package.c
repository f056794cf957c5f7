/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On POWER, s390, some arm64 and in old VMs physical_package_id is -1. Such CPUs get one package
 * for each NUMA node that has some. */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "source/package.h"
#include "model/build.h"
#include "model/finding.h"
#include "util/arena.h"

#define MAX_NUMBER 65535

int processor_number(const char *text)
{
	long number = isdigit((unsigned char)*text) ? strtol(text, NULL, 10) : -1;

	return number <= MAX_NUMBER ? (int)number : -1;
}

bool is_vendor(const char *text)
{
	return isalpha((unsigned char)text[strspn(text, " ")]);
}

/* The package of a NUMA node's CPUs that have none. */
struct stand_in {
	struct stand_in *next;
	int numa_node; /* -1: of those whose node is unknown */
	uint32_t package;
};

bool package_exists(const struct hgx_topo *topo, uint32_t id)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->processor && node->processor->id == id)
			return true;
	return false;
}

/* The number of the node if no package has it, else the lowest that none has. */
static struct stand_in *stand_in_new(struct hgx_topo *topo, int numa_node)
{
	struct stand_in *made = arena_alloc(&topo->arena, sizeof(*made));
	uint32_t id = numa_node < 0 ? 0 : (uint32_t)numa_node;

	if (!made)
		return NULL;
	for (uint32_t other = 0; package_exists(topo, id); other++)
		id = other;
	made->numa_node = numa_node;
	made->package = id;
	return build_package(topo, id) ? made : NULL;
}

static struct stand_in *stand_in_of(struct stand_in *list, int numa_node)
{
	while (list && list->numa_node != numa_node)
		list = list->next;
	return list;
}

static bool lacks_package(const struct hgx_node *node)
{
	return node->cpu && node->cpu->online && node->cpu->package < 0;
}

int source_packages(struct hgx_topo *topo)
{
	struct stand_in *list = NULL;
	size_t count = 0;

	for (struct hgx_node *node = topo->all; node; node = node->all) {
		struct stand_in *own;

		if (!lacks_package(node))
			continue;
		own = stand_in_of(list, node->cpu->numa_node);
		if (!own) {
			own = stand_in_new(topo, node->cpu->numa_node);
			if (!own)
				return HGX_NO_MEMORY;
			own->next = list;
			list = own;
		}
		node->cpu->package = (int)own->package;
		count++;
	}
	if (count)
		finding_add(&topo->findings, &topo->arena, RULE_PACKAGE_UNKNOWN, HGX_NOTE, NULL,
			    NULL,
			    "sysfs does not say which package %zu CPUs belong to: those of each "
			    "NUMA node are taken for one package",
			    count);
	return HGX_OK;
}
