/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a domain: checks that it is a q35 one, and finds out what an earlier run wrote
 * and which devices of the host it assigns. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/base.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/plan.h"
#include "domain/alias.h"
#include "domain/assigned.h"

#define MAX_IOTHREADS 1024
#define DEFAULT_PAGE_SIZE                                                       \
	(2u << 20) /* of Linux on x86, unless default_hugepagesz says otherwise \
		    */

/* libvirt wants the type, and this library does without it. */
static int check_type(const struct base *base, struct hgx_error *err)
{
	const char *type = xml_attribute(base->domain, "type");

	if (!type || !strcmp(type, "kvm") || !strcmp(type, "qemu"))
		return HGX_OK;
	return base_broken(base, base->domain, RULE_DOMAIN_MACHINE, err,
			   "domain type '%.40s' is not supported; it must be 'kvm' or 'qemu'",
			   type);
}

/* The words of libvirt's virScaleInteger() for those of hgx_size_parse(). */
static const char *unit_of(const struct xml_element *element)
{
	const char *unit = xml_attribute(element, "unit");

	if (!unit || !*unit)
		return "KiB";
	return !strcmp(unit, "bytes") || !strcmp(unit, "byte") ? "B" : unit;
}

static bool size_read(const struct xml_element *element, const char *value, uint64_t *out)
{
	const char *unit = unit_of(element);
	size_t length;
	char text[64];

	value += strspn(value, " \t\r\n");
	length = strcspn(value, " \t\r\n");
	if (value[length + strspn(value + length, " \t\r\n")] ||
	    length + strlen(unit) >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s%s", (int)length, value, unit);
	return !hgx_size_parse(out, text, NULL);
}

int base_size(const struct base *base, const struct xml_element *element, const char *value,
	      uint64_t *out, struct hgx_error *err)
{
	if (size_read(element, value, out))
		return HGX_OK;
	return base_broken(base, element, RULE_DOMAIN_VALUE, err, "'%.40s' is not a size in %.10s",
			   value + strspn(value, " \t\r\n"), unit_of(element));
}

static int check_machine(const struct base *base, struct hgx_error *err)
{
	const struct xml_element *os = xml_child(base->domain, "os");
	const struct xml_element *type = xml_child(os, "type");
	const char *machine = xml_attribute(type, "machine"), *arch = xml_attribute(type, "arch");

	if (!type || strcmp(type->text, "hvm"))
		return base_broken(base, type ? type : base->domain, RULE_DOMAIN_MACHINE, err,
				   base->whole ?
					   "<os><type> is not hvm; only fully virtualized q35 "
					   "domains can be read" :
					   "<os><type> is not hvm; the mirror needs a fully "
					   "virtualized machine");
	if (arch && strcmp(arch, "x86_64"))
		return base_broken(
			base, type, RULE_DOMAIN_MACHINE, err,
			base->whole ? "architecture %s is not supported; only x86_64 domains can "
				      "be read" :
				      "architecture %s is not supported; VMs are planned for "
				      "x86_64 only",
			arch);
	if (!machine)
		return base_broken(
			base, type, RULE_DOMAIN_MACHINE, err,
			"<os><type> does not name a machine, and libvirt's default has no PCI "
			"Express; write machine='q35'");
	if (!strcmp(machine, "q35") || !strncmp(machine, "pc-q35-", 7))
		return HGX_OK;
	if (base->whole)
		return base_broken(base, type, RULE_DOMAIN_MACHINE, err,
				   "machine type %s is not supported; only q35 domains can be read",
				   machine);
	return base_broken(base, type, RULE_DOMAIN_MACHINE, err,
			   "machine type %s is not supported; the host's PCIe tree can only be "
			   "mirrored on a q35: make a new domain with machine='q35' (addresses "
			   "will differ)",
			   machine);
}

static int check_namespace(const struct base *base, struct hgx_error *err)
{
	const char *space = xml_attribute(base->domain, "xmlns:qemu");

	if (!base->whole && space && strcmp(space, QEMU_NAMESPACE))
		return base_broken(base, base->domain, RULE_DOMAIN_NAMESPACE, err,
				   "xmlns:qemu is '%s', but libvirt's is " QEMU_NAMESPACE
				   "; use another prefix for yours",
				   space);
	return HGX_OK;
}

static int read_document(struct hgx_plan *plan, struct base *base, struct hgx_error *err)
{
	struct xml_element *domain;
	int code;

	base->name = arena_string(&plan->arena, base->name);
	base->text = arena_copy(&plan->arena, base->text, base->length);
	if (plan->arena.failed)
		return fail_memory(err);
	code = xml_read(&plan->arena, &domain, base->text, base->length, base->name, err);
	if (code && code != HGX_NO_MEMORY)
		error_option(err, base_option(base));
	if (code)
		return code;
	base->domain = domain;
	if (domain->space)
		return base_broken(
			base, domain, RULE_DOMAIN_FORMAT, err,
			"the root element is in the namespace %.80s, but a libvirt domain has "
			"none; give a domain as virsh dumpxml writes it",
			domain->space);
	if (!xml_is(domain, "domain"))
		return base_broken(
			base, domain, RULE_DOMAIN_FORMAT, err,
			"the root element is <%s>, not <domain>; give a domain as virsh dumpxml "
			"writes it",
			domain->name);
	base->devices = xml_child(domain, "devices");
	if (!base->devices)
		return base_broken(
			base, domain, RULE_DOMAIN_INCOMPLETE, err,
			"the domain has no <devices>; give a complete domain, as virsh dumpxml "
			"writes it");
	code = check_type(base, err);
	if (!code)
		code = check_machine(base, err);
	return code ? code : check_namespace(base, err);
}

static int read_address(const struct base *base, struct base_item *item, struct hgx_error *err)
{
	const struct xml_element *address = xml_child(item->element, "address");
	const char *const names[] = { "domain", "bus", "slot", "function" };
	const unsigned max[] = { 0, MAX_CONTROLLERS - 1, PCIE_SLOTS - 1, 7 };
	unsigned values[4] = { 0 };

	if (!address || !xml_attribute_is(address, "type", "pci") ||
	    (!xml_attribute(address, "slot") && !xml_attribute(address, "bus")))
		return HGX_OK;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = xml_attribute(address, names[i]);

		if (value && !xml_number(value, max[i], &values[i]))
			return base_broken(
				base, address, RULE_DOMAIN_VALUE, err,
				"%s='%s' is not valid in a PCI address of a q35; it must be a "
				"number up to %u",
				names[i], value, max[i]);
	}
	item->placed = true;
	item->address = (struct hgx_bdf){ 0, (uint8_t)values[1], (uint8_t)values[2],
					  (uint8_t)values[3] };
	return HGX_OK;
}

