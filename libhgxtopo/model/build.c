/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building a topology: nodes in any order, parents by name; then linked, then checked. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/build.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "model/classify.h"
#include "model/kind.h"
#include "model/topo.h"

/* Each function of a chain is on another bus, and the number of a bus has 8 bits. */
#define MAX_CHAIN 256

struct hgx_topo *build_new(void)
{
	struct hgx_topo *topo = calloc(1, sizeof(*topo));

	if (topo && !build_add(topo, HGX_MACHINE, "machine", NULL)) {
		hgx_topo_free(topo);
		return NULL;
	}
	if (topo)
		topo->root = topo->all;
	return topo;
}

struct hgx_node *build_add(struct hgx_topo *topo, enum hgx_kind kind, const char *name,
			   const char *parent)
{
	struct hgx_node *node = arena_alloc(&topo->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->name = arena_string(&topo->arena, name);
	node->topo = topo;
	node->parent_name = arena_string(&topo->arena, parent);
	node->all = topo->all;
	topo->all = node;
	topo->count++;
	return node;
}

struct hgx_node *build_pci(struct hgx_topo *topo, enum hgx_kind kind, struct hgx_bdf address,
			   const char *parent)
{
	struct hgx_node *node = build_add(topo, kind, bdf_text(address).text, parent);
	struct hgx_pci *pci = node ? arena_alloc(&topo->arena, sizeof(*pci)) : NULL;

	if (!pci)
		return NULL;
	pci->address = address;
	pci->revision = pci->numa_node = pci->iommu_group = pci->port_type = -1;
	pci->acs.state = pci->ats.state = HGX_UNKNOWN;
	node->pci = pci;
	node->order = (uint64_t)address.domain << 16 | (uint64_t)address.bus << 8 |
		      (uint64_t)address.device << 3 | address.function;
	return node;
}

struct hgx_node *build_host_bridge(struct hgx_topo *topo, uint32_t domain, uint8_t bus)
{
	char name[24];
	struct hgx_node *node;

	snprintf(name, sizeof(name), "pci%04x:%02x", domain, bus);
	node = build_add(topo, HGX_HOST_BRIDGE, name, "machine");
	if (node)
		node->order = (uint64_t)domain << 8 | bus;
	return node;
}

struct hgx_node *build_cpu(struct hgx_topo *topo, const struct hgx_cpu *cpu)
{
	char name[24];
	struct hgx_node *node;

	snprintf(name, sizeof(name), "cpu%u", cpu->id);
	node = build_add(topo, HGX_CPU, name, "machine");
	if (!node || !(node->cpu = arena_alloc(&topo->arena, sizeof(*cpu))))
		return NULL;
	*node->cpu = *cpu;
	node->order = cpu->id;
	return node;
}

struct hgx_node *build_numa(struct hgx_topo *topo, uint32_t id)
{
	char name[24];
	struct hgx_node *node;

	snprintf(name, sizeof(name), "node%u", id);
	node = build_add(topo, HGX_NUMA, name, "machine");
	if (!node || !(node->memory = arena_alloc(&topo->arena, sizeof(*node->memory))))
		return NULL;
	node->memory->id = id;
	node->order = id;
	topo->numa_count++;
	return node;
}

struct hgx_node *build_package(struct hgx_topo *topo, uint32_t id)
{
	char name[24];
	struct hgx_node *node;

	snprintf(name, sizeof(name), "package%u", id);
	node = build_add(topo, HGX_PACKAGE, name, "machine");
	if (!node || !(node->processor = arena_alloc(&topo->arena, sizeof(*node->processor))))
		return NULL;
	node->processor->id = id;
	node->processor->family = node->processor->model = -1;
	node->processor->address_bits = -1;
	node->order = id;
	return node;
}

/* Who reads a machine cannot correct what is read. */
static const char *remedy(const struct hgx_topo *topo, const char *of_author)
{
	return topo->remedy ? topo->remedy : of_author;
}

static int by_core(const void *a, const void *b)
{
	const struct hgx_cpu *x = (*(struct hgx_node *const *)a)->cpu;
	const struct hgx_cpu *y = (*(struct hgx_node *const *)b)->cpu;

	if (x->package != y->package)
		return x->package < y->package ? -1 : 1;
	if (x->die != y->die)
		return x->die < y->die ? -1 : 1;
	if (x->core != y->core)
		return x->core < y->core ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* One core per package, die and core number, sorted by its first CPU. */
static int add_cores(struct hgx_topo *topo, struct hgx_error *err)
{
	struct hgx_node **cpus = malloc(topo->count * sizeof(*cpus));
	struct hgx_node *core = NULL;
	size_t count = 0;

	if (!cpus)
		return fail_memory(err);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->cpu && node->cpu->package >= 0 && node->cpu->core >= 0)
			cpus[count++] = node;
	qsort(cpus, count, sizeof(*cpus), by_core);
	for (size_t i = 0; i < count; i++) {
		const struct hgx_cpu *cpu = cpus[i]->cpu, *last = i ? cpus[i - 1]->cpu : NULL;

		if (!last || last->package != cpu->package || last->die != cpu->die ||
		    last->core != cpu->core) {
			core = build_add(topo, HGX_CORE,
					 arena_format(&topo->arena, "core%d:%d:%d", cpu->package,
						      cpu->die < 0 ? 0 : cpu->die, cpu->core),
					 arena_format(&topo->arena, "package%d", cpu->package));
			if (!core)
				break;
			core->order = cpu->id;
		}
		cpus[i]->parent_name = core->name;
	}
	free(cpus);
	return topo->arena.failed ? fail_memory(err) : HGX_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct hgx_node *const *)a)->name, (*(struct hgx_node *const *)b)->name);
}

