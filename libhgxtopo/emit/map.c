/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map: the CPUs, NUMA nodes and devices of one or more VMs beside those of their host. */
#include <stdbool.h>
#include <stdio.h>
#include "util/cpulist.h"
#include "util/error.h"
#include "util/size.h"
#include "util/text.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/json.h"
#include "guest/plan.h"
#include "emit/finding_json.h"

/* Writes the vCPUs of a cell as ranges. False if it has none. */
static bool write_vcpus(FILE *stream, const struct hgx_plan *plan, size_t cell, const char *quote)
{
	bool any = false;

	for (size_t i = 0; i < plan->vcpu_count; i++) {
		size_t first = i;

		if (plan->vcpus[i].cell != cell)
			continue;
		while (i + 1 < plan->vcpu_count && plan->vcpus[i + 1].cell == cell)
			i++;
		fprintf(stream, "%s%zu", any ? "," : quote, first);
		if (i > first)
			fprintf(stream, "-%zu", i);
		any = true;
	}
	if (any)
		fputs(quote, stream);
	return any;
}

static const struct hgx_node *next_device(const struct hgx_plan *plan, const struct hgx_node *node)
{
	do
		node = hgx_node_next(plan->guest->root, node);
	while (node &&
	       (!node->pci || kind_of(node->kind)->bridge || !hgx_plan_host_of(plan, node)));
	return node;
}

/* The cell of a device; -1 if it has none. */
static int cell_of(const struct hgx_node *device)
{
	return device->numa ? (int)device->numa->memory->id : -1;
}

/* ---- as a table for people, with one vCPU per line for grep */

static void show_cells(struct text *text, const struct hgx_plan *plan)
{
	fputs("\ncell  host node  memory    vCPUs\n", text->stream);
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		fprintf(text->stream, "%-4zu  %-9s  %-8s  ", i, cell->host->name,
			size_text(cell->memory).text);
		if (!write_vcpus(text->stream, plan, i, ""))
			fputc('-', text->stream);
		fputc('\n', text->stream);
	}
}

static void show_emulator(struct text *text, const struct hgx_plan *plan)
{
	fputs("\nQEMU's own threads: ", text->stream);
	if (plan->reserved.count) {
		fputs("host CPUs ", text->stream);
		cpulist_write(text->stream, plan->reserved.ids, plan->reserved.count);
	} else {
		fputs("not pinned", text->stream);
	}
	fputc('\n', text->stream);
}

static void show_device(struct text *text, const struct hgx_node *guest,
			const struct hgx_node *host)
{
	const struct hgx_pci *pci = host->pci;
	int cell = cell_of(guest);

	fprintf(text->stream, "%-13s  %-12s  ", guest->name, host->name);
	if (cell < 0)
		fputs("-     ", text->stream);
	else
		fprintf(text->stream, "%-4d  ", cell);
	fputs(kind_of(host->kind)->label, text->stream);
	if (pci->device_name)
		fprintf(text->stream, " (%s)\n", pci->device_name);
	else
		fprintf(text->stream, " (%04x:%04x)\n", pci->vendor, pci->device);
}

static void show_devices(struct text *text, const struct hgx_plan *plan)
{
	fputs("\nguest address  host address  cell  device\n", text->stream);
	for (const struct hgx_node *node = next_device(plan, NULL); node;
	     node = next_device(plan, node))
		show_device(text, node, hgx_plan_host_of(plan, node));
}

static void show_vcpu(FILE *stream, const struct hgx_vcpu *vcpu)
{
	fprintf(stream, "%-4u  %-4u  ", vcpu->id, vcpu->cell);
	if (vcpu->host_cpu == HGX_CPU_NONE)
		fputs("-\n", stream);
	else
		fprintf(stream, "%u\n", vcpu->host_cpu);
}

static void show_vcpus(struct text *text, const struct hgx_plan *plan)
{
	fputs("\nvCPU  cell  host CPU\n", text->stream);
	for (size_t i = 0; i < plan->vcpu_count; i++)
		show_vcpu(text->stream, &plan->vcpus[i]);
}

