/* The base domain with the mirror in it. What the plan decides replaces what stands there,
 * in the style of its neighbours; everything else stays byte for byte. Done again with its own
 * result, nothing changes: what is written is found again in the same place. */
#include <stdlib.h>
#include <string.h>
#include "base.h"
#include "edit.h"
#include "libvirt.h"

#define OUR_COMMENT " hgxtopo: "

struct rewriting {
	const struct hgx_plan *plan;
	const struct base *base;
	struct arena arena; /* of the new texts */
	struct edits edits;
	const char *unit;      /* of indentation */
	const char *arguments; /* that the plan has for QEMU */
	int code;
	struct hgx_error *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the line starts that holds nothing before @at, its line end included; @at itself if
 * something else stands on the line. */
static size_t lead_start(const struct rewriting *rw, size_t at)
{
	const char *text = rw->base->text;
	size_t start = at;

	while (start && is_blank(text[start - 1]) && text[start - 1] != '\n')
		start--;
	if (!start || text[start - 1] != '\n')
		return at;
	start--;
	return start && text[start - 1] == '\r' ? start - 1 : start;
}

/* The line end and the indentation before @at; "": other things are on its line. */
static const char *lead(struct rewriting *rw, size_t at)
{
	size_t start = lead_start(rw, at);

	return arena_copy(&rw->arena, rw->base->text + start, at - start);
}

static bool only_blanks(const struct rewriting *rw, size_t from, size_t to)
{
	while (from < to && is_blank(rw->base->text[from]))
		from++;
	return from >= to;
}

static bool is_our_comment(const struct xml_element *element)
{
	return element && !element->name &&
	       !strncmp(element->text, OUR_COMMENT, strlen(OUR_COMMENT));
}

/* Our comment before an element belongs to it. */
static size_t start_of(const struct rewriting *rw, const struct xml_element *element)
{
	const struct xml_element *before = element->previous;

	if (is_our_comment(before) && only_blanks(rw, before->whole.end, element->whole.start))
		return before->whole.start;
	return element->whole.start;
}

/* How a further child of @parent is to be set off. */
static const char *child_lead(struct rewriting *rw, const struct xml_element *parent)
{
	const char *own = "";

	if (parent->last)
		own = lead(rw, parent->last->whole.start);
	if (parent->first)
		return *own ? own : lead(rw, parent->first->whole.start);
	own = lead(rw, parent->whole.start);
	return *own ? arena_format(&rw->arena, "%s%s", own, rw->unit) : "";
}

static const char *keep(struct rewriting *rw, struct text *text)
{
	const char *kept;
	char *lines;

	if (text_close(text, &lines, rw->err)) {
		rw->code = HGX_NO_MEMORY;
		return "";
	}
	kept = arena_string(&rw->arena, lines);
	free(lines);
	return kept;
}

/* Lines indented by two blanks a level, set off as @lead says. */
static const char *fit(struct rewriting *rw, const char *lines, const char *set_off)
{
	struct text text;

	if (rw->code || text_open(&text, rw->err)) {
		rw->code = rw->code ? rw->code : HGX_NO_MEMORY;
		return "";
	}
	while (*lines) {
		size_t blanks = strspn(lines, " "), length = strcspn(lines, "\n");

		fputs(set_off, text.stream);
		for (size_t i = 0; *set_off && i < blanks / 2; i++)
			fputs(rw->unit, text.stream);
		fwrite(lines + blanks, 1, length - blanks, text.stream);
		lines += length + (lines[length] == '\n');
	}
	return keep(rw, &text);
}

static const char *part_lines(struct rewriting *rw, enum libvirt_part part, unsigned depth)
{
	const char *kept;
	char *lines;
	int code = libvirt_part(rw->plan, part, depth, &lines, rw->err);

	if (code) {
		rw->code = code;
		return "";
	}
	kept = arena_string(&rw->arena, lines);
	hgx_text_free(lines);
	return kept;
}

static const char *wrapped(struct rewriting *rw, const char *element, enum libvirt_part part)
{
	const char *lines = part_lines(rw, part, 1);

	return *lines ? arena_format(&rw->arena, "<%s>\n%s</%s>\n", element, lines, element) : "";
}

static void replace(struct rewriting *rw, const struct xml_element *element, const char *lines)
{
	size_t start = start_of(rw, element), line = lead_start(rw, start);

	edit_replace(&rw->edits, (struct span){ line, element->whole.end },
		     fit(rw, lines, lead(rw, start)));
}

static void drop(struct rewriting *rw, const struct xml_element *element)
{
	replace(rw, element, "");
}

/* Into an element without children, which may be <x/>. */
static void fill(struct rewriting *rw, const struct xml_element *parent, const char *lines)
{
	const char *text = rw->base->text, *inside = fit(rw, lines, child_lead(rw, parent));
	const char *own = lead(rw, parent->whole.start);
	size_t slash = parent->tag.end - 2, length;

	if (parent->tag.end < parent->whole.end) {
		edit_insert(&rw->edits, parent->inner.start, inside);
		if (!only_blanks(rw, parent->inner.start, parent->inner.end) ||
		    !memchr(text + parent->inner.start, '\n',
			    parent->inner.end - parent->inner.start))
			edit_insert(&rw->edits, parent->inner.end, own);
		return;
	}
	while (is_blank(text[slash - 1]))
		slash--;
	length = strcspn(text + parent->tag.start + 1, " \t\r\n/>");
	edit_replace(&rw->edits, (struct span){ slash, parent->tag.end },
		     arena_format(&rw->arena, ">%s%s</%.*s>", inside, own, (int)length,
				  text + parent->tag.start + 1));
}

static void append(struct rewriting *rw, const struct xml_element *parent, const char *lines)
{
	if (!*lines)
		return;
	if (parent->first)
		edit_insert(&rw->edits, parent->last->whole.end,
			    fit(rw, lines, child_lead(rw, parent)));
	else
		fill(rw, parent, lines);
}

/* In the order libvirt writes them, for people: it takes any. */
static const char *const order[] = {
	"name",	    "uuid",	 "genid",     "title",	       "description",
	"metadata", "maxMemory", "memory",    "currentMemory", "memoryBacking",
	"vcpu",	    "vcpus",	 "iothreads", "iothreadids",   "defaultiothread",
	"cputune",  "numatune",	 "resource",  "sysinfo",       "bootloader",
	"os",	    "features",	 "cpu",
};

static void add_top(struct rewriting *rw, const char *name, const char *lines)
{
	const struct xml_element *domain = rw->base->domain, *after = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(order) && strcmp(order[i], name); i++) {
		const struct xml_element *found = xml_child(domain, order[i]);

		if (found && (!after || found->whole.end > after->whole.end))
			after = found;
	}
	edit_insert(&rw->edits, after ? after->whole.end : domain->inner.start,
		    fit(rw, lines, child_lead(rw, domain)));
}

