/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an NCCL topology file says. Only what NCCL cannot find out by itself is listed: CPUs, one
 * level of switches, GPUs and NICs with their links. It attaches the rest (gpu, nic, net, nvlink)
 * at run time. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "emit/nccl_tree.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/words.h"
#include "model/classify.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/link.h"
#include "model/origin.h"
#include "model/topo.h"

#define INVENTED_PER_BUS 32
#define NVIDIA 0x10de
#define AMD 0x1002

/* NCCL drives the GPUs of NVIDIA, RCCL those of AMD; no vendor id: a domain without its host. */
static bool is_foreign_gpu(const struct hgx_node *node)
{
	uint16_t vendor = node->pci->vendor;

	return node->kind == HGX_GPU && vendor && vendor != NVIDIA && vendor != AMD;
}

/* In a guest all NICs are there for the GPUs; on a host those that share a switch with one. */
static bool is_listed(const struct hgx_node *node)
{
	if (node->kind == HGX_GPU)
		return counts_as_gpu(node) && !is_foreign_gpu(node);
	return node->kind == HGX_NIC && !node->pci->physical_function &&
	       (node->topo->guest || shares_switch_with_gpu(node));
}

static const struct origin *origin_at(const struct hgx_topo *guest, const struct hgx_node *node)
{
	for (size_t i = 0; i < guest->origins->count; i++) {
		const struct origin *origin = &guest->origins->items[i];

		if (node->topo->guest ? origin->device == node :
					!strcmp(origin->host_name, node->name))
			return origin;
	}
	return NULL;
}

bool nccl_listed(const struct hgx_node *node, struct nccl_choice choice)
{
	const struct hgx_topo *known = choice.guest ? choice.guest : node->topo;

	if (known->origins && (node->kind == HGX_GPU || node->kind == HGX_NIC)) {
		const struct origin *origin = origin_at(known, node);

		return origin && origin->near && !is_foreign_gpu(node);
	}
	if (choice.far_nics && node->kind == HGX_NIC && !node->pci->physical_function)
		return true;
	return is_listed(node);
}

/* A device of a domain that was read without its host. */
static bool is_unknown(const struct hgx_node *node)
{
	return node->topo->guest && node->pci && !kind_of(node->kind)->bridge &&
	       !node->pci->vendor && !node->pci->class_code;
}

static int refuse_unknown(const struct nccl_tree *tree, const struct hgx_node *node,
			  struct hgx_error *err)
{
	if (finding_has(&node->topo->findings, RULE_HOST_DEVICE_MISSING, NULL))
		return fail_node(
			err, RULE_DEVICE_UNKNOWN, node->name,
			"%s: device and link speed are unknown, because the host that was given "
			"does not have this device; give the host that the domain runs on",
			node->name);
	return fail_node(
		err, RULE_DEVICE_UNKNOWN, node->name,
		"%s: device and link speed are unknown without the host's topology; give it too "
		"(%s)",
		node->name, option_name(tree->words, OPTION_HOST).text);
}

/* Of a device that is known by its alias only, the class that NCCL tells GPUs and NICs by. */
static uint32_t class_of(const struct hgx_node *node)
{
	if (!is_unknown(node))
		return node->pci->class_code;
	return node->kind == HGX_GPU ? 0x030000 : 0x020000;
}

/* NCCL takes all functions on a NIC's bus for ports of one card and looks for function 0 of
 * device 0: one leaf for all of them. NULL: it is there already. */
static struct nccl_leaf *add_leaf(struct nccl_tree *tree, const struct hgx_node *node)
{
	struct nccl_leaf *leaf = &tree->leaves[tree->count];
	struct hgx_bdf address = node->pci->address;

	if (node->kind == HGX_NIC)
		address.device = address.function = 0;
	snprintf(leaf->busid, sizeof(leaf->busid), "%s", bdf_text(address).text);
	for (size_t i = 0; i < tree->count; i++)
		if (!strcmp(tree->leaves[i].busid, leaf->busid))
			return NULL;
	leaf->node = node;
	leaf->class_code = class_of(node);
	tree->count++;
	return leaf;
}

/* The one that is there, or a new one without busid. */
static struct nccl_switch *find_switch(struct nccl_tree *tree, const void *of)
{
	size_t i = 0;

	while (i < tree->switch_count && tree->switches[i].of != of)
		i++;
	tree->switch_count += i == tree->switch_count;
	tree->switches[i].of = of;
	return &tree->switches[i];
}

