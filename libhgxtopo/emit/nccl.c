/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The NCCL topology file. NCCL reads it with its own parser, not an XML library: no declaration,
 * no tabs, one space before each attribute, none before '>', no entities, at most 255 elements,
 * at most 253 characters in a value. Measured with NCCL 2.28.9 and 2.30.7.
 *
 * The file lists what NCCL cannot find by itself: CPUs, one level of switches, and GPUs and NICs
 * with their links. NCCL adds the rest (gpu, nic, net, nvlink) at run time. If the file lists
 * switches only, NCCL also adds the GPUs and NICs, by their place in sysfs. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/bdf.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/options.h"
#include "util/text.h"
#include "model/distance.h"
#include "model/kind.h"
#include "model/link.h"
#include "model/topo.h"

#define MAX_ELEMENTS 255
#define MAX_VALUE 253
#define MAX_SPEED 64000 /* MT/s */

struct leaf {
	const struct hgx_node *node, *group; /* group: the uppermost switch above it, or NULL */
	char busid[BDF_TEXT];
};

struct nccl {
	const struct hgx_topo *topo;
	bool switches; /* lists CPUs and switches only */
	int words;     /* enum hgx_words */
	struct text text;
	struct leaf *leaves;
	size_t count, elements;
};

/* All NICs of a guest serve its GPUs. On a host, those serve them that share a switch with a
 * GPU. */
static bool listed(const struct hgx_node *node)
{
	if (!node->pci || node->pci->physical_function)
		return false;
	if (node->kind == HGX_GPU)
		return true;
	return node->kind == HGX_NIC && (node->topo->guest || shares_switch_with_gpu(node));
}

/* Whether the device is from a domain that was read without its host. */
static bool is_unknown(const struct hgx_node *node)
{
	return node->topo->guest && node->pci && !kind_of(node->kind)->bridge &&
	       !node->pci->vendor && !node->pci->class_code;
}

static int refuse_unknown(const struct nccl *nccl, const struct hgx_node *node,
			  struct hgx_error *err)
{
	return fail_node(
		err, RULE_DEVICE_UNKNOWN, node->name,
		"%s: device and link speed are unknown without the host's topology; give it too "
		"(%s)",
		node->name, option_name(nccl->words, OPTION_HOST).text);
}

/* NCCL takes all functions on a NIC's bus for ports of one card, and looks for function 0 of
 * device 0. So they get one leaf together. */
static bool add_leaf(struct nccl *nccl, const struct hgx_node *node)
{
	struct leaf *leaf = &nccl->leaves[nccl->count];
	struct hgx_bdf address = node->pci->address;

	if (node->kind == HGX_NIC)
		address.device = address.function = 0;
	snprintf(leaf->busid, sizeof(leaf->busid), "%s", bdf_text(address).text);
	for (size_t i = 0; i < nccl->count; i++)
		if (!strcmp(nccl->leaves[i].busid, leaf->busid))
			return true;
	leaf->node = node;
	leaf->group = top_switch(node);
	nccl->count++;
	return address.domain <= 0xffff;
}

static int nothing_to_write(const struct nccl *nccl, struct hgx_error *err)
{
	const struct hgx_node *root = nccl->topo->root;

	for (const struct hgx_node *node = root; node; node = node_next(root, node))
		if (is_unknown(node))
			return refuse_unknown(nccl, node, err);
	return fail(err, RULE_NO_GPU, "this machine has no GPU; NCCL does not need a file for it");
}

static int check(const struct nccl *nccl, struct hgx_error *err)
{
	if (!nccl->count)
		return nothing_to_write(nccl, err);
	for (size_t i = 0; nccl->switches && i < nccl->count; i++)
		if (nccl->leaves[i].group)
			return HGX_OK;
	return nccl->switches ? fail_option(err, RULE_NO_SWITCH, OPTION_CONTENT,
					    "no GPU or NIC is below a PCIe switch, so a file "
					    "that lists only switches would be empty; list the "
					    "devices instead") :
				HGX_OK;
}

