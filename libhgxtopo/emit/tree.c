/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The topology as a tree for people, by NUMA node. Devices that matter to a VM are listed; the
 * hundreds of functions of the chipset are counted. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/cpulist.h"
#include "util/error.h"
#include "util/size.h"
#include "util/text.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"

static void write_count(FILE *stream, const char *before, size_t count, const char *one)
{
	size_t length = strlen(one);
	bool takes_es = length && (one[length - 1] == 's' || one[length - 1] == 'h');

	fprintf(stream, "%s%zu %s%s", before, count, one, count == 1 ? "" : takes_es ? "es" : "s");
}

static size_t count_kind(const struct hgx_node *top, enum hgx_kind kind)
{
	size_t count = 0;

	for (const struct hgx_node *node = top; node; node = node_next(top, node))
		count += node->kind == kind;
	return count;
}

static void write_devices(FILE *stream, const struct hgx_topo *topo)
{
	const char *before = "      ";

	for (unsigned kind = 0; kind < kind_count(); kind++) {
		const struct kind *row = kind_of((enum hgx_kind)kind);
		size_t count = count_kind(topo->root, (enum hgx_kind)kind);

		if (row->counted == COUNT_NEVER || (row->counted == COUNT_IF_ANY && !count))
			continue;
		fprintf(stream, "%s%zu %s", before, count, count == 1 ? row->label : row->plural);
		before = ", ";
	}
}

static void write_summary(FILE *stream, const struct hgx_topo *topo)
{
	size_t online = 0, offline = 0, virtuals = 0;
	uint64_t memory = 0;

	for (const struct hgx_node *node = topo->all; node; node = node->all) {
		online += node->cpu && node->cpu->online;
		offline += node->cpu && !node->cpu->online;
		memory += node->memory ? node->memory->bytes : 0;
		virtuals += node->pci && node->pci->physical_function;
	}
	write_count(stream, topo->guest ? "guest: " : "host: ", count_kind(topo->root, HGX_PACKAGE),
		    "package");
	write_count(stream, ", ", count_kind(topo->root, HGX_CORE), "core");
	write_count(stream, ", ", online, "CPU");
	if (offline)
		fprintf(stream, " (%zu more offline)", offline);
	write_count(stream, ", ", topo->numa_count, "NUMA node");
	fprintf(stream, ", %s\n", size_text(memory).text);
	write_devices(stream, topo);
	if (virtuals)
		fprintf(stream, " (virtual functions included)");
	fputc('\n', stream);
}

static bool same_package(const struct hgx_node *a, const struct hgx_node *b)
{
	const struct hgx_processor *x = a->processor, *y = b->processor;

	return text_equal(x->name, y->name) && text_equal(x->arch, y->arch) &&
	       text_equal(x->vendor, y->vendor) && x->family == y->family && x->model == y->model &&
	       count_kind(a, HGX_CORE) == count_kind(b, HGX_CORE) &&
	       count_kind(a, HGX_CPU) == count_kind(b, HGX_CPU);
}

static void write_package(FILE *stream, const struct hgx_node *node)
{
	const struct hgx_processor *cpu = node->processor;

	if (cpu->name)
		fputs(cpu->name, stream);
	else
		fprintf(stream, "%s processor", cpu->arch ? cpu->arch : "unknown");
	if (cpu->vendor && cpu->family >= 0 && cpu->model >= 0)
		fprintf(stream, " (%s, family %d, model %d)", cpu->vendor, cpu->family, cpu->model);
	write_count(stream, ", ", count_kind(node, HGX_CORE), "core");
	write_count(stream, ", ", count_kind(node, HGX_CPU), "CPU");
}

/* The last of the packages that follow one another by number and look alike. */
static const struct hgx_node *last_alike(const struct hgx_node *first)
{
	const struct hgx_node *last = first;

	while (last->next && last->next->kind == HGX_PACKAGE &&
	       last->next->processor->id == last->processor->id + 1 &&
	       same_package(first, last->next))
		last = last->next;
	return last;
}

/* No machine has more sockets. In a domain without <topology> each vCPU is one. */
#define MAX_SOCKETS 8

static void write_packages(FILE *stream, const struct hgx_topo *topo)
{
	const struct hgx_node *node = topo->root->first;

	for (; node; node = node->next) {
		const struct hgx_node *last;

		if (node->kind != HGX_PACKAGE)
			continue;
		last = last_alike(node);
		fputs(node->name, stream);
		if (last->processor->id - node->processor->id < MAX_SOCKETS)
			last = node;
		else
			fprintf(stream, "-%u", last->processor->id);
		fputs(": ", stream);
		write_package(stream, node);
		fputs(last == node ? "\n" : " each\n", stream);
		node = last;
	}
}