/* The first of the name; libvirt knows one of each. */
static void put_top(struct rewriting *rw, const char *name, const char *lines)
{
	const struct xml_element *element = xml_child(rw->base->domain, name);

	if (element)
		replace(rw, element, lines);
	else if (*lines)
		add_top(rw, name, lines);
}

static void put_memory(struct rewriting *rw)
{
	const char *lines = part_lines(rw, PART_MEMORY, 0), *start;

	put_top(rw, "memory", lines);
	start = strchr(lines, '>');
	if (start && xml_child(rw->base->domain, "currentMemory"))
		put_top(rw, "currentMemory",
			arena_format(&rw->arena, "<currentMemory unit='KiB'>%.*s</currentMemory>\n",
				     (int)strcspn(start + 1, "<"), start + 1));
}

static void put_hugepages(struct rewriting *rw)
{
	const struct xml_element *backing = xml_child(rw->base->domain, "memoryBacking");
	const struct xml_element *pages = xml_child(backing, "hugepages");
	const char *lines = part_lines(rw, PART_HUGEPAGES, 0);

	if (pages)
		replace(rw, pages, lines);
	else if (backing)
		append(rw, backing, lines);
	else if (*lines)
		add_top(rw, "memoryBacking", wrapped(rw, "memoryBacking", PART_HUGEPAGES));
}

/* Those of @parent that @gone picks go away, and the lines stand where the first stood. */
typedef bool picks(const struct rewriting *rw, const struct xml_element *element);

