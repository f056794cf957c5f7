/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fits the mirror into the base domain: what leaves it, what cannot stay, and which
 * numbers are free. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/settle.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/size.h"
#include "util/text.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/alias.h"
#include "domain/assigned.h"
#include "domain/base.h"
#include "domain/device.h"
#include "domain/notes.h"
#include "domain/tree.h"

static unsigned line_of(const struct base *base, const struct base_item *item)
{
	return xml_line(base->text, item->element->whole.start);
}

static void note_removed(struct hgx_plan *plan, const struct base_item *item)
{
	if (!item->ours)
		plan_note(plan, RULE_BASE_REPLACED, HGX_NOTE, item->source, NULL,
			  "the domain's <%s> in line %u is removed: %s is left out",
			  item->element->name, line_of(plan->base, item),
			  node_title(item->source).text);
}

/* The host does not have it, or it is a bridge: the element stays as it is. */
static void note_unknown(struct hgx_plan *plan, const struct base_item *item)
{
	if (item->source)
		plan_note(
			plan, RULE_HOST_DEVICE_MISSING, HGX_WARNING, item->source,
			"assign the devices behind it",
			"the domain's <%s> in line %u assigns %s, which is a bridge and cannot be "
			"assigned; it stays as it is",
			item->element->name, line_of(plan->base, item),
			node_title(item->source).text);
	else
		plan_note(plan, RULE_HOST_DEVICE_MISSING, HGX_WARNING, NULL,
			  "correct its <source>, or give the host that the domain runs on",
			  "the domain's <%s> in line %u assigns %s, which this host does not have; "
			  "it stays as it is",
			  item->element->name, line_of(plan->base, item),
			  bdf_text(item->source_address).text);
}

/* Its place goes with what an earlier run wrote. */
static bool is_adrift(const struct base *base, const struct base_item *item)
{
	for (size_t i = 0; item->placed && i < base->count; i++)
		if (base->items[i].gone && base->items[i].index >= 0 &&
		    base->items[i].index == (int)item->address.bus)
			return true;
	return false;
}

static bool is_device(const struct base_item *item)
{
	return item->source && !kind_of(item->source->kind)->bridge;
}

static void settle_device(struct hgx_plan *plan, struct base_item *item)
{
	if (!plan_chose(plan, item->source) && item->held)
		return;
	item->gone = true;
	if (plan_chose(plan, item->source))
		item->kept = item == base_item_of(plan->base, item->source);
	else
		note_removed(plan, item);
}

/* What the domain assigns keeps its element. */
static void settle_devices(struct hgx_plan *plan)
{
	struct base *base = plan->base;

	for (size_t i = 0; i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!item->assigned)
			continue;
		if (is_device(item)) {
			settle_device(plan, item);
			continue;
		}
		note_unknown(plan, item);
		item->adrift = is_adrift(base, item);
		item->placed &= !item->adrift;
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

static const char *list_text(struct hgx_plan *plan, const struct cpuset *set)
{
	const char *copy = NULL;
	struct text text;
	char *list;

	if (text_open(&text, NULL))
		return NULL;
	cpulist_write(text.stream, set->ids, set->count);
	if (text_close(&text, &list, NULL))
		return NULL;
	copy = arena_string(&plan->arena, list);
	hgx_text_free(list);
	return copy;
}

/* With new vCPUs, QEMU's own threads go to the reserved cores. */
static void note_own_threads(struct hgx_plan *plan, const char *name)
{
	const struct base *base = plan->base;
	const struct xml_element *pin = xml_child(xml_child(base->domain, "cputune"), name);
	const char *before = xml_attribute(pin, "cpuset");
	const char *after = list_text(plan, &plan->reserved);

	if (!before || !after || !strcmp(before, after))
		return;
	plan_note(plan, RULE_BASE_REPLACED, HGX_NOTE, NULL, NULL,
		  "the domain's <%s> in line %u %s%.100s: new vCPUs get new pins", name,
		  xml_line(base->text, pin->whole.start), *after ? "moves to CPUs " : "is left out",
		  after);
}

/* One note, however many there are. */
static void note_of_vcpus(struct hgx_plan *plan, const struct xml_element *parent, const char *name)
{
	const struct base *base = plan->base;
	const struct xml_element *first = xml_child(parent, name);
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

static void note_new_vcpus(struct hgx_plan *plan)
{
	const struct xml_element *domain = plan->base->domain;

	note_own_threads(plan, "emulatorpin");
	note_own_threads(plan, "iothreadpin");
	note_of_vcpus(plan, domain, "vcpus");
	for (size_t i = 0; i < ARRAY_SIZE(of_vcpus); i++)
		note_of_vcpus(plan, xml_child(domain, "cputune"), of_vcpus[i]);
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
	if (!base->keeps_vcpus)
		note_new_vcpus(plan);
	if (base_replaces_iommu(plan) && !plan->only_pci)
		plan_note(
			plan, RULE_BASE_REPLACED, HGX_WARNING, NULL, NULL,
			"the domain's own <iommu> is replaced: this many vCPUs need an Intel "
			"IOMMU with interrupt remapping, extended interrupt mode and caching mode");
	domain_note_acpi(plan);
}

int base_settle(struct hgx_plan *plan, struct hgx_error *err)
{
	int code;

	if (!plan->base)
		return HGX_OK;
	code = check_memory(plan, err);
	if (!code)
		code = check_cells(plan, err);
	if (code)
		return code;
	settle_devices(plan);
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

/* A chassis number of the user's; libvirt gives a port without one its index. */
static bool has_chassis(const struct base *base, unsigned chassis)
{
	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		const char *text = xml_attribute(xml_child(item->element, "target"), "chassis");

		if (!item->gone && item->pci_controller && text &&
		    strtoul(text, NULL, 0) == chassis)
			return true;
	}
	return false;
}

static int give_chassis(struct hgx_plan *plan, struct port *top, bool *used, struct hgx_error *err)
{
	const struct base *base = plan->base;

	for (struct port *port = top; port; port = port_next(top, port)) {
		unsigned chassis = MAX_CONTROLLERS - 1;

		if (port->user || (port->kind != HGX_ROOT_PORT && port->kind != HGX_SWITCH_DOWN) ||
		    !has_chassis(base, port->index))
			continue;
		while (chassis && used[chassis])
			chassis--;
		if (!chassis)
			return fail_option(err, RULE_DOMAIN_CHASSIS, OPTION_BASE,
					   "%s: a port of the domain has chassis %u, which is the "
					   "index of controller %u of the mirror, and no other is "
					   "free; remove chassis='%u'",
					   base->name, port->index, port->index, port->index);
		used[chassis] = true;
		port->chassis = chassis;
	}
	return HGX_OK;
}

/* QEMU takes no number twice: where the user's own has the index of a port of the mirror, that
 * gets another one. */
int base_give_chassis(struct hgx_plan *plan, struct hgx_error *err)
{
	bool used[MAX_CONTROLLERS] = { false };
	int code;

	if (!plan->base)
		return HGX_OK;
	for (unsigned i = 0; i < MAX_CONTROLLERS; i++)
		used[i] = plan->base->used_index[i] || has_chassis(plan->base, i);
	for (const struct port *p = plan->root; p; p = port_next(plan->root, p))
		used[p->index] = true;
	for (const struct port *top = plan->expanders; top; top = top->next)
		for (const struct port *p = top; p; p = port_next(top, p))
			used[p->index] = true;
	code = give_chassis(plan, plan->root, used, err);
	for (struct port *top = plan->expanders; !code && top; top = top->next)
		code = give_chassis(plan, top, used, err);
	return code;
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
