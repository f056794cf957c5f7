/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base domain with the mirror in it. What the plan decides replaces what stands there,
 * in the style of its neighbours; everything else stays byte for byte. Done again with its own
 * result, nothing changes: what is written is found again in the same place. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "emit/base.h"
#include "emit/base_cpu.h"
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

/* The items are in the order of the text. */
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

/* Arguments come in twos; ours are known by the second, and they are ours only if the plan
 * has such a one to write or our comment says so: the user may have set one himself. */
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
	    (!libvirt_has(rw->plan, PART_COMMANDLINE) && !libvirt_has(rw->plan, PART_OVERRIDE)))
		return;
	edit_insert(&rw->edits, domain->tag.start + strlen("<domain"),
		    " xmlns:qemu='" QEMU_NAMESPACE "'");
}

/* What a child of <domain> that stays is indented by more than <domain>. */
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
	rw->unit = find_unit(rw);
	put_namespace(rw);
	base_put_vcpus(rw);
	put_features(rw);
	base_put_cpu(rw);
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