static void replace_all(struct rewriting *rw, const struct xml_element *parent, picks *gone,
			const char *lines)
{
	const struct xml_element *first = NULL;

	for (const struct xml_element *e = parent->first; e; e = e->next) {
		if (!e->name || !gone(rw, e))
			continue;
		replace(rw, e, first ? "" : lines);
		first = first ? first : e;
	}
	if (!first)
		append(rw, parent, lines);
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
		replace_all(rw, cputune, is_pin, part_lines(rw, PART_PINS, 0));
	else
		add_top(rw, "cputune", wrapped(rw, "cputune", PART_PINS));
}

static void put_features(struct rewriting *rw)
{
	const struct xml_element *features = xml_child(rw->base->domain, "features");
	const struct xml_element *ioapic = xml_child(features, "ioapic");
	const char *acpi = xml_child(features, "acpi") ? "" : "<acpi/>\n";
	const char *lines = part_lines(rw, PART_IOAPIC, 0);

	if (!features) {
		add_top(rw, "features",
			arena_format(&rw->arena, "<features>\n  <acpi/>\n%s</features>\n",
				     part_lines(rw, PART_IOAPIC, 1)));
		return;
	}
	if (ioapic && *lines)
		replace(rw, ioapic, lines);
	append(rw, features, ioapic ? acpi : arena_format(&rw->arena, "%s%s", acpi, lines));
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
	bool host = xml_attribute_is(cpu, "mode", "host-passthrough") ||
		    xml_attribute_is(cpu, "mode", "maximum");
	const char *bits = "", *topoext = "";

	if (!cpu) {
		add_top(rw, "cpu", part_lines(rw, PART_CPU, 0));
		return;
	}
	if (topology)
		replace(rw, topology, part_lines(rw, PART_TOPOLOGY, 0));
	if (numa)
		replace(rw, numa, part_lines(rw, PART_NUMA, 0));
	if (host && !xml_child(cpu, "maxphysaddr"))
		bits = part_lines(rw, PART_MAXPHYSADDR, 0);
	if (host && !has_feature(cpu, "topoext"))
		topoext = part_lines(rw, PART_TOPOEXT, 0);
	append(rw, cpu,
	       arena_format(&rw->arena, "%s%s%s%s",
			    topology ? "" : part_lines(rw, PART_TOPOLOGY, 0), bits, topoext,
			    numa ? "" : part_lines(rw, PART_NUMA, 0)));
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

/* What more than 255 APIC ids need, if the domain has no IOMMU that does it. */
static const char *iommu_lines(struct rewriting *rw, const struct xml_element *iommu)
{
	const struct xml_element *driver = xml_child(iommu, "driver");

	if (xml_attribute_is(driver, "intremap", "on") && xml_attribute_is(driver, "eim", "on") &&
	    xml_attribute_is(driver, "caching_mode", "on"))
		return "";
	return part_lines(rw, PART_IOMMU, 0);
}

static void put_devices(struct rewriting *rw)
{
	const struct xml_element *devices = rw->base->devices;
	const struct xml_element *iommu = xml_child(devices, "iommu");
	const char *lines = arena_format(&rw->arena, "%s%s", part_lines(rw, PART_SPARES, 0),
					 part_lines(rw, PART_MIRROR, 0));
	const char *added = iommu_lines(rw, iommu);
	bool any = false;

	for (const struct xml_element *e = devices->first; e; e = e->next) {
		any |= is_ours(rw, e);
		if (is_gone(rw, e, false))
			drop(rw, e);
	}
	if (iommu && *added)
		replace(rw, iommu, added);
	if (any)
		replace_all(rw, devices, is_ours, lines);
	append(rw, devices, arena_format(&rw->arena, "%s%s", any ? "" : lines, iommu ? "" : added));
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
		drop(rw, element);
	else if (element)
		replace_all(rw, element, gone, lines);
	else if (*lines)
		append(rw, rw->base->domain,
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
	const char *outer = lead(rw, domain->whole.start);
	const char *inner = "";

	for (const struct xml_element *e = domain->first; e && !*inner; e = e->next)
		if (!e->name || !xml_is(e, "vcpus"))
			inner = lead(rw, e->whole.start);
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
	put_top(rw, "vcpu", part_lines(rw, PART_VCPU, 0));
	for (; vcpus; vcpus = xml_following(vcpus))
		drop(rw, vcpus);
	put_pins(rw);
	put_top(rw, "numatune", part_lines(rw, PART_NUMATUNE, 0));
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
