/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fits the mirror into the base domain: what leaves it, what cannot stay, and which
 * numbers are free. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/settle.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/size.h"
#include "model/finding.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/plan.h"
#include "domain/alias.h"
#include "domain/base.h"
#include "domain/device.h"
#include "domain/tree.h"

/* A device that the plan assigns, to this VM or another, cannot be assigned a second
 * time: the domain's own element goes. */
static void mark_clashes(struct hgx_plan *plan)
{
	struct base *base = plan->base;

	for (size_t i = 0; i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (item->ours || !item->source)
			continue;
		if (!plan_chose(plan, item->source) && !plan_leaves(plan, item->source))
			continue;
		item->gone = true;
		if (finding_has(&plan->findings, RULE_BASE_REPLACED, item->source))
			continue;
		plan_note(plan, RULE_BASE_REPLACED, HGX_NOTE, item->source, NULL,
			  "the domain's own <%s> in line %u assigns %s; %s", item->element->name,
			  xml_line(base->text, item->element->whole.start),
			  node_title(item->source).text,
			  plan_chose(plan, item->source) ?
				  "the mirror's takes its place" :
				  "it is removed, as the device goes to another VM");
	}
}

static int check_cells(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;

	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		const struct xml_element *node = xml_child(xml_child(item->element, "target"),
							   "node");

		unsigned cell;

		if (item->gone || !node)
			continue;
		if (!xml_number(node->text, UINT32_MAX, &cell))
			return base_broken(base, node, RULE_DOMAIN_VALUE, err,
					   "<node> is '%.20s'; it must be the number of a guest "
					   "NUMA node",
					   node->text);
		if (cell >= plan->cell_count)
			return base_refuse(
				base, item, RULE_DOMAIN_CELL_DROPPED, err,
				"it belongs to guest NUMA node %u, but the mirror has %zu, "
				"numbered from 0; change its <node>",
				cell, plan->cell_count);
	}
	return HGX_OK;
}

static int check_memory(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *max_memory = xml_child(base->domain, "maxMemory");
	uint64_t total = plan_memory_size(plan), bytes;
	int code;

	if (!max_memory)
		return HGX_OK;
	code = base_size(base, max_memory, max_memory->text, &bytes, err);
	if (code || bytes >= total)
		return code;
	return fail_option(
		err, RULE_DOMAIN_MAX_MEMORY, OPTION_BASE,
		"%s:%u: <maxMemory> is %s, less than the %s of the mirror; raise it or remove it",
		base->name, xml_line(base->text, max_memory->whole.start), size_text(bytes).text,
		size_text(total).text);
}

/* The children of <cputune> that name vCPUs, besides their pins. */
static const char *const of_vcpus[] = { "vcpusched", "cachetune", "memorytune" };

/* One note, however many there are. */
static void note_of_vcpus(struct hgx_plan *plan, const char *name)
{
	const struct base *base = plan->base;
	const struct xml_element *first = xml_child(xml_child(base->domain, "cputune"), name);
	size_t more = 0;
	unsigned line;

	if (!first)
		return;
	for (const struct xml_element *e = xml_following(first); e; e = xml_following(e))
		more++;
	line = xml_line(base->text, first->whole.start);
	if (more)
		plan_note(plan, RULE_BASE_REPLACED, HGX_WARNING, NULL,
			  "rewrite them for the vCPUs of the mirror",
			  "the domain's <%s> in line %u and %zu more name vCPUs, which have other "
			  "numbers now: they are left out",
			  name, line, more);
	else
		plan_note(plan, RULE_BASE_REPLACED, HGX_WARNING, NULL,
			  "rewrite it for the vCPUs of the mirror",
			  "the domain's <%s> in line %u names vCPUs, which have other numbers now: "
			  "it is left out",
			  name, line);
}

static void add_findings(struct hgx_plan *plan)
{
	const struct base *base = plan->base;
	const struct xml_element *cpu = xml_child(base->domain, "cpu");
	const char *mode = xml_attribute(cpu, "mode");

	if (cpu && !base_shows_processor(base))
		plan_note(
			plan, RULE_CPU_MODE, HGX_WARNING, NULL,
			"use <cpu mode='host-passthrough'> unless the domain has to migrate",
			"the domain's CPU mode is '%s': the guest sees neither the host's processor nor "
			"its address bits, which large BARs need",
			mode ? mode : "custom");
	for (size_t i = 0; i < ARRAY_SIZE(of_vcpus); i++)
		note_of_vcpus(plan, of_vcpus[i]);
	if (base_replaces_iommu(plan))
		plan_note(
			plan, RULE_BASE_REPLACED, HGX_WARNING, NULL, NULL,
			"the domain's own <iommu> is replaced: this many vCPUs need an Intel "
			"IOMMU with interrupt remapping, extended interrupt mode and caching mode");
	if (!xml_child(xml_child(base->domain, "features"), "acpi"))
		plan_note(plan, RULE_ACPI_ADDED, HGX_NOTE, NULL, NULL,
			  "<acpi/> was added to the domain: without it a guest sees no NUMA nodes");
}