static int index_names(struct hgx_topo *topo, struct hgx_error *err)
{
	size_t count = 0;

	topo->by_name = arena_alloc(&topo->arena, topo->count * sizeof(struct hgx_node *));
	if (!topo->by_name)
		return fail_memory(err);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		topo->by_name[count++] = node;
	qsort(topo->by_name, count, sizeof(struct hgx_node *), by_name);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(topo->by_name[i - 1]->name, topo->by_name[i]->name))
			return fail_node(err, RULE_NODE_TWICE, topo->by_name[i]->name,
					 "%s appears twice; %s", topo->by_name[i]->name,
					 remedy(topo, "remove one of them"));
	return HGX_OK;
}

static int link_parent(struct hgx_node *node, struct hgx_error *err)
{
	struct hgx_node *parent = topo_find(node->topo, node->parent_name);

	if (!parent)
		return fail_node(err, RULE_PARENT_MISSING, node->name,
				 "%s: its parent %s does not exist; %s", node->name,
				 node->parent_name,
				 remedy(node->topo, "add it or correct the name"));
	if (!kind_may_hang_on(node->kind, parent->kind))
		return fail_node(
			err, RULE_PARENT_KIND, node->name, "%s: a %s cannot be below %s, a %s; %s",
			node->name, kind_of(node->kind)->label, parent->name,
			kind_of(parent->kind)->label, remedy(node->topo, "correct its parent"));
	node->parent = parent;
	return HGX_OK;
}

/* Stores depths on the way, so that each node is visited at most twice overall. */
static int find_depth(struct hgx_node *node, struct hgx_error *err)
{
	struct hgx_node *up = node;
	size_t steps = 0;

	for (; up->parent && !up->depth; up = up->parent)
		if (++steps > node->topo->count)
			return fail_node(err, RULE_PARENT_CYCLE, node->name,
					 "%s: the parents above it form a cycle; %s", node->name,
					 remedy(node->topo, "correct one of them"));
	steps += up->depth;
	if (node->pci && steps > MAX_CHAIN + 1) /* the first function has depth 2 */
		return fail_node(err, RULE_PARENT_DEPTH, node->name,
				 "%s: it ends a chain of more than %d PCI functions, but a PCI "
				 "domain has no more buses; correct the parents",
				 node->name, MAX_CHAIN);
	for (up = node; up->parent && !up->depth; up = up->parent)
		up->depth = steps--;
	return HGX_OK;
}

static int by_place(const void *a, const void *b)
{
	return node_compare(*(struct hgx_node *const *)a, *(struct hgx_node *const *)b);
}

/* Links the children from last to first, each in front of those already linked. */
static int link_children(struct hgx_topo *topo, struct hgx_error *err)
{
	struct hgx_node **sorted = malloc(topo->count * sizeof(*sorted));
	size_t count = 0;

	if (!sorted)
		return fail_memory(err);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		sorted[count++] = node;
	qsort(sorted, count, sizeof(*sorted), by_place);
	while (count--) {
		struct hgx_node *node = sorted[count];

		if (!node->parent)
			continue;
		node->next = node->parent->first;
		node->parent->first = node;
	}
	free(sorted);
	return HGX_OK;
}

