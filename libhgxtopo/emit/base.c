/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base domain with the mirror in it. The parts that the plan decides replace those in the
 * domain, in the style of their neighbours. A second run changes nothing, because it finds what
 * the first one wrote and replaces it in the same place. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "emit/base.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "format/edit.h"
#include "format/xml_read.h"
#include "guest/plan.h"
#include "domain/alias.h"
#include "domain/base.h"
#include "domain/device.h"
#include "emit/libvirt_part.h"
#include "emit/rewrite.h"

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

static void put_hugepages(struct rewriting *rw)
{
	const struct xml_element *backing = xml_child(rw->base->domain, "memoryBacking");
	const struct xml_element *pages = xml_child(backing, "hugepages");
	const char *lines = part_lines(rw, PART_HUGEPAGES, 0);

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

	if (cputune)
		rewrite_all(rw, cputune, is_pin, part_lines(rw, PART_PINS, 0));
	else
		rewrite_add_top(rw, "cputune", wrapped(rw, "cputune", PART_PINS));
}

static void put_features(struct rewriting *rw)
{
	const struct xml_element *features = xml_child(rw->base->domain, "features");
	const struct xml_element *ioapic = xml_child(features, "ioapic");
	const char *acpi = xml_child(features, "acpi") ? "" : "<acpi/>\n";
	const char *lines = part_lines(rw, PART_IOAPIC, 0);

	if (!features) {
		rewrite_add_top(rw, "features",
				arena_format(&rw->arena, "<features>\n  <acpi/>\n%s</features>\n",
					     part_lines(rw, PART_IOAPIC, 1)));
		return;
	}
	if (ioapic && *lines)
		rewrite_element(rw, ioapic, lines);
	rewrite_append(rw, features, ioapic ? acpi : arena_format(&rw->arena, "%s%s", acpi, lines));
}

static bool has_feature(const struct xml_element *cpu, const char *name)
{
	for (const struct xml_element *e = xml_child(cpu, "feature"); e; e = xml_following(e))
		if (xml_attribute_is(e, "name", name))
			return true;
	return false;
}

static void put_cpu(struct rewriting *rw)
{
	const struct xml_element *cpu = xml_child(rw->base->domain, "cpu");
	const struct xml_element *topology = xml_child(cpu, "topology");
	const struct xml_element *numa = xml_child(cpu, "numa");
	bool host = base_shows_processor(rw->base);
	const char *bits = "", *topoext = "";

	if (!cpu) {
		rewrite_add_top(rw, "cpu", part_lines(rw, PART_CPU, 0));
		return;
	}
	if (topology)
		rewrite_element(rw, topology, part_lines(rw, PART_TOPOLOGY, 0));
	if (numa)
		rewrite_element(rw, numa, part_lines(rw, PART_NUMA, 0));
	if (host && !xml_child(cpu, "maxphysaddr"))
		bits = part_lines(rw, PART_MAXPHYSADDR, 0);
	if (host && !has_feature(cpu, "topoext"))
		topoext = part_lines(rw, PART_TOPOEXT, 0);
	rewrite_append(rw, cpu,
		       arena_format(&rw->arena, "%s%s%s%s",
				    topology ? "" : part_lines(rw, PART_TOPOLOGY, 0), bits, topoext,
				    numa ? "" : part_lines(rw, PART_NUMA, 0)));
}

/* base->items are in the order of the text. */
static int by_place(const void *a, const void *b)
{
	const struct xml_element *one = a, *two = ((const struct base_item *)b)->element;

	return one->whole.start < two->whole.start ? -1 : one->whole.start > two->whole.start;
}

static bool is_gone(const struct rewriting *rw, const struct xml_element *element, bool ours)
{
	const struct base_item *item = NULL;

	if (element->name)
		item = bsearch(element, rw->base->items, rw->base->count, sizeof(*item), by_place);
	return item && item->gone && item->ours == ours;
}

static bool is_ours(const struct rewriting *rw, const struct xml_element *element)
{
	return is_gone(rw, element, true);
}

static void put_devices(struct rewriting *rw)
{
	const struct xml_element *devices = rw->base->devices;
	const struct xml_element *iommu = xml_child(devices, "iommu");
	const char *lines = arena_format(&rw->arena, "%s%s", part_lines(rw, PART_SPARES, 0),
					 part_lines(rw, PART_MIRROR, 0));
	const char *added = part_lines(rw, PART_IOMMU, 0);
	bool any = false;

	for (const struct xml_element *e = devices->first; e; e = e->next) {
		any |= is_ours(rw, e);
		if (is_gone(rw, e, false))
			rewrite_drop(rw, e);
	}
	if (base_replaces_iommu(rw->plan))
		rewrite_element(rw, iommu, added);
	if (any)
		rewrite_all(rw, devices, is_ours, lines);
	rewrite_append(rw, devices,
		       arena_format(&rw->arena, "%s%s", any ? "" : lines, iommu ? "" : added));
}

