/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base domain with the mirror in it. The parts that the plan decides replace those in the
 * domain, in the style of their neighbours. A second run changes nothing, because it finds what
 * the first one wrote and replaces it in the same place. */
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
#include "domain/base.h"
#include "domain/device.h"
#include "domain/override.h"
#include "emit/base_devices.h"
#include "emit/libvirt_part.h"
#include "emit/rewrite.h"
#include "emit/same.h"

/* Those that do not say otherwise follow it; base_devices.c sees to the others. */
static void put_iommufd(struct rewriting *rw)
{
	const struct xml_element *element = xml_child(rw->base->domain, "iommufd");
	const char *lines = part_lines(rw, PART_IOMMUFD, 0);

	if (rw->base->keeps_iommufd || !*lines)
		return;
	if (!element)
		rewrite_add_top(rw, "iommufd", lines);
	else if (!xml_attribute_is(element, "enabled", "yes"))
		rewrite_attribute(rw, element, "enabled", "yes");
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

static bool is_our_override(const struct rewriting *rw, const struct xml_element *element)
{
	return override_is_ours(rw->base, element);
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
	else if (element && !(*lines && all_say_same(rw, element, gone, lines)))
		rewrite_all(rw, element, gone, lines);
	else if (!element && *lines)
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
	rw->unit = find_unit(rw);
	if (rw->plan->only_pci) {
		put_devices(rw);
		return;
	}
	put_namespace(rw);
	base_put_vcpus(rw);
	put_iommufd(rw);
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