int base_settle(struct hgx_plan *plan, struct hgx_error *err)
{
	int code;

	if (!plan->base)
		return HGX_OK;
	code = check_memory(plan, err);
	if (!code)
		code = check_cells(plan, err);
	mark_clashes(plan);
	if (!code)
		code = base_tree(plan, err);
	if (code)
		return code;
	add_findings(plan);
	return HGX_OK;
}

unsigned base_next_index(const struct hgx_plan *plan, unsigned index)
{
	do
		index++;
	while (plan->base && index < MAX_CONTROLLERS && plan->base->used_index[index]);
	return index < MAX_CONTROLLERS ? index : MAX_CONTROLLERS;
}

unsigned base_next_slot(const struct hgx_plan *plan, unsigned slot)
{
	do
		slot++;
	while (plan->base && slot < PCIE_SLOTS && plan->base->used_slot[slot]);
	return slot < PCIE_SLOTS ? slot : PCIE_SLOTS;
}

unsigned base_spares(const struct hgx_plan *plan)
{
	const struct base *base = plan->base;

	if (!base)
		return SPARE_PORTS;
	if (base->ports_needed <= base->ports_free)
		return 0;
	return (base->ports_needed - base->ports_free + SPARE_PORTS - 1) / SPARE_PORTS *
	       SPARE_PORTS;
}

unsigned base_gap(const struct hgx_plan *plan, unsigned index)
{
	unsigned highest = MAX_CONTROLLERS, gap = 0;

	while (plan->base && --highest > index && !plan->base->used_index[highest])
		;
	for (unsigned i = index + 1; plan->base && i < highest; i++)
		gap += !plan->base->used_index[i];
	return gap;
}

const char *base_spare_alias(struct hgx_plan *plan, unsigned *number)
{
	unsigned other;

	++*number;
	for (size_t i = 0; plan->base && i < plan->base->count; i++)
		if (alias_is_spare(plan->base->items[i].alias, &other) && other >= *number)
			*number = other + 1;
	return arena_format(&plan->arena, "ua-spare-%u", *number);
}

/* libvirt uses the index of a controller as its chassis if none is given, and QEMU
 * refuses a chassis that occurs twice. */
int base_check_chassis(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;

	for (size_t i = 0; base && i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		const char *text = xml_attribute(xml_child(item->element, "target"), "chassis");
		unsigned long chassis = text ? strtoul(text, NULL, 0) : 0;

		if (item->gone || !item->pci_controller || !chassis ||
		    chassis == (unsigned long)item->index || chassis >= MAX_CONTROLLERS ||
		    base->used_index[chassis])
			continue;
		return base_refuse(
			base, item, RULE_DOMAIN_CHASSIS, err,
			"libvirt would give its chassis, %lu, to controller %lu of the mirror; "
			"remove chassis='%lu'",
			chassis, chassis, chassis);
	}
	return HGX_OK;
}

bool base_names_vcpus(const struct xml_element *element)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_vcpus); i++)
		if (xml_is(element, of_vcpus[i]))
			return true;
	return false;
}

bool base_shows_processor(const struct base *base)
{
	const struct xml_element *cpu = xml_child(base->domain, "cpu");

	return xml_attribute_is(cpu, "mode", "host-passthrough") ||
	       xml_attribute_is(cpu, "mode", "maximum");
}

bool base_replaces_iommu(const struct hgx_plan *plan)
{
	const struct xml_element *iommu = xml_child(plan->base->devices, "iommu");
	const struct xml_element *driver = xml_child(iommu, "driver");

	if (!iommu || !plan->hardware.large_apic_ids)
		return false;
	return !xml_attribute_is(driver, "intremap", "on") ||
	       !xml_attribute_is(driver, "eim", "on") ||
	       !xml_attribute_is(driver, "caching_mode", "on");
}