int build_link(struct hgx_topo *topo, struct hgx_error *err)
{
	int code;

	code = add_cores(topo, err);
	if (!code)
		code = index_names(topo, err);
	for (struct hgx_node *node = topo->all; !code && node; node = node->all)
		if (node != topo->root)
			code = link_parent(node, err);
	for (struct hgx_node *node = topo->all; !code && node; node = node->all)
		code = find_depth(node, err);
	return code ? code : link_children(topo, err);
}

static int link_numa(struct hgx_node *node, struct hgx_error *err)
{
	int id = node->cpu ? node->cpu->numa_node : node->pci ? node->pci->numa_node : -1;

	if (node->kind == HGX_NUMA)
		node->numa = node;
	else if (id >= 0 && !(node->numa = topo_numa(node->topo, id)))
		return fail_node(err, RULE_NUMA_NODE_MISSING, node->name,
				 "%s: NUMA node %d does not exist; %s", node->name, id,
				 remedy(node->topo, "add it or correct the number"));
	else if (id < 0 && node->parent && node->pci)
		node->numa = node->parent->numa;
	return HGX_OK;
}

static int link_function(struct hgx_node *node, struct hgx_error *err)
{
	struct hgx_node *pf;

	if (node->kind == HGX_OTHER && node->direct_name) {
		struct hgx_node *nic = topo_find(node->topo, node->direct_name);

		node->direct_of = nic && nic->kind == HGX_NIC ? nic : NULL;
	}
	if (!node->pci || !node->pf_name)
		return HGX_OK;
	pf = topo_find(node->topo, node->pf_name);
	if (!pf || !pf->pci || pf == node || pf->pf_name)
		return fail_node(err, RULE_PHYSICAL_FUNCTION_MISSING, node->name,
				 "%s: its physical function %s does not exist or is not one; %s",
				 node->name, node->pf_name, remedy(node->topo, "correct it"));
	node->pci->physical_function = pf;
	return HGX_OK;
}

/* Puts a core on the NUMA node of its CPUs, or a root bus on that of its functions, if these
 * agree. */
static void share_numa(struct hgx_node *node)
{
	struct hgx_node *numa = NULL;

	for (struct hgx_node *child = node->first; child; child = child->next) {
		if (!child->numa)
			continue;
		if (numa && child->numa != numa)
			return;
		numa = child->numa;
	}
	node->numa = numa;
}

/* Whether a function goes along with a GPU, as another one of its card, such as audio, or with a
 * NIC. */
static bool goes_along(const struct hgx_node *node)
{
	if (node->direct_of)
		return true;
	for (const struct hgx_node *beside = node->parent->first; beside; beside = beside->next)
		if (kind_computes(beside->kind) &&
		    bdf_same_card(beside->pci->address, node->pci->address))
			return true;
	return false;
}

/* Marks an endpoint that people look for, and everything above it. */
static void mark_ways(struct hgx_node *node)
{
	if (!node->pci || kind_of(node->kind)->bridge ||
	    (node->kind == HGX_OTHER && !node->pci->host_use && !is_storage_card(node) &&
	     !is_unknown_card(node) && !is_vmd(node) && !goes_along(node)))
		return;
	for (; node && !node->in_tree; node = node->parent)
		node->in_tree = true;
}

int build_finish(struct hgx_topo *topo, struct hgx_error *err)
{
	struct hgx_node *node;
	size_t ranks = 0;
	int code = HGX_OK;

	for (node = topo->root->first; node; node = node->next)
		if (node->kind == HGX_NUMA)
			node->rank = ranks++;
	for (node = topo->root; !code && node; node = node_next(topo->root, node)) {
		code = link_numa(node, err);
		if (!code)
			code = link_function(node, err);
	}
	for (node = topo->root; !code && node; node = node_next(topo->root, node))
		if (node->kind == HGX_CORE || node->kind == HGX_HOST_BRIDGE)
			share_numa(node);
	for (node = topo->root; !code && node; node = node_next(topo->root, node))
		mark_ways(node);
	if (!code && topo->arena.failed)
		return fail_memory(err);
	return code;
}
