/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The NCCL topology file, or RCCL's where the GPUs are AMD's. NCCL reads it with a parser of its
 * own, not an XML library: no declaration, no tabs, one space before each attribute, none before
 * '>', no entities, at most 255 elements and 253 characters a value. Measured with NCCL 2.28.9
 * and 2.30.7. RCCL has the same parser.
 *
 * Where only switches are listed, NCCL attaches the GPUs and NICs too, by their place in sysfs. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "emit/nccl.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/options.h"
#include "util/text.h"
#include "model/topo.h"

#define MAX_ELEMENTS 255
#define MAX_VALUE 253
#define FASTEST 64000 /* MT/s */

struct nccl {
	struct nccl_tree tree;
	bool switches; /* nothing but them and the CPUs */
	struct text text;
	size_t elements;
};

/* Whether a device makes its switch and CPU part of the file. A switch that the guest does not
 * have gets no device by its place in sysfs. */
static bool counts(const struct nccl *nccl, const struct nccl_leaf *leaf)
{
	const struct nccl_switch *group = leaf->group;

	while (group && group->outer)
		group = group->outer;
	return !nccl->switches || (group && !group->invented);
}

static int check(const struct nccl *nccl, struct hgx_error *err)
{
	for (size_t i = 0; i < nccl->tree.count; i++)
		if (counts(nccl, &nccl->tree.leaves[i]))
			return HGX_OK;
	return fail_option(err, RULE_NO_SWITCH, OPTION_CONTENT,
			   "no PCIe switch has GPUs and NICs below it as on the host, so a file "
			   "that lists only switches would be empty; list the devices instead");
}

/* 32-bit words, most significant first, as many as the largest CPU number takes. */
static int write_affinity(struct nccl *nccl, const struct cpuset *cpus, struct hgx_error *err)
{
	uint32_t words[(MAX_VALUE + 1) / 9] = { 0 }, last = nccl->tree.last_cpu;
	size_t length = last / 32 + 1;

	if (length > ARRAY_SIZE(words))
		return fail(err, RULE_NCCL_LIMIT,
			    "the machine has a CPU %u, but NCCL reads CPU masks only up to CPU "
			    "%zu",
			    last, 32 * ARRAY_SIZE(words) - 1);
	for (size_t i = 0; i < cpus->count; i++)
		words[cpus->ids[i] / 32] |= 1u << cpus->ids[i] % 32;
	fputs(" affinity=\"", nccl->text.stream);
	while (length--)
		fprintf(nccl->text.stream, "%08x%s", words[length], length ? "," : "\"");
	return HGX_OK;
}

/* Letters, digits, blanks and the like; NCCL decodes no entities. */
static bool plain(const char *value)
{
	return value && *value && strlen(value) <= MAX_VALUE && !strpbrk(value, "\"'<>&");
}

/* RCCL compares with base family + (extended family << 4) as CPUID has them; Linux adds the two up.
 */
static int family_of(const struct nccl *nccl, const struct hgx_processor *processor)
{
	const int base = 0xf;

	if (!nccl->tree.rccl || processor->family <= base)
		return processor->family;
	return base + ((processor->family - base) << 4);
}

static int write_cpu(struct nccl *nccl, const struct nccl_cpu *cpu, struct hgx_error *err)
{
	const struct hgx_processor *processor = cpu->processor;
	FILE *stream = nccl->text.stream;
	int code;

	nccl->elements++;
	fprintf(stream, "  <cpu numaid=\"%d\"", cpu->id);
	code = write_affinity(nccl, &cpu->cpus, err);
	if (code)
		return code;
	if (processor && plain(processor->arch))
		fprintf(stream, " arch=\"%s\"", processor->arch);
	if (processor && plain(processor->vendor))
		fprintf(stream, " vendor=\"%s\"", processor->vendor);
	if (processor && processor->family >= 0 && processor->model >= 0)
		fprintf(stream, " familyid=\"%d\" modelid=\"%d\"", family_of(nccl, processor),
			processor->model);
	fputs(">\n", stream);
	return HGX_OK;
}

/* NCCL compares the beginning of the speed with "32.0 GT/s PCIe" and the like, up to 64, and
 * takes anything else for 8 GT/s. */
static void write_pci(struct nccl *nccl, const char *busid, uint32_t class_code,
		      struct hgx_link link, unsigned depth, bool leaf)
{
	FILE *stream = nccl->text.stream;

	if (link.speed > FASTEST)
		link.speed = FASTEST;
	nccl->elements++;
	text_indent(&nccl->text, depth);
	fprintf(stream, "<pci busid=\"%s\" class=\"0x%06x\"", busid, class_code);
	if (link.speed && link.width)
		fprintf(stream, " link_speed=\"%u.%u GT/s PCIe\" link_width=\"%u\"",
			link.speed / 1000, link.speed % 1000 / 100, link.width);
	fputs(leaf ? "/>\n" : ">\n", stream);
}

/* The switch right below @outer that a device is below; NULL: the device itself is right below it.
 */
static const struct nccl_switch *branch_of(const struct nccl_leaf *leaf,
					   const struct nccl_switch *outer)
{
	const struct nccl_switch *group = leaf->group;

	while (group && group != outer && group->outer != outer)
		group = group->outer;
	return group == outer ? NULL : group;
}