static const struct xml_element *qemu_child(const struct xml_element *parent, const char *name)
{
	for (const struct xml_element *e = parent->first; e; e = e->next)
		if (e->name && e->space && !strcmp(e->space, QEMU_NAMESPACE) &&
		    !strcmp(e->name, name))
			return e;
	return NULL;
}

static bool is_our_override(const struct rewriting *rw, const struct xml_element *element)
{
	(void)rw;
	return alias_is_ours(xml_attribute(element, "alias"));
}

/* Arguments come in pairs of option and value. Ours are recognized by the value. The user may
 * have set the same one, so it counts as ours only if the plan writes one too or our comment is
 * before it. */
static bool is_our_value(const struct rewriting *rw, const struct xml_element *element)
{
	static const struct {
		const char *option, *value;
	} ours[] = {
		{ "-global", "pcie-root-port.io-reserve=" },
		{ "-fw_cfg", "name=opt/ovmf/X-PciMmio64Mb," },
	};
	const char *value = xml_attribute(element, "value");
	const struct xml_element *before = element->previous;

	for (size_t i = 0; value && before && before->name && i < ARRAY_SIZE(ours); i++)
		if (!strncmp(value, ours[i].value, strlen(ours[i].value)) &&
		    xml_attribute_is(before, "value", ours[i].option))
			return is_our_comment(before->previous) ||
			       strstr(rw->arguments, ours[i].value);
	return false;
}

static bool is_our_argument(const struct rewriting *rw, const struct xml_element *element)
{
	const struct xml_element *next = element->next;

	return is_our_value(rw, element) || (next && next->name && is_our_value(rw, next));
}

static bool keeps_something(const struct rewriting *rw, const struct xml_element *parent,
			    picks *gone)
{
	for (const struct xml_element *e = parent->first; e; e = e->next)
		if (e->name ? !gone(rw, e) : !is_our_comment(e))
			return true;
	return false;
}

static void put_qemu(struct rewriting *rw, const char *name, enum libvirt_part part, picks *gone)
{
	const struct xml_element *element = qemu_child(rw->base->domain, name);
	const char *lines = part_lines(rw, part, 0);

	if (element && !*lines && element->first && !keeps_something(rw, element, gone))
		rewrite_drop(rw, element);
	else if (element)
		rewrite_all(rw, element, gone, lines);
	else if (*lines)
		rewrite_append(rw, rw->base->domain,
			       wrapped(rw, arena_format(&rw->arena, "qemu:%s", name), part));
}

static void put_namespace(struct rewriting *rw)
{
	const struct xml_element *domain = rw->base->domain;

	if (xml_attribute(domain, "xmlns:qemu") ||
	    (!*part_lines(rw, PART_COMMANDLINE, 0) && !*part_lines(rw, PART_OVERRIDE, 0)))
		return;
	edit_insert(&rw->edits, domain->tag.start + strlen("<domain"),
		    " xmlns:qemu='" QEMU_NAMESPACE "'");
}

/* One level of indentation: the difference between <domain> and its first indented child. A
 * <vcpus> does not count, because it is removed. */
static const char *find_unit(struct rewriting *rw)
{
	const struct xml_element *domain = rw->base->domain;
	const char *outer = rewrite_lead(rw, domain->whole.start);
	const char *inner = "";

	for (const struct xml_element *e = domain->first; e && !*inner; e = e->next)
		if (!e->name || !xml_is(e, "vcpus"))
			inner = rewrite_lead(rw, e->whole.start);
	outer += strspn(outer, "\r\n");
	inner += strspn(inner, "\r\n");
	if (strlen(inner) > strlen(outer) && !strncmp(inner, outer, strlen(outer)))
		return inner + strlen(outer);
	return "  ";
}

static void rewrite(struct rewriting *rw)
{
	const struct xml_element *vcpus = xml_child(rw->base->domain, "vcpus");

	rw->unit = find_unit(rw);
	put_namespace(rw);
	put_memory(rw);
	put_hugepages(rw);
	rewrite_top(rw, "vcpu", part_lines(rw, PART_VCPU, 0));
	for (; vcpus; vcpus = xml_following(vcpus))
		rewrite_drop(rw, vcpus);
	put_pins(rw);
	rewrite_top(rw, "numatune", part_lines(rw, PART_NUMATUNE, 0));
	put_features(rw);
	put_cpu(rw);
	put_devices(rw);
	rw->arguments = part_lines(rw, PART_COMMANDLINE, 0);
	put_qemu(rw, "commandline", PART_COMMANDLINE, is_our_argument);
	put_qemu(rw, "override", PART_OVERRIDE, is_our_override);
}

int emit_base(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	struct rewriting rw = { .plan = plan, .base = plan->base, .err = err };
	int code;

	*out = NULL;
	rewrite(&rw);
	code = rw.code || !rw.arena.failed ? rw.code : fail_memory(err);
	if (!code)
		code = edits_apply(&rw.edits, rw.base->text, rw.base->length, out, err);
	edits_free(&rw.edits);
	arena_free(&rw.arena);
	return code;
}