static int read_index(const struct base *base, struct base_item *item, struct hgx_error *err)
{
	const char *index = xml_attribute(item->element, "index");
	unsigned value;

	item->index = -1;
	if (!item->pci_controller || !index)
		return HGX_OK;
	if (!xml_number(index, MAX_CONTROLLERS - 1, &value))
		return base_broken(base, item->element, RULE_DOMAIN_VALUE, err,
				   "index='%s' of a PCI controller must be a number up to %u",
				   index, MAX_CONTROLLERS - 1);
	item->index = (int)value;
	return HGX_OK;
}

static int read_item(const struct hgx_plan *plan, const struct base *base, struct base_item *item,
		     struct hgx_error *err)
{
	const struct xml_element *element = item->element;
	bool hostdev = xml_is(element, "hostdev");
	int code;

	item->alias = xml_attribute(xml_child(element, "alias"), "name");
	item->pci_controller = xml_is(element, "controller") &&
			       xml_attribute_is(element, "type", "pci");
	item->ours = !base->whole && (hostdev || item->pci_controller) &&
		     alias_is_ours(item->alias);
	item->gone = item->ours && item->pci_controller;
	item->assigned = base_assigns(element);
	item->held = item->assigned &&
		     xml_attribute_is(xml_child(element, "address"), "type", "unassigned");
	code = item->assigned ? base_read_source(plan->host, base, item, err) : HGX_OK;
	if (!code)
		code = read_index(base, item, err);
	return code ? code : read_address(base, item, err);
}

