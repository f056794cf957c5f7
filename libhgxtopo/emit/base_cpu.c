/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes the vCPUs, the memory and their bindings in a base domain. */
#include <stdbool.h>
#include <string.h>
#include "emit/base_cpu.h"
#include "util/arena.h"
#include "format/xml_read.h"
#include "guest/plan.h"
#include "domain/base.h"
#include "domain/device.h"
#include "emit/libvirt_part.h"

static void put_memory(struct rewriting *rw)
{
	const char *lines = part_lines(rw, PART_MEMORY, 0), *start;

	rewrite_top(rw, "memory", lines);
	start = strchr(lines, '>');
	if (start && xml_child(rw->base->domain, "currentMemory"))
		rewrite_top(rw, "currentMemory",
			    arena_format(&rw->arena,
					 "<currentMemory unit='KiB'>%.*s</currentMemory>\n",
					 (int)strcspn(start + 1, "<"), start + 1));
}

/* Whether a page size is for some cells only. New cells cannot keep it. */
static bool names_cells(const struct xml_element *pages)
{
	for (const struct xml_element *e = xml_child(pages, "page"); e; e = xml_following(e))
		if (xml_attribute(e, "nodeset"))
			return true;
	return false;
}

static void put_hugepages(struct rewriting *rw)
{
	const struct xml_element *backing = xml_child(rw->base->domain, "memoryBacking");
	const struct xml_element *pages = xml_child(backing, "hugepages");
	const char *lines = part_lines(rw, PART_HUGEPAGES, 0);

	if (rw->base->keeps_pages && (rw->base->keeps_vcpus || !names_cells(pages)))
		return;
	if (pages)
		rewrite_element(rw, pages, lines);
	else if (backing)
		rewrite_append(rw, backing, lines);
	else if (*lines)
		rewrite_add_top(rw, "memoryBacking", wrapped(rw, "memoryBacking", PART_HUGEPAGES));
}

static bool is_pin(const struct rewriting *rw, const struct xml_element *element)
{
	(void)rw;
	return xml_is(element, "vcpupin") || xml_is(element, "emulatorpin") ||
	       xml_is(element, "iothreadpin") || base_names_vcpus(element);
}

static void put_pins(struct rewriting *rw)
{
	const struct xml_element *cputune = xml_child(rw->base->domain, "cputune");
	const char *lines = part_lines(rw, PART_PINS, 0);

	if (cputune && rw->base->keeps_vcpus)
		rewrite_append(rw, cputune, lines);
	else if (cputune)
		rewrite_all(rw, cputune, is_pin, lines);
	else if (*lines)
		rewrite_add_top(rw, "cputune", wrapped(rw, "cputune", PART_PINS));
}

static void put_numatune(struct rewriting *rw)
{
	const struct xml_element *numatune = xml_child(rw->base->domain, "numatune");

	if (numatune && rw->base->keeps_vcpus)
		rewrite_append(rw, numatune, part_lines(rw, PART_MEMNODES, 0));
	else
		rewrite_top(rw, "numatune", part_lines(rw, PART_NUMATUNE, 0));
}

void base_put_vcpus(struct rewriting *rw)
{
	const struct xml_element *vcpus = xml_child(rw->base->domain, "vcpus");

	if (!rw->base->keeps_memory)
		put_memory(rw);
	put_hugepages(rw);
	if (!rw->base->keeps_vcpus) {
		rewrite_top(rw, "vcpu", part_lines(rw, PART_VCPU, 0));
		for (; vcpus; vcpus = xml_following(vcpus))
			rewrite_drop(rw, vcpus);
	}
	put_pins(rw);
	put_numatune(rw);
}

static bool has_feature(const struct xml_element *cpu, const char *name)
{
	for (const struct xml_element *e = xml_child(cpu, "feature"); e; e = xml_following(e))
		if (xml_attribute_is(e, "name", name))
			return true;
	return false;
}

/* The cells stay, but their memory changes. */
static void put_cells_memory(struct rewriting *rw, const struct xml_element *numa)
{
	const struct hgx_plan *plan = rw->plan;
	unsigned number = 0, id;

	for (const struct xml_element *e = xml_child(numa, "cell"); e; e = xml_following(e)) {
		const char *text = xml_attribute(e, "id");
		const struct cell *cell;

		id = number++;
		if (text)
			xml_number(text, UINT32_MAX, &id);
		cell = &plan->cells[id];
		rewrite_attribute(
			rw, e, "memory",
			arena_format(&rw->arena, "%llu",
				     (unsigned long long)(cell->memory - cell->modules) / 1024));
		rewrite_attribute(rw, e, "unit", "KiB");
	}
}

/* Changes the cells. Returns the lines to add at the end of <cpu>. */
static const char *put_numa(struct rewriting *rw, const struct xml_element *numa)
{
	const struct base *base = rw->base;
	const char *lines;

	if (base->keeps_cells) {
		if (!base->keeps_memory)
			put_cells_memory(rw, numa);
		return "";
	}
	lines = part_lines(rw, PART_NUMA, 0);
	if (!numa)
		return lines;
	rewrite_element(rw, numa, lines);
	return "";
}

void base_put_cpu(struct rewriting *rw)
{
	const struct xml_element *cpu = xml_child(rw->base->domain, "cpu");
	const struct xml_element *topology = xml_child(cpu, "topology");
	bool host = base_shows_processor(rw->base);
	const char *bits = "", *topoext = "";

	if (!cpu) {
		rewrite_add_top(rw, "cpu", part_lines(rw, PART_CPU, 0));
		return;
	}
	if (topology && !rw->base->keeps_vcpus)
		rewrite_element(rw, topology, part_lines(rw, PART_TOPOLOGY, 0));
	if (host && !xml_child(cpu, "maxphysaddr"))
		bits = part_lines(rw, PART_MAXPHYSADDR, 0);
	if (host && !has_feature(cpu, "topoext"))
		topoext = part_lines(rw, PART_TOPOEXT, 0);
	rewrite_append(rw, cpu,
		       arena_format(&rw->arena, "%s%s%s%s",
				    topology ? "" : part_lines(rw, PART_TOPOLOGY, 0), bits, topoext,
				    put_numa(rw, xml_child(cpu, "numa"))));
}