static int collect(struct nccl *nccl, struct hgx_error *err)
{
	const struct hgx_node *root = nccl->topo->root;

	nccl->leaves = calloc(nccl->topo->count, sizeof(*nccl->leaves));
	if (!nccl->leaves)
		return fail_memory(err);
	for (const struct hgx_node *node = root; node; node = node_next(root, node)) {
		if (!listed(node))
			continue;
		if (is_unknown(node))
			return refuse_unknown(nccl, node, err);
		if (!add_leaf(nccl, node))
			return fail_node(err, RULE_NCCL_LIMIT, node->name,
					 "%s: NCCL only reads PCI domains of up to 4 digits",
					 node->name);
	}
	return check(nccl, err);
}

static const struct hgx_processor *processor_of(const struct hgx_topo *topo,
						const struct hgx_node *numa)
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

/* As many 32-bit words as the largest CPU number needs, most significant first. */
static int write_affinity(struct nccl *nccl, const struct hgx_node *numa, struct hgx_error *err)
{
	uint32_t words[(MAX_VALUE + 1) / 9] = { 0 };
	size_t count, all;
	uint32_t *ids = cpus_of_node(nccl->topo, NULL, &all);
	uint32_t last = ids && all ? ids[all - 1] : 0;
	size_t length = last / 32 + 1;

	free(ids);
	ids = cpus_of_node(nccl->topo, numa, &count);
	if (!ids)
		return fail_memory(err);
	if (length > ARRAY_SIZE(words)) {
		free(ids);
		return fail(err, RULE_NCCL_LIMIT,
			    "the machine has a CPU %u, but NCCL reads CPU masks only up to CPU "
			    "%zu",
			    last, 32 * ARRAY_SIZE(words) - 1);
	}
	for (size_t i = 0; numa && i < count; i++)
		words[ids[i] / 32] |= 1u << ids[i] % 32;
	free(ids);
	fputs(" affinity=\"", nccl->text.stream);
	while (length--)
		fprintf(nccl->text.stream, "%08x%s", words[length], length ? "," : "\"");
	return HGX_OK;
}

/* Whether a value needs no entities, which NCCL does not decode. */
static bool plain(const char *value)
{
	return value && *value && strlen(value) <= MAX_VALUE && !strpbrk(value, "\"'<>&");
}

static int write_cpu(struct nccl *nccl, const struct hgx_node *numa, struct hgx_error *err)
{
	const struct hgx_processor *cpu = processor_of(nccl->topo, numa);
	FILE *stream = nccl->text.stream;
	int code;

	nccl->elements++;
	if (numa)
		fprintf(stream, "  <cpu numaid=\"%u\"", numa->memory->id);
	else
		fputs("  <cpu numaid=\"-1\"", stream);
	code = write_affinity(nccl, numa, err);
	if (code)
		return code;
	if (cpu && plain(cpu->arch))
		fprintf(stream, " arch=\"%s\"", cpu->arch);
	if (cpu && plain(cpu->vendor))
		fprintf(stream, " vendor=\"%s\"", cpu->vendor);
	if (cpu && cpu->family >= 0 && cpu->model >= 0)
		fprintf(stream, " familyid=\"%d\" modelid=\"%d\"", cpu->family, cpu->model);
	fputs(">\n", stream);
	return HGX_OK;
}

/* NCCL compares the start of the speed with "32.0 GT/s PCIe" and others up to 64 GT/s, and takes
 * anything else for 8 GT/s. */
static void write_pci(struct nccl *nccl, const struct hgx_node *node, const char *busid,
		      unsigned depth, bool leaf)
{
	struct hgx_link link = link_usable(node);
	FILE *stream = nccl->text.stream;

	if (link.speed > MAX_SPEED)
		link.speed = MAX_SPEED;
	nccl->elements++;
	text_indent(&nccl->text, depth);
	fprintf(stream, "<pci busid=\"%s\" class=\"0x%06x\"", busid, node->pci->class_code);
	if (link.speed && link.width)
		fprintf(stream, " link_speed=\"%u.%u GT/s PCIe\" link_width=\"%u\"",
			link.speed / 1000, link.speed % 1000 / 100, link.width);
	fputs(leaf ? "/>\n" : ">\n", stream);
}