static int read_items(struct hgx_plan *plan, struct base *base, struct hgx_error *err)
{
	size_t count = 0;
	int code = HGX_OK;

	for (const struct xml_element *e = base->devices->first; e; e = e->next)
		count++;
	base->items = arena_alloc(&plan->arena, (count + 1) * sizeof(*base->items));
	if (!base->items)
		return fail_memory(err);
	for (const struct xml_element *e = base->devices->first; !code && e; e = e->next) {
		if (!e->name)
			continue;
		base->items[base->count].element = e;
		code = read_item(plan, base, &base->items[base->count++], err);
	}
	return code ? code : base_check_sources(plan, base, err);
}

/* <iothreads> gives the number of threads, <iothreadids> ids of some of them. libvirt
 * gives the others the lowest free ids. */
static int read_iothreads(struct hgx_plan *plan, const struct base *base, struct hgx_error *err)
{
	const struct xml_element *element = xml_child(base->domain, "iothreads");
	const struct xml_element *ids = xml_child(base->domain, "iothreadids");
	unsigned count = 0, listed = 0, id = 0;
	uint32_t *numbers;

	for (const struct xml_element *e = xml_child(ids, "iothread"); e; e = xml_following(e))
		listed++;
	if (element && !xml_number(element->text, MAX_IOTHREADS, &count))
		return base_broken(base, element, RULE_DOMAIN_VALUE, err,
				   "<iothreads> is '%.20s'; it must be a number up to %u",
				   element->text, MAX_IOTHREADS);
	if (listed > MAX_IOTHREADS)
		return base_broken(base, ids, RULE_DOMAIN_VALUE, err,
				   "<iothreadids> has %u iothreads; %u are possible", listed,
				   MAX_IOTHREADS);
	count = count < listed ? listed : count;
	numbers = arena_alloc(&plan->arena, (count + 1) * sizeof(*numbers));
	if (!numbers)
		return fail_memory(err);
	plan->iothread_ids = numbers;
	plan->iothreads = count;
	count = 0;
	for (const struct xml_element *e = xml_child(ids, "iothread"); e; e = xml_following(e)) {
		const char *text = xml_attribute(e, "id");

		if (!text || !xml_number(text, INT32_MAX, &numbers[count++]))
			return base_broken(base, e, RULE_DOMAIN_VALUE, err,
					   "an <iothread> has no valid id");
	}
	while (count < plan->iothreads) {
		bool used = false;

		id++;
		for (unsigned i = 0; i < listed; i++)
			used |= numbers[i] == id;
		if (!used)
			numbers[count++] = id;
	}
	return HGX_OK;
}

/* Keeps memAccess of the domain's cells: virtiofs needs shared memory. */
static void read_memory_access(struct hgx_plan *plan, const struct base *base)
{
	const struct xml_element *numa = xml_child(xml_child(base->domain, "cpu"), "numa");

	plan->memory_access = xml_attribute(xml_child(numa, "cell"), "memAccess");
}

/* What no option changes stays as it is. An option that names the number of vCPUs that the
 * domain has changes nothing. */
static void read_kept(const struct hgx_plan *plan, struct base *base)
{
	const struct hgx_plan_options *options = &plan->options;
	const struct xml_element *vcpu = xml_child(base->domain, "vcpu");
	unsigned count = 1;

	base->keeps_vcpus = !options->vcpus ||
			    ((!vcpu || xml_number(vcpu->text, UINT32_MAX, &count)) &&
			     options->vcpus == count);
	base->keeps_memory = !options->memory && !options->memory_per_cell;
	base->keeps_pages = !options->hugepages;
	base->keeps_iommufd = !options->iommufd;
}