static bool holds_something(const struct hgx_memory *memory)
{
	for (size_t i = 0; i < memory->huge_page_sizes; i++)
		if (memory->huge_pages[i].total)
			return true;
	return memory->bytes != 0;
}

/* Says for each NUMA node, by rank, whether anything is on it: a coherent GPU has nodes for what it
 * may be given, which hold nothing, and there are many. For free(); NULL if there is no memory. */
static bool *used_nodes(const struct hgx_topo *topo)
{
	bool *used = calloc(topo->numa_count + 1, sizeof(*used));

	for (const struct hgx_node *node = topo->all; used && node; node = node->all)
		if (node->numa && (node != node->numa || holds_something(node->memory)))
			used[numa_rank(node->numa)] = true;
	return used;
}

static int write_empty(FILE *stream, const struct hgx_topo *topo, const bool *used)
{
	uint32_t *ids = malloc((topo->numa_count + 1) * sizeof(*ids));
	size_t count = 0;

	if (!ids)
		return HGX_NO_MEMORY;
	for (const struct hgx_node *node = topo->root->first; node; node = node->next)
		if (node->kind == HGX_NUMA && !used[numa_rank(node)])
			ids[count++] = node->memory->id;
	if (count) {
		write_count(stream, "", count, "NUMA node");
		fputs(" without memory, CPUs and devices: ", stream);
		cpulist_write(stream, ids, count);
		fputc('\n', stream);
	}
	free(ids);
	return HGX_OK;
}

/* To the nodes that are shown. */
static void write_distances(FILE *stream, const struct hgx_memory *memory, const bool *used)
{
	const char *before = ", distances ";

	for (size_t i = 0; i < memory->distance_count; i++) {
		if (!used[i])
			continue;
		fprintf(stream, "%s%u", before, memory->distances[i]);
		before = " ";
	}
}

static int write_numa(FILE *stream, const struct hgx_topo *topo, const struct hgx_node *node,
		      const bool *used)
{
	const struct hgx_memory *memory = node->memory;
	size_t count;
	uint32_t *ids = cpus_of_node(topo, node, &count);

	if (!ids)
		return HGX_NO_MEMORY;
	fprintf(stream, "%s: %s", node->name,
		memory->bytes ? size_text(memory->bytes).text : "no memory");
	if (count) {
		write_count(stream, ", ", count, "CPU");
		fputs(" (", stream);
		cpulist_write_short(stream, ids, count);
		fputc(')', stream);
	} else {
		fputs(", no CPUs", stream);
	}
	free(ids);
	write_distances(stream, memory, used);
	for (size_t i = 0; i < memory->huge_page_sizes; i++)
		if (memory->huge_pages[i].total)
			fprintf(stream, ", %llu huge pages of %s (%llu free)",
				(unsigned long long)memory->huge_pages[i].total,
				size_text(memory->huge_pages[i].size).text,
				(unsigned long long)memory->huge_pages[i].free);
	fputc('\n', stream);
	return HGX_OK;
}

static void write_link(FILE *stream, struct hgx_link link)
{
	if (link.speed % 1000)
		fprintf(stream, "%u.%u GT/s", link.speed / 1000, link.speed % 1000 / 100);
	else
		fprintf(stream, "%u GT/s", link.speed / 1000);
	if (link.width)
		fprintf(stream, " x%u", link.width);
}

static void write_bars(FILE *stream, const struct hgx_pci *pci)
{
	const char *before = ", BARs ";

	for (int i = 0; i < HGX_BARS - 1; i++)
		if (pci->bars[i].size && !(pci->bars[i].flags & HGX_BAR_IO)) {
			fprintf(stream, "%s%s", before, size_text(pci->bars[i].size).text);
			before = " + ";
		}
}

