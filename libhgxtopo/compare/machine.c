/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What differs about processors, CPUs, NUMA nodes and memory. What follows from another difference
 * is not told beside it. */
#include <stdbool.h>
#include <string.h>
#include "compare/machine.h"
#include "model/topo.h"
#include "util/size.h"
#include "util/text.h"

#define GIB (1ull << 30)
#define DIMM (16 * GIB)	      /* the smallest that servers have */
#define MOST_SLACK (14 * GIB) /* less than a DIMM, of which the kernel keeps a part */

struct cpu_counts cpu_counts_of(const struct hgx_topo *topo)
{
	struct cpu_counts counts = { 0, 0, 0, 0 };

	for (const struct hgx_node *node = topo->all; node; node = node->all) {
		counts.packages += node->kind == HGX_PACKAGE;
		counts.cores += node->kind == HGX_CORE;
		counts.online += node->cpu && node->cpu->online;
		counts.offline += node->cpu && !node->cpu->online;
	}
	return counts;
}

/* Half of what describes pages of 4 KiB. Arm often has pages of 64 KiB, with little to describe. */
static uint64_t half_described(const struct hgx_node *numa)
{
	const struct hgx_processor *processor = processor_of(numa->topo, NULL);
	bool arm = processor && text_equal(processor->arch, "arm64");

	return arm ? 0 : numa->memory->bytes / 128;
}

uint64_t memory_built_in(const struct hgx_node *numa)
{
	uint64_t power = 16, built_in, step, most;

	if (numa->memory->bytes > UINT64_MAX / 4)
		return numa->memory->bytes;
	built_in = numa->memory->bytes + half_described(numa);
	while (power < built_in)
		power *= 2;
	step = power / 16;
	most = power / 64 > DIMM ? power / 64 : DIMM;
	return size_align(built_in, step < most ? step : most);
}

/* By how much the memory of nodes may differ that are built alike. What a running guest sees of its
 * memory lacks what its kernel keeps, unlike what was planned. */
static uint64_t memory_slack(const struct hgx_node *is, const struct hgx_node *was)
{
	uint64_t a = is->memory->bytes, b = was->memory->bytes, larger = a > b ? a : b, slack;

	if (is->topo->guest != was->topo->guest)
		slack = larger / 32 + 2 * GIB;
	else
		slack = larger / 100 + 2 * GIB < MOST_SLACK ? larger / 100 + 2 * GIB : MOST_SLACK;
	return slack < larger / 8 ? slack : larger / 8;
}

static bool same_memory(const struct hgx_node *is, const struct hgx_node *was)
{
	uint64_t a = is->memory->bytes, b = was->memory->bytes;

	return (a > b ? a - b : b - a) <= memory_slack(is, was);
}

static const char *processor_text(struct arena *arena, const struct hgx_processor *processor)
{
	const char *name = processor->name ? processor->name : "an unknown processor";

	if (processor->family < 0 && processor->model < 0)
		return name;
	return arena_format(arena, "%s, family %d, model %d", name, processor->family,
			    processor->model);
}

static const struct hgx_node *next_of(const struct hgx_node *node, enum hgx_kind kind)
{
	while (node && node->kind != kind)
		node = node->next;
	return node;
}

static const struct hgx_node *first_of(const struct hgx_topo *topo, enum hgx_kind kind)
{
	return next_of(topo->root->first, kind);
}

/* That of a domain is its host's, which may not be known. */
static bool is_unknown(const struct hgx_node *package)
{
	const struct hgx_processor *processor = package->processor;

	return package->topo->guest && !processor->name && processor->family < 0;
}

static bool same_processor(const struct hgx_processor *a, const struct hgx_processor *b)
{
	return text_equal(a->arch, b->arch) && text_equal(a->name, b->name) &&
	       text_equal(a->vendor, b->vendor) && a->family == b->family && a->model == b->model;
}

static void compare_processors(struct differences *differences, const struct hgx_topo *is,
			       const struct hgx_topo *was)
{
	const struct hgx_node *a = first_of(was, HGX_PACKAGE), *b = first_of(is, HGX_PACKAGE);

	for (; a && b; a = next_of(a->next, HGX_PACKAGE), b = next_of(b->next, HGX_PACKAGE)) {
		if (is_unknown(a) || is_unknown(b))
			continue;
		if (!same_processor(a->processor, b->processor))
			differ(differences, RULE_DIFF_PROCESSOR, HGX_WARNING, b, a,
			       "%s, expected %s", processor_text(&differences->arena, b->processor),
			       processor_text(&differences->arena, a->processor));
		else if (a->processor->address_bits != b->processor->address_bits)
			differ(differences, RULE_DIFF_PROCESSOR, HGX_WARNING, b, a,
			       "%d physical address bits, expected %d", b->processor->address_bits,
			       a->processor->address_bits);
	}
}