/* The size of all <page>s of <hugepages>; 0: they differ, or one is not a size. */
static uint64_t common_size(const struct xml_element *first)
{
	uint64_t common = 0, bytes;

	for (const struct xml_element *page = first; page; page = xml_following(page)) {
		const char *size = xml_attribute(page, "size");

		if (!size || !size_read(page, size, &bytes) || (common && bytes != common))
			return 0;
		common = bytes;
	}
	return common;
}

/* Keeps the huge pages of the domain unless the options set a page size. */
static int read_hugepages(struct hgx_plan *plan, struct base *base, struct hgx_error *err)
{
	const struct xml_element *pages = xml_child(xml_child(base->domain, "memoryBacking"),
						    "hugepages");
	const struct xml_element *page = xml_child(pages, "page");

	base->has_pages = pages != NULL;
	if (!pages || !base->keeps_pages)
		return HGX_OK;
	if (!page) {
		base->page_size = DEFAULT_PAGE_SIZE;
		plan_note(plan, RULE_PAGE_SIZE_ASSUMED, HGX_NOTE, NULL,
			  "name the size: <page size='1' unit='GiB'/>",
			  "the domain's <hugepages/> names no page size, so its host's default "
			  "counts, which is taken to be 2 MiB (Hugepagesize in /proc/meminfo)");
		return HGX_OK;
	}
	base->page_size = common_size(page);
	if (base->keeps_vcpus ||
	    (!xml_following(page) && (base->page_size == 2u << 20 || base->page_size == 1u << 30)))
		return HGX_OK;
	return base_broken(
		base, page, RULE_DOMAIN_HUGE_PAGES, err,
		"the pages of <hugepages> are not all 2 MiB or all 1 GiB; set the page size of "
		"the mirror with %s",
		plan_option(plan, OPTION_HUGEPAGES).text);
}

int base_open(struct hgx_plan *plan, struct base *base, struct hgx_error *err)
{
	int code;

	plan->base = base;
	code = read_document(plan, base, err);
	if (!code && xml_child(base->domain, "name"))
		plan->name = xml_child(base->domain, "name")->text;
	if (!code)
		code = read_iothreads(plan, base, err);
	return code ? code : read_items(plan, base, err);
}

int base_read(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct hgx_plan_options *options = &plan->options;
	struct base *base;
	int code;

	if (!options->base)
		return HGX_OK;
	base = arena_alloc(&plan->arena, sizeof(*base));
	if (!base)
		return fail_memory(err);
	base->name = options->base_name ? options->base_name : "the base domain";
	base->text = options->base;
	base->length = options->base_length ? options->base_length : strlen(options->base);
	code = base_open(plan, base, err);
	if (code)
		return code;
	read_kept(plan, base);
	read_memory_access(plan, base);
	return read_hugepages(plan, base, err);
}

/* libvirt boots SeaBIOS unless the domain asks for a UEFI firmware or names a loader. */
bool base_is_bios(const struct hgx_plan *plan)
{
	const struct xml_element *os;

	if (!plan->base)
		return false;
	os = xml_child(plan->base->domain, "os");
	return !xml_attribute_is(os, "firmware", "efi") && !xml_child(os, "loader");
}

bool base_hides_kvm(const struct hgx_plan *plan)
{
	const struct xml_element *features;

	if (!plan->base)
		return false;
	features = xml_child(plan->base->domain, "features");
	return xml_attribute_is(xml_child(xml_child(features, "kvm"), "hidden"), "state", "on");
}

/* By default, or for one of its devices: those that come along then do as well. */
bool base_uses_iommufd(const struct hgx_plan *plan)
{
	const struct base *base = plan->base;
	const struct xml_element *iommufd = base ? xml_child(base->domain, "iommufd") : NULL;

	for (size_t i = 0; base && i < base->count; i++)
		if (base->items[i].assigned &&
		    xml_attribute_is(xml_child(base->items[i].element, "driver"), "iommufd", "yes"))
			return true;
	return xml_attribute_is(iommufd, "enabled", "yes");
}

bool base_is_running(const struct hgx_plan *plan)
{
	return plan->base && xml_attribute(plan->base->domain, "id");
}