static const struct hgx_node *gpu_by(const struct nccl_tree *tree, uint16_t vendor)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->leaves[i].node->kind == HGX_GPU &&
		    tree->leaves[i].node->pci->vendor == vendor)
			return tree->leaves[i].node;
	return NULL;
}

/* NCCL reads version 1 only, RCCL version 2 only. */
static int find_reader(struct nccl_tree *tree, struct hgx_error *err)
{
	const struct hgx_node *amd = gpu_by(tree, AMD), *nvidia = gpu_by(tree, NVIDIA);

	tree->rccl = amd != NULL;
	if (!amd || !nvidia)
		return HGX_OK;
	return fail_node(err, RULE_GPUS_MIXED, amd->name,
			 "%s is AMD's GPU and %s is NVIDIA's: RCCL and NCCL read different "
			 "versions of the file; give each VM the GPUs of one maker",
			 amd->name, nvidia->name);
}

static int check(const struct nccl_tree *tree, struct hgx_error *err)
{
	const struct hgx_node *root = tree->topo->root;

	for (size_t i = 0; i < tree->count; i++)
		if (tree->leaves[i].node->pci->address.domain > 0xffff)
			return fail_node(err, RULE_NCCL_LIMIT, tree->leaves[i].node->name,
					 "%s: NCCL only reads PCI domains of up to 4 digits",
					 tree->leaves[i].node->name);
	if (tree->count)
		return HGX_OK;
	for (const struct hgx_node *node = root; node; node = node_next(root, node))
		if (is_unknown(node))
			return refuse_unknown(tree, node, err);
	for (const struct hgx_node *node = root; node; node = node_next(root, node))
		if (counts_as_gpu(node))
			return fail_node(
				err, RULE_NO_GPU, node->name,
				"this %s has no GPU of NVIDIA or AMD, and NCCL and RCCL use no "
				"others, such as %s %s; it does not need a file",
				tree->topo->guest ? "VM" : "machine", kind_of(node->kind)->label,
				node->name);
	return fail(err, RULE_NO_GPU, "this %s has no GPU; NCCL does not need a file for it",
		    tree->topo->guest ? "VM" : "machine");
}

/* ----------------------------------------------------- a machine by its own tree */

static const struct nccl_switch *switch_of_tree(struct nccl_tree *tree, const struct hgx_node *top)
{
	struct nccl_switch *group = top ? find_switch(tree, top) : NULL;

	if (!top || *group->busid)
		return group;
	snprintf(group->busid, sizeof(group->busid), "%s", top->name);
	group->class_code = top->pci->class_code;
	group->link = link_met(top);
	group->outer = switch_of_tree(tree, kept_switch(top->parent));
	return group;
}

static int cpus_of_tree(struct nccl_tree *tree, const struct hgx_node *numa,
			const struct nccl_cpu **out)
{
	struct nccl_cpu *cpu = &tree->cpus[tree->cpu_count++];
	uint32_t *ids = numa ? cpus_of_node(tree->topo, numa, &cpu->cpus.count) : NULL;

	cpu->id = numa ? (int)numa->memory->id : -1;
	cpu->processor = processor_of(tree->topo, numa);
	*out = cpu;
	if (!numa)
		return HGX_OK;
	cpu->cpus.ids = arena_alloc(&tree->arena, (cpu->cpus.count + 1) * sizeof(*ids));
	if (ids && cpu->cpus.ids)
		memcpy(cpu->cpus.ids, ids, cpu->cpus.count * sizeof(*ids));
	free(ids);
	return ids && cpu->cpus.ids ? HGX_OK : HGX_NO_MEMORY;
}

/* The devices on a NUMA node, or on none. */
static int numa_of_tree(struct nccl_tree *tree, const struct hgx_node *numa)
{
	const struct nccl_cpu *cpu = NULL;

	for (size_t i = 0; i < tree->count; i++) {
		struct nccl_leaf *leaf = &tree->leaves[i];

		if (origin_numa_of(leaf->node) != numa)
			continue;
		if (!cpu && cpus_of_tree(tree, numa, &cpu))
			return HGX_NO_MEMORY;
		leaf->cpu = cpu;
		leaf->link = link_met(leaf->node);
		leaf->group = switch_of_tree(tree, kept_switch(leaf->node));
	}
	return HGX_OK;
}