static bool is_below(const struct nccl_leaf *leaf, const struct nccl_switch *outer)
{
	const struct nccl_switch *group = leaf->group;

	while (group && group != outer)
		group = group->outer;
	return group == outer;
}

static bool is_first(const struct nccl *nccl, size_t index, const struct nccl_switch *group)
{
	for (size_t i = 0; i < index; i++)
		if (is_below(&nccl->tree.leaves[i], group))
			return false;
	return true;
}

static void write_below(struct nccl *nccl, const struct nccl_cpu *cpu,
			const struct nccl_switch *outer, unsigned depth);

/* Where only switches are listed, NCCL finds the inner ones with the devices. */
static void write_switch(struct nccl *nccl, const struct nccl_cpu *cpu,
			 const struct nccl_switch *group, unsigned depth)
{
	write_pci(nccl, group->busid, group->class_code, group->link, depth, nccl->switches);
	if (nccl->switches)
		return;
	write_below(nccl, cpu, group, depth + 1);
	text_indent(&nccl->text, depth);
	fputs("</pci>\n", nccl->text.stream);
}

/* What is below a switch; with NULL, below the CPU. */
static void write_below(struct nccl *nccl, const struct nccl_cpu *cpu,
			const struct nccl_switch *outer, unsigned depth)
{
	for (size_t i = 0; i < nccl->tree.count; i++) {
		const struct nccl_leaf *leaf = &nccl->tree.leaves[i];
		const struct nccl_switch *branch = branch_of(leaf, outer);

		if (leaf->cpu != cpu || !counts(nccl, leaf) || !is_below(leaf, outer))
			continue;
		if (!branch)
			write_pci(nccl, leaf->busid, leaf->class_code, leaf->link, depth, true);
		else if (is_first(nccl, i, branch))
			write_switch(nccl, cpu, branch, depth);
	}
}

static bool has_devices(const struct nccl *nccl, const struct nccl_cpu *cpu)
{
	for (size_t i = 0; i < nccl->tree.count; i++)
		if (nccl->tree.leaves[i].cpu == cpu && counts(nccl, &nccl->tree.leaves[i]))
			return true;
	return false;
}

static int write_numa(struct nccl *nccl, const struct nccl_cpu *cpu, struct hgx_error *err)
{
	int code;

	if (!has_devices(nccl, cpu))
		return HGX_OK;
	code = write_cpu(nccl, cpu, err);
	if (code)
		return code;
	write_below(nccl, cpu, NULL, 2);
	fputs("  </cpu>\n", nccl->text.stream);
	return HGX_OK;
}

static int write_system(struct nccl *nccl, struct hgx_error *err)
{
	int code = HGX_OK;

	nccl->elements = 1;
	fprintf(nccl->text.stream, "<system version=\"%d\">\n", nccl->tree.rccl ? 2 : 1);
	for (size_t i = 0; !code && i < nccl->tree.cpu_count; i++)
		code = write_numa(nccl, &nccl->tree.cpus[i], err);
	fputs("</system>\n", nccl->text.stream);
	if (!code && nccl->elements > MAX_ELEMENTS)
		code = fail(err, RULE_NCCL_LIMIT,
			    "%zu elements are needed for %zu GPUs and NICs, but NCCL reads at "
			    "most %d",
			    nccl->elements, nccl->tree.count, MAX_ELEMENTS);
	return code;
}

static int write_text(struct nccl *nccl, char **out, struct hgx_error *err)
{
	int code = text_open(&nccl->text, err);

	if (code)
		return code;
	code = write_system(nccl, err);
	if (!code)
		return text_close(&nccl->text, out, err);
	text_close(&nccl->text, out, NULL);
	hgx_text_free(*out);
	*out = NULL;
	return code;
}

int nccl_write(const struct hgx_topo *topo, struct nccl_choice choice,
	       const struct hgx_nccl_options *options, char **out, struct hgx_error *err)
{
	struct hgx_nccl_options own = { .size = sizeof(own) };
	struct nccl nccl = { .tree.topo = topo, .tree.choice = choice };
	int code;

	*out = NULL;
	code = options_copy(&own, options, offsetof(struct hgx_nccl_options, content), err);
	if (!code)
		code = options_words(own.words, err);
	if (!code && own.content != HGX_NCCL_DEVICES && own.content != HGX_NCCL_SWITCHES)
		code = fail_option(err, RULE_OPTION_VALUE, OPTION_CONTENT,
				   "%s: %d is not a valid value",
				   option_name(own.words, OPTION_CONTENT).text, own.content);
	if (code)
		return code;
	nccl.tree.words = own.words;
	nccl.switches = own.content == HGX_NCCL_SWITCHES;
	code = nccl_tree_make(&nccl.tree, err);
	if (!code)
		code = check(&nccl, err);
	if (!code)
		code = write_text(&nccl, out, err);
	nccl_tree_free(&nccl.tree);
	return code;
}

int hgx_emit_nccl(const struct hgx_topo *topo, const struct hgx_nccl_options *options, char **out,
		  struct hgx_error *err)
{
	return nccl_write(topo, (struct nccl_choice){ NULL, false }, options, out, err);
}
