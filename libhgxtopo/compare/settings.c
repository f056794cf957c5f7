/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each function makes a number of what is set about it and where it is below its root bus; sums of
 * these make the numbers of root buses, and their sum that of the machine. So the order of what is
 * alike does not count. */
#include <stdbool.h>
#include <stdlib.h>
#include "compare/hash.h"
#include "compare/machine.h"
#include "compare/settings.h"
#include "model/kind.h"
#include "model/topo.h"

/* The functions of a machine, by IOMMU group, each with its identity: place, model and node. */
struct function {
	const struct hgx_node *node, *bridge;
	uint64_t identity, settings;
};

struct functions {
	struct function *items;
	size_t count;
};

static uint64_t identity_of(const struct hgx_node *node)
{
	uint64_t hash = hash_number(HASH_START, node->kind);

	if (node->kind != HGX_NVME)
		hash = hash_number(hash, (uint64_t)node->pci->vendor << 16 | node->pci->device);
	hash = hash_number(hash, node->numa ? 1 + numa_rank(node->numa) : 0);
	for (; node->pci; node = node->parent)
		hash = hash_number(hash, (uint64_t)node->pci->address.device << 3 |
						 node->pci->address.function);
	return hash;
}

static const struct hgx_node *bridge_of(const struct hgx_node *node)
{
	while (node->pci)
		node = node->parent;
	return node;
}

static int by_group(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return (x->node->pci->iommu_group > y->node->pci->iommu_group) -
	       (x->node->pci->iommu_group < y->node->pci->iommu_group);
}

static bool collect(struct functions *functions, const struct hgx_topo *topo)
{
	functions->count = 0;
	functions->items = calloc(topo->count, sizeof(*functions->items));
	if (!functions->items)
		return false;
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci && !node->pci->physical_function)
			functions->items[functions->count++] =
				(struct function){ node, bridge_of(node), identity_of(node), 0 };
	qsort(functions->items, functions->count, sizeof(*functions->items), by_group);
	return true;
}

/* Who shares the group of a device, and how near they are. @first to @end: the group. */
static uint64_t group_of(const struct function *one, const struct function *first,
			 const struct function *end)
{
	uint64_t sum = 0;

	if (one->node->pci->iommu_group < 0 || !kind_is_device(one->node->kind))
		return 0;
	for (const struct function *other = first; other < end; other++)
		sum += hash_mix(hash_number(other->identity, hgx_distance(one->node, other->node)));
	return 1 + sum;
}

static uint64_t hash_capability(uint64_t hash, struct hgx_capability capability)
{
	hash = hash_number(hash, capability.state);
	return hash_number(hash, capability.control);
}

/* Drives of another model have other BARs and capabilities. */
static uint64_t hash_model(uint64_t hash, const struct hgx_pci *pci)
{
	for (int i = 0; i < HGX_BARS - 1; i++)
		hash = hash_number(hash, pci->bars[i].size);
	hash = hash_capability(hash_capability(hash, pci->acs), pci->ats);
	hash = hash_number(hash, (uint64_t)pci->sriov_total);
	return hash_number(hash, (uint64_t)pci->sriov_enabled);
}

static uint64_t hash_link(uint64_t hash, const struct hgx_node *node)
{
	struct hgx_link now, possible;

	hgx_node_link(node, &now, &possible);
	hash = hash_number(hash_number(hash, possible.speed), possible.width);
	return hash_number(hash_number(hash, kind_computes(node->kind) ? 0 : now.speed), now.width);
}

static uint64_t hash_function(const struct function *function, uint64_t group)
{
	const struct hgx_node *node = function->node;
	uint64_t hash = hash_number(hash_link(function->identity, node), group);

	if (node->kind != HGX_NVME)
		hash = hash_model(hash, node->pci);
	if (node->kind == HGX_NIC)
		hash = hash_number(hash, node->pci->class_code);
	return kind_of(node->kind)->matched ? hash_text(hash, node->pci->driver) : hash;
}

static void hash_functions(const struct functions *functions)
{
	struct function *first = functions->items, *last = first + functions->count, *end;

	for (; first < last; first = end) {
		for (end = first; end < last && !by_group(first, end);)
			end++;
		for (struct function *one = first; one < end; one++)
			one->settings = hash_function(one, group_of(one, first, end));
	}
}

static int by_bridge(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return (x->bridge->order > y->bridge->order) - (x->bridge->order < y->bridge->order);
}

/* The sum of the root buses, of which each is the sum of its functions. */
static uint64_t add_up(const struct functions *functions)
{
	const struct function *items = functions->items;
	uint64_t sum = 0;

	qsort(functions->items, functions->count, sizeof(*items), by_bridge);
	for (size_t i = 0, end; i < functions->count; i = end) {
		uint64_t bus = 0;

		for (end = i; end < functions->count && !by_bridge(&items[i], &items[end]); end++)
			bus += hash_mix(items[end].settings);
		sum += hash_mix(bus);
	}
	return sum;
}

static uint64_t hash_memory(uint64_t hash, const struct hgx_node *numa)
{
	const struct hgx_memory *memory = numa->memory;

	hash = hash_number(hash, memory_built_in(numa));
	hash = hash_number(hash, cpus_on(numa));
	hash = hash_number(hash, pages_of_size(memory, 2ull << 20));
	hash = hash_number(hash, pages_of_size(memory, 1ull << 30));
	for (size_t i = 0; memory->distances && i < memory->distance_count; i++)
		hash = hash_number(hash, memory->distances[i]);
	return hash;
}

static uint64_t hash_machine(const struct hgx_topo *topo)
{
	uint64_t hash = hash_number(HASH_START, cpu_counts_of(topo).online);

	for (const struct hgx_node *node = topo->root->first; node; node = node->next)
		if (node->processor)
			hash = hash_number(hash, (uint64_t)node->processor->address_bits);
		else if (node->memory)
			hash = hash_memory(hash, node);
	return hash;
}

int settings_of(const struct hgx_topo *topo, uint64_t *out)
{
	struct functions functions;

	if (!collect(&functions, topo))
		return HGX_NO_MEMORY;
	hash_functions(&functions);
	*out = hash_number(hash_machine(topo), add_up(&functions));
	free(functions.items);
	return HGX_OK;
}