/* The first of these that differs explains the rest. */
static bool compare_cpus(struct differences *differences, const struct hgx_topo *is,
			 const struct hgx_topo *was)
{
	struct cpu_counts now = cpu_counts_of(is), expected = cpu_counts_of(was);
	size_t here = now.online + now.offline, there = expected.online + expected.offline;

	if (now.packages != expected.packages)
		differ(differences, RULE_DIFF_CPUS, HGX_WARNING, NULL, NULL,
		       "%zu CPU packages, expected %zu", now.packages, expected.packages);
	else if (now.cores != expected.cores && here != there)
		differ(differences, RULE_DIFF_CPUS, HGX_WARNING, NULL, NULL,
		       "%zu cores with %zu CPUs, expected %zu with %zu", now.cores, here,
		       expected.cores, there);
	else if (here != there)
		differ(differences, RULE_DIFF_CPUS, HGX_WARNING, NULL, NULL,
		       "%zu CPUs in %zu cores, expected %zu: SMT differs", here, now.cores, there);
	else if (now.online != expected.online)
		differ(differences, RULE_DIFF_CPUS, HGX_WARNING, NULL, NULL,
		       "%zu CPUs are online, expected %zu", now.online, expected.online);
	else
		return true;
	return false;
}

size_t cpus_on(const struct hgx_node *numa)
{
	size_t count = 0;

	for (const struct hgx_node *node = numa->topo->all; node; node = node->all)
		count += node->cpu && node->numa == numa;
	return count;
}

static bool same_distances(const struct hgx_memory *a, const struct hgx_memory *b)
{
	if (!a->distances || !b->distances || a->distance_count != b->distance_count)
		return true; /* unknown on one side, or there are other nodes */
	return !memcmp(a->distances, b->distances, a->distance_count * sizeof(*a->distances));
}

static const char *distances_text(struct arena *arena, const struct hgx_memory *memory)
{
	const char *text = "";

	for (size_t i = 0; i < memory->distance_count; i++)
		text = arena_format(arena, "%s%s%u", text, i ? ", " : "", memory->distances[i]);
	return text;
}

uint64_t pages_of_size(const struct hgx_memory *memory, uint64_t size)
{
	for (size_t i = 0; i < memory->huge_page_sizes; i++)
		if (memory->huge_pages[i].size == size)
			return memory->huge_pages[i].total;
	return 0;
}

static void compare_pages(struct differences *differences, const struct hgx_node *is,
			  const struct hgx_node *was)
{
	static const uint64_t sizes[] = { 2ull << 20, 1ull << 30 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint64_t now = pages_of_size(is->memory, sizes[i]);
		uint64_t expected = pages_of_size(was->memory, sizes[i]);

		if (now != expected)
			differ(differences, RULE_DIFF_MEMORY, HGX_NOTE, is, was,
			       "%llu huge pages of %s, expected %llu", (unsigned long long)now,
			       size_text(sizes[i]).text, (unsigned long long)expected);
	}
}

static void compare_memory(struct differences *differences, const struct hgx_node *is,
			   const struct hgx_node *was)
{
	if (!same_memory(is, was))
		differ(differences, RULE_DIFF_MEMORY, HGX_WARNING, is, was,
		       "%s of memory, expected %s", size_text(is->memory->bytes).text,
		       size_text(was->memory->bytes).text);
	if (!same_distances(is->memory, was->memory))
		differ(differences, RULE_DIFF_DISTANCES, HGX_WARNING, is, was,
		       "distances %s to the NUMA nodes, expected %s",
		       distances_text(&differences->arena, is->memory),
		       distances_text(&differences->arena, was->memory));
	compare_pages(differences, is, was);
}

static void compare_nodes(struct differences *differences, const struct hgx_topo *is,
			  const struct hgx_topo *was, bool same_cpus)
{
	const struct hgx_node *a = first_of(was, HGX_NUMA), *b = first_of(is, HGX_NUMA);

	for (; a && b; a = next_of(a->next, HGX_NUMA), b = next_of(b->next, HGX_NUMA)) {
		size_t now = cpus_on(b), expected = cpus_on(a);

		if (same_cpus && now != expected)
			differ(differences, RULE_DIFF_CPUS, HGX_WARNING, b, a,
			       "%zu CPUs, expected %zu", now, expected);
		compare_memory(differences, b, a);
	}
}

void compare_machines(struct differences *differences, const struct hgx_topo *is,
		      const struct hgx_topo *was)
{
	bool same_cpus;

	compare_processors(differences, is, was);
	same_cpus = compare_cpus(differences, is, was);
	if (is->numa_count != was->numa_count)
		differ(differences, RULE_DIFF_NODES, HGX_WARNING, NULL, NULL,
		       "%zu NUMA node%s, expected %zu: another NUMA mode of the firmware, or memory "
		       "that is missing",
		       is->numa_count, is->numa_count == 1 ? "" : "s", was->numa_count);
	else
		compare_nodes(differences, is, was, same_cpus);
}