int hgx_emit_map(struct hgx_plan *const *plans, size_t count, char **out, struct hgx_error *err)
{
	struct text text;
	int code = plans_check(plans, count, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (code)
		return code;
	for (size_t i = 0; i < count; i++) {
		fprintf(text.stream, "%s%s\n", i ? "\n\n" : "", plans[i]->name);
		show_cells(&text, plans[i]);
		show_emulator(&text, plans[i]);
		show_devices(&text, plans[i]);
		show_vcpus(&text, plans[i]);
	}
	return text_close(&text, out, err);
}

/* ---- as JSON (docs/json-format.md, docs/hgxtopo-map.schema.json) */

static bool write_name(FILE *stream, const char *name)
{
	struct json *value = json_text(name);

	if (!value)
		return false;
	fputs("    {\n      \"name\": ", stream);
	json_write(stream, value);
	json_free(value);
	return true;
}

static void write_cells(FILE *stream, const struct hgx_plan *plan)
{
	fputs(",\n      \"cells\": [", stream);
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		fprintf(stream,
			"%s\n        { \"id\": %zu, \"host_node\": %u, \"memory\": %llu, "
			"\"vcpus\": ",
			i ? "," : "", i, cell->host->memory->id, (unsigned long long)cell->memory);
		if (!write_vcpus(stream, plan, i, "\""))
			fputs("null", stream);
		fputs(" }", stream);
	}
	fputs("\n      ]", stream);
}

static void write_pins(FILE *stream, const struct hgx_plan *plan)
{
	fputs(",\n      \"vcpus\": [", stream);
	for (size_t i = 0; i < plan->vcpu_count; i++) {
		const struct hgx_vcpu *vcpu = &plan->vcpus[i];

		fprintf(stream,
			"%s\n        { \"id\": %u, \"cell\": %u, \"host_cpu\": ", i ? "," : "",
			vcpu->id, vcpu->cell);
		if (vcpu->host_cpu == HGX_CPU_NONE)
			fputs("null }", stream);
		else
			fprintf(stream, "%u }", vcpu->host_cpu);
	}
	fputs("\n      ],\n      \"emulator_cpus\": ", stream);
	if (!plan->reserved.count) {
		fputs("null", stream);
		return;
	}
	fputc('"', stream);
	cpulist_write(stream, plan->reserved.ids, plan->reserved.count);
	fputc('"', stream);
}

static void write_devices(FILE *stream, const struct hgx_plan *plan)
{
	const char *before = "";

	fputs(",\n      \"devices\": [", stream);
	for (const struct hgx_node *node = next_device(plan, NULL); node;
	     node = next_device(plan, node)) {
		const struct hgx_node *host = hgx_plan_host_of(plan, node);
		int cell = cell_of(node);

		fprintf(stream,
			"%s\n        { \"guest\": \"%s\", \"host\": \"%s\", \"kind\": \"%s\", "
			"\"cell\": ",
			before, node->name, host->name, kind_of(host->kind)->name);
		if (cell < 0)
			fputs("null }", stream);
		else
			fprintf(stream, "%d }", cell);
		before = ",";
	}
	fputs(*before ? "\n      ],\n" : "],\n", stream);
}

static bool write_plan(FILE *stream, const struct hgx_plan *plan)
{
	if (!write_name(stream, plan->name))
		return false;
	write_cells(stream, plan);
	write_pins(stream, plan);
	write_devices(stream, plan);
	if (!plan_write_told(stream, plan, "      "))
		return false;
	fputs("\n    }", stream);
	return true;
}

int hgx_emit_map_json(struct hgx_plan *const *plans, size_t count, char **out,
		      struct hgx_error *err)
{
	struct text text;
	bool good = true;
	int code = plans_check(plans, count, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (code)
		return code;
	fputs("{\n  \"format\": \"hgxtopo-map\",\n  \"version\": 1,\n  \"vms\": [", text.stream);
	for (size_t i = 0; good && i < count; i++) {
		fputs(i ? ",\n" : "\n", text.stream);
		good = write_plan(text.stream, plans[i]);
	}
	fputs("\n  ]\n}\n", text.stream);
	code = text_close(&text, out, err);
	if (code || good)
		return code;
	hgx_text_free(*out);
	*out = NULL;
	return fail_memory(err);
}