static void write_group(struct nccl *nccl, size_t first)
{
	const struct hgx_node *group = nccl->leaves[first].group;

	write_pci(nccl, group, group->name, 2, nccl->switches);
	if (nccl->switches)
		return;
	for (size_t i = first; i < nccl->count; i++)
		if (nccl->leaves[i].group == group)
			write_pci(nccl, nccl->leaves[i].node, nccl->leaves[i].busid, 3, true);
	fputs("    </pci>\n", nccl->text.stream);
}

static const struct hgx_node *numa_of(const struct leaf *leaf)
{
	return leaf->group && leaf->group->numa ? leaf->group->numa : leaf->node->numa;
}

static bool seen_before(const struct nccl *nccl, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (nccl->leaves[i].group == nccl->leaves[index].group)
			return true;
	return false;
}

static int write_numa(struct nccl *nccl, const struct hgx_node *numa, struct hgx_error *err)
{
	bool open = false;

	for (size_t i = 0; i < nccl->count; i++) {
		const struct leaf *leaf = &nccl->leaves[i];

		if (numa_of(leaf) != numa || (nccl->switches && !leaf->group))
			continue;
		if (!open) {
			int code = write_cpu(nccl, numa, err);

			if (code)
				return code;
		}
		open = true;
		if (!leaf->group)
			write_pci(nccl, leaf->node, leaf->busid, 2, true);
		else if (!seen_before(nccl, i))
			write_group(nccl, i);
	}
	if (open)
		fputs("  </cpu>\n", nccl->text.stream);
	return HGX_OK;
}

static int write_system(struct nccl *nccl, struct hgx_error *err)
{
	int code = HGX_OK;

	nccl->elements = 1;
	fputs("<system version=\"1\">\n", nccl->text.stream);
	for (const struct hgx_node *node = nccl->topo->root->first; !code && node;
	     node = node->next)
		if (node->kind == HGX_NUMA)
			code = write_numa(nccl, node, err);
	if (!code)
		code = write_numa(nccl, NULL, err);
	fputs("</system>\n", nccl->text.stream);
	if (!code && nccl->elements > MAX_ELEMENTS)
		code = fail(err, RULE_NCCL_LIMIT,
			    "%zu elements are needed for %zu GPUs and NICs, but NCCL reads at "
			    "most %d",
			    nccl->elements, nccl->count, MAX_ELEMENTS);
	return code;
}

int hgx_emit_nccl(const struct hgx_topo *topo, const struct hgx_nccl_options *options, char **out,
		  struct hgx_error *err)
{
	struct hgx_nccl_options own = { .size = sizeof(own) };
	struct nccl nccl = { .topo = topo };
	int code;

	*out = NULL;
	code = options_copy(&own, options, offsetof(struct hgx_nccl_options, content), err);
	if (!code)
		code = options_words(own.words, err);
	if (!code && own.content != HGX_NCCL_DEVICES && own.content != HGX_NCCL_SWITCHES)
		code = fail_option(err, RULE_OPTION_VALUE, OPTION_CONTENT,
				   "%s: %d is not a valid value",
				   option_name(own.words, OPTION_CONTENT).text, own.content);
	nccl.words = own.words;
	nccl.switches = own.content == HGX_NCCL_SWITCHES;
	if (!code)
		code = collect(&nccl, err);
	if (!code)
		code = text_open(&nccl.text, err);
	if (code) {
		free(nccl.leaves);
		return code;
	}
	code = write_system(&nccl, err);
	free(nccl.leaves);
	if (!code)
		return text_close(&nccl.text, out, err);
	text_close(&nccl.text, out, NULL);
	hgx_text_free(*out);
	*out = NULL;
	return code;
}