static void write_details(FILE *stream, const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;

	fprintf(stream, " [%04x:%04x]", pci->vendor, pci->device);
	if (pci->link_max.speed) {
		fputs(", ", stream);
		write_link(stream, pci->link_max);
	}
	if (pci->link_now.speed && (pci->link_now.speed != pci->link_max.speed ||
				    pci->link_now.width != pci->link_max.width)) {
		fputs(" (now ", stream);
		write_link(stream, pci->link_now);
		fputc(')', stream);
	}
	if (pci->acs.state == HGX_PRESENT && kind_of(node->kind)->bridge)
		fprintf(stream, ", ACS 0x%02x", pci->acs.control);
	if (kind_of(node->kind)->bridge)
		return;
	write_bars(stream, pci);
	if (pci->ats.state == HGX_PRESENT)
		fprintf(stream, ", ATS %s", pci->ats.control & 0x8000 ? "on" : "off");
	if (pci->iommu_group >= 0)
		fprintf(stream, ", IOMMU group %d", pci->iommu_group);
	if (pci->driver)
		fprintf(stream, ", driver %s", pci->driver);
	if (pci->slot)
		fprintf(stream, ", slot %s", pci->slot);
	for (size_t i = 0; i < pci->os_device_count; i++)
		fprintf(stream, ", %s", pci->os_devices[i].name);
	if (pci->sriov_enabled)
		fprintf(stream, ", %d of %d virtual functions", pci->sriov_enabled,
			pci->sriov_total);
	if (pci->physical_function)
		fprintf(stream, ", virtual function of %s", pci->physical_function->name);
	if (node->direct_of)
		fprintf(stream, ", Data Direct of %s", node->direct_of->name);
	if (pci->host_use)
		fprintf(stream, "; the host needs it (%s)", pci->host_use);
}

static void write_pci(struct text *text, const struct hgx_node *top, unsigned depth)
{
	size_t others = 0;
	const struct hgx_node *node = top;

	while ((node = node_next(top, node)) != NULL) {
		if (!node->in_tree) {
			others += !kind_of(node->kind)->bridge;
			continue;
		}
		text_indent(text, depth + (unsigned)(node->depth - top->depth));
		fprintf(text->stream, "%s %s%s", node->name, kind_of(node->kind)->label,
			node->pci->kind_inferred ? " (by its place)" : "");
		if (node->pci->device_name)
			fprintf(text->stream, " %s", node->pci->device_name);
		write_details(text->stream, node);
		fputc('\n', text->stream);
	}
	if (others) {
		text_indent(text, depth + 1);
		write_count(text->stream, "and ", others, "other function");
		fputc('\n', text->stream);
	}
}

static void write_bridges(struct text *text, const struct hgx_topo *topo,
			  const struct hgx_node *numa)
{
	size_t others = 0, functions = 0;

	for (const struct hgx_node *node = topo->root->first; node; node = node->next) {
		if (node->kind != HGX_HOST_BRIDGE || node->numa != numa)
			continue;
		if (!node->in_tree) {
			others++;
			for (const struct hgx_node *n = node; n; n = node_next(node, n))
				functions += n->pci != NULL;
			continue;
		}
		text_indent(text, 1);
		fprintf(text->stream, "%s\n", node->name);
		write_pci(text, node, 1);
	}
	if (others) {
		write_count(text->stream, "  and ", others, "other root bus");
		write_count(text->stream, " with ", functions, "function");
		fputc('\n', text->stream);
	}
}

static void write_findings(FILE *stream, const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct hgx_finding *finding = &findings->items[i];

		fprintf(stream, "%s: %s", hgx_severity_name(finding->severity), finding->text);
		if (finding->remedy)
			fprintf(stream, "; %s", finding->remedy);
		fputc('\n', stream);
	}
}

static int write_topo(struct text *text, const struct hgx_topo *topo, const bool *used)
{
	int failed = HGX_OK;

	write_summary(text->stream, topo);
	write_packages(text->stream, topo);
	for (const struct hgx_node *node = topo->root->first; node; node = node->next)
		if (node->kind == HGX_NUMA && used[numa_rank(node)]) {
			failed |= write_numa(text->stream, topo, node, used);
			write_bridges(text, topo, node);
		}
	failed |= write_empty(text->stream, topo, used);
	for (const struct hgx_node *node = topo->root->first; node; node = node->next)
		if (node->kind == HGX_HOST_BRIDGE && !node->numa) {
			fprintf(text->stream, "NUMA node unknown:\n");
			write_bridges(text, topo, NULL);
			break;
		}
	write_findings(text->stream, &topo->findings);
	return failed;
}

int hgx_emit_tree(const struct hgx_topo *topo, char **out, struct hgx_error *err)
{
	struct text text;
	bool *used = used_nodes(topo);
	int code = used ? text_open(&text, err) : fail_memory(err), failed;

	*out = NULL;
	if (code) {
		free(used);
		return code;
	}
	failed = write_topo(&text, topo, used);
	free(used);
	code = text_close(&text, out, err);
	if (code || !failed)
		return code;
	hgx_text_free(*out);
	*out = NULL;
	return fail_memory(err);
}