static int make_by_tree(struct nccl_tree *tree, struct hgx_error *err)
{
	const struct hgx_node *root = tree->topo->root;

	for (const struct hgx_node *node = root; node; node = node_next(root, node)) {
		if (!nccl_listed(node, tree->choice))
			continue;
		if (is_unknown(node) &&
		    finding_has(&node->topo->findings, RULE_HOST_DEVICE_MISSING, NULL))
			return refuse_unknown(tree, node, err);
		add_leaf(tree, node);
	}
	for (const struct hgx_node *node = root->first; node; node = node->next)
		if (node->kind == HGX_NUMA && numa_of_tree(tree, node))
			return fail_memory(err);
	return numa_of_tree(tree, NULL) ? fail_memory(err) : HGX_OK;
}

/* ------------------------------------------------------------ a guest by its host */

/* An address that no device of the guest has. NCCL tells switches apart by all but the last
 * digit: since 2.24 it takes functions of one device for ports of one card. */
static void invent_busid(struct nccl_switch *group, size_t number)
{
	struct hgx_bdf address = { 0xffff, (uint8_t)(0xff - number / INVENTED_PER_BUS),
				   (uint8_t)(number % INVENTED_PER_BUS), 0 };

	group->invented = true;
	snprintf(group->busid, sizeof(group->busid), "%s", bdf_text(address).text);
}

static const struct nccl_switch *
switch_of_origin(struct nccl_tree *tree, const struct origin_switch *origin, size_t *invented)
{
	struct nccl_switch *group = origin ? find_switch(tree, origin) : NULL;

	if (!origin || *group->busid)
		return group;
	group->outer = switch_of_origin(tree, origin->outer, invented);
	group->class_code = origin->class_code;
	group->link = origin->link;
	if (origin->port)
		snprintf(group->busid, sizeof(group->busid), "%s", origin->port->name);
	else
		invent_busid(group, ++*invented);
	return group;
}

/* Devices whose host is unknown although others' is known: what they are cannot be told. */
static int check_others(const struct nccl_tree *tree, struct hgx_error *err)
{
	const struct hgx_node *root = tree->topo->root;

	for (const struct hgx_node *node = root; node; node = node_next(root, node))
		if (is_listed(node) && is_unknown(node))
			return refuse_unknown(tree, node, err);
	return HGX_OK;
}

/* The devices on one node, so that invented addresses ascend in the file. */
static void numa_of_origins(struct nccl_tree *tree, const struct origins *origins,
			    const struct nccl_cpu *cpu, size_t *invented)
{
	for (size_t i = 0; i < origins->count; i++) {
		const struct origin *origin = &origins->items[i];
		struct nccl_leaf *leaf;

		if (!origin->near || is_foreign_gpu(origin->device) ||
		    origin->numa - origins->nodes != cpu - tree->cpus)
			continue;
		leaf = add_leaf(tree, origin->device);
		if (!leaf)
			continue;
		leaf->cpu = cpu;
		leaf->link = origin->link;
		leaf->group = switch_of_origin(tree, origin->group, invented);
	}
}

static int make_by_origins(struct nccl_tree *tree, struct hgx_error *err)
{
	const struct origins *origins = tree->topo->origins;
	size_t invented = 0;

	tree->cpu_count = origins->node_count;
	for (size_t i = 0; i < origins->node_count; i++) {
		tree->cpus[i] = (struct nccl_cpu){ origins->nodes[i].id, origins->nodes[i].vcpus,
						   origins->nodes[i].processor };
		numa_of_origins(tree, origins, &tree->cpus[i], &invented);
	}
	return check_others(tree, err);
}

static uint32_t last_cpu(const struct hgx_topo *topo)
{
	uint32_t last = 0;

	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->cpu && node->cpu->online && node->cpu->id > last)
			last = node->cpu->id;
	return last;
}

int nccl_tree_make(struct nccl_tree *tree, struct hgx_error *err)
{
	const struct hgx_topo *topo = tree->topo;
	const struct origins *origins = topo->origins;
	int code;

	tree->leaves = calloc(topo->count, sizeof(*tree->leaves));
	tree->switches = calloc(origins ? origins->switch_count + 1 : topo->count,
				sizeof(*tree->switches));
	tree->cpus = calloc(origins ? origins->node_count + 1 : topo->count + 1,
			    sizeof(*tree->cpus));
	if (!tree->leaves || !tree->switches || !tree->cpus)
		return fail_memory(err);
	tree->last_cpu = last_cpu(topo);
	code = origins ? make_by_origins(tree, err) : make_by_tree(tree, err);
	if (!code)
		code = check(tree, err);
	return code ? code : find_reader(tree, err);
}

void nccl_tree_free(struct nccl_tree *tree)
{
	free(tree->leaves);
	free(tree->switches);
	free(tree->cpus);
	arena_free(&tree->arena);
}
