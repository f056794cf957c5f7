/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base domain in a plan: what of it stays, and which numbers it leaves free. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/settle.h"
#include "util/arena.h"
#include "util/error.h"
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

/* What the plan assigns cannot be assigned a second time. */
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

		if (!item->gone && node && strtoul(node->text, NULL, 0) >= plan->cell_count)
			return base_refuse(
				base, item, RULE_DOMAIN_CELL_DROPPED, err,
				"it belongs to guest NUMA node %.9s, but the mirror has %zu, "
				"numbered from 0; change its <node>",
				node->text, plan->cell_count);
	}
	return HGX_OK;
}

static int check_memory(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *most = xml_child(base->domain, "maxMemory");
	const char *unit = xml_attribute(most, "unit");
	uint64_t total = plan_memory_size(plan), bytes;
	char text[64];

	if (!most)
		return HGX_OK;
	snprintf(text, sizeof(text), "%.40s%.10s", most->text, unit ? unit : "KiB");
	if (hgx_size_parse(&bytes, text, NULL) || bytes >= total)
		return HGX_OK;
	return fail_option(
		err, RULE_DOMAIN_MAX_MEMORY, OPTION_BASE,
		"%s:%u: <maxMemory> is %s, less than the %s of the mirror; raise it or remove it",
		base->name, xml_line(base->text, most->whole.start), size_text(bytes).text,
		size_text(total).text);
}

static void tell(struct hgx_plan *plan)
{
	const struct xml_element *cputune = xml_child(plan->base->domain, "cputune");
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
	for (const struct xml_element *e = cputune ? cputune->first : NULL; e; e = e->next)
		if (!base->keeps_vcpus && base_names_vcpus(e))
			plan_note(plan, RULE_BASE_REPLACED, HGX_WARNING, NULL,
				  "rewrite it for the vCPUs of the mirror",
				  "the domain's <%s> in line %u names vCPUs, which have other "
				  "numbers now: it is left out",
				  e->name, xml_line(base->text, e->whole.start));
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
	tell(plan);
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
	if (base->wanted <= base->free)
		return 0;
	return (base->wanted - base->free + SPARE_PORTS - 1) / SPARE_PORTS * SPARE_PORTS;
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

/* libvirt gives a controller without a chassis its index as one; QEMU takes none twice. */
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
	return xml_is(element, "vcpusched") || xml_is(element, "cachetune") ||
	       xml_is(element, "memorytune");
}

bool base_shows_processor(const struct base *base)
{
	const struct xml_element *cpu = xml_child(base->domain, "cpu");

	return xml_attribute_is(cpu, "mode", "host-passthrough") ||
	       xml_attribute_is(cpu, "mode", "maximum");
}

unsigned base_address_bits(const struct base *base, bool *limit)
{
	const struct xml_element *cpu = xml_child(base->domain, "cpu");
	const struct xml_element *element = xml_child(cpu, "maxphysaddr");
	const char *text = xml_attribute(element, "bits");
	unsigned bits = 0;

	*limit = xml_attribute_is(element, "mode", "passthrough");
	if (*limit)
		text = xml_attribute(element, "limit");
	if (text && xml_number(text, 64, &bits) && bits)
		return bits;
	/* a domain that names no processor gets the host's */
	return *limit || !cpu || base_shows_processor(base) ? 0 : DEFAULT_ADDRESS_BITS;
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
