/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking up nodes, their order, and walking the tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/topo.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/utf8.h"
#include "model/finding.h"
#include "model/kind.h"

void hgx_topo_free(struct hgx_topo *topo)
{
	if (!topo)
		return;
	finding_free(&topo->findings);
	arena_free(&topo->arena);
	free(topo);
}

static int name_compare(const void *name, const void *node)
{
	return strcmp(name, (*(struct hgx_node *const *)node)->name);
}

struct hgx_node *topo_find(const struct hgx_topo *topo, const char *name)
{
	struct hgx_node **found = bsearch(name, topo->by_name, topo->count,
					  sizeof(struct hgx_node *), name_compare);

	return found ? *found : NULL;
}

struct hgx_node *topo_numa(const struct hgx_topo *topo, int id)
{
	char name[24];

	snprintf(name, sizeof(name), "node%d", id);
	return topo_find(topo, name);
}

/* The order of siblings by kind; PCI functions of all kinds rank the same. */
static int rank(const struct hgx_node *node)
{
	switch (node->kind) {
	case HGX_PACKAGE:
		return 0;
	case HGX_NUMA:
		return 1;
	case HGX_HOST_BRIDGE:
		return 3;
	case HGX_CPU:
		return 2;
	default:
		return 4;
	}
}

int node_compare(const struct hgx_node *a, const struct hgx_node *b)
{
	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return strcmp(a->name, b->name);
}

struct hgx_node *node_next(const struct hgx_node *top, const struct hgx_node *node)
{
	if (node->first)
		return node->first;
	while (node != top && !node->next)
		node = node->parent;
	return node == top ? NULL : node->next;
}

const struct hgx_node *hgx_topo_root(const struct hgx_topo *topo)
{
	return topo->root;
}

int hgx_topo_is_guest(const struct hgx_topo *topo)
{
	return topo->guest;
}

const char *hgx_topo_software(const struct hgx_topo *topo, const char *name)
{
	if (!strcmp(name, "libvirt"))
		return topo->libvirt;
	if (!strcmp(name, "qemu"))
		return topo->qemu;
	return strcmp(name, "ovmf") ? NULL : topo->ovmf;
}

const struct hgx_node *hgx_topo_find(const struct hgx_topo *topo, const char *name)
{
	struct hgx_bdf address;

	if (name && bdf_read(name, strlen(name), &address))
		return topo_find(topo, bdf_text(address).text);
	return name ? topo_find(topo, name) : NULL;
}

enum hgx_kind hgx_node_kind(const struct hgx_node *node)
{
	return node->kind;
}

const char *hgx_node_name(const struct hgx_node *node)
{
	return node->name;
}

const struct hgx_node *hgx_node_parent(const struct hgx_node *node)
{
	return node->parent;
}

const struct hgx_node *hgx_node_first_child(const struct hgx_node *node)
{
	return node->first;
}

const struct hgx_node *hgx_node_next_sibling(const struct hgx_node *node)
{
	return node->next;
}

const struct hgx_node *hgx_node_next(const struct hgx_node *top, const struct hgx_node *node)
{
	return node ? node_next(top, node) : top;
}

const struct hgx_node *hgx_node_next_of(const struct hgx_node *top, const struct hgx_node *node,
					enum hgx_kind kind)
{
	do
		node = hgx_node_next(top, node);
	while (node && node->kind != kind);
	return node;
}

const struct hgx_node *hgx_node_numa(const struct hgx_node *node)
{
	return node->numa;
}

const struct hgx_pci *hgx_node_pci(const struct hgx_node *node)
{
	return node->pci;
}

const struct hgx_cpu *hgx_node_cpu(const struct hgx_node *node)
{
	return node->cpu;
}

const struct hgx_memory *hgx_node_memory(const struct hgx_node *node)
{
	return node->memory;
}

const struct hgx_processor *hgx_node_processor(const struct hgx_node *node)
{
	return node->processor;
}

const struct hgx_processor *processor_of(const struct hgx_topo *topo, const struct hgx_node *numa)
{
	const struct hgx_node *package = NULL;

	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		if (node->kind == HGX_PACKAGE && !package)
			package = node;
		if (node->kind == HGX_CPU && numa && node->numa == numa &&
		    node->parent->kind == HGX_CORE) {
			package = node->parent->parent;
			break;
		}
	}
	return package ? package->processor : NULL;
}

struct title node_title(const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;
	struct title title;

	if (pci && pci->device_name)
		snprintf(title.text, sizeof(title.text), "%s %s (%s)", kind_of(node->kind)->label,
			 node->name, pci->device_name);
	else if (pci)
		snprintf(title.text, sizeof(title.text), "%s %s (%04x:%04x)",
			 kind_of(node->kind)->label, node->name, pci->vendor, pci->device);
	else
		snprintf(title.text, sizeof(title.text), "%s", node->name);
	text_clean(title.text); /* a long name may be cut in the middle of a character */
	return title;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint32_t *cpus_of_node(const struct hgx_topo *topo, const struct hgx_node *numa, size_t *count)
{
	uint32_t *ids = malloc(topo->count * sizeof(*ids));

	*count = 0;
	for (const struct hgx_node *node = topo->all; ids && node; node = node->all)
		if (node->cpu && node->cpu->online && (!numa || node->numa == numa))
			ids[(*count)++] = node->cpu->id;
	if (ids)
		qsort(ids, *count, sizeof(*ids), by_id);
	return ids;
}

size_t numa_rank(const struct hgx_node *numa)
{
	return numa->rank;
}

size_t hgx_topo_findings(const struct hgx_topo *topo, const struct hgx_finding **out)
{
	*out = topo->findings.items;
	return topo->findings.count;
}

bool is_huge_page(uint64_t bytes)
{
	return bytes == 2ull << 20 || bytes == 1ull << 30;
}

bool numa_is_usable(const struct hgx_node *numa)
{
	const struct hgx_topo *topo = numa->topo;

	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->cpu && node->cpu->online && node->numa == numa)
			return numa->memory->bytes > 0;
	return false;
}
