/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the part of a domain that stays the first ports of the plan: its PCI controllers,
 * and the devices that have an address. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/tree.h"
#include "util/error.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/controller.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/added.h"
#include "domain/alias.h"
#include "domain/base.h"
#include "domain/controllers.h"
#include "domain/device.h"
#include "domain/fit.h"
#include "domain/ruleset.h"

int base_refuse(const struct base *base, const struct base_item *item, enum rule_id rule,
		struct hgx_error *err, const char *format, ...)
{
	char text[300];
	va_list args;
	int code;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	code = base_broken(base, item->element, rule, err, "<%.30s>%s%.60s: %s",
			   item->element->name, item->alias ? " " : "",
			   item->alias ? item->alias : "", text);
	error_node(err, item->source ? item->source->name : NULL);
	return code;
}

/* Ids, links and ACS of a guest's port depend on which device of QEMU it is. */
static int refuse_model(const struct base *base, const struct base_item *item,
			struct hgx_error *err)
{
	const char *name = xml_attribute(item->element, "model");
	const char *qemu = xml_attribute(xml_child(item->element, "model"), "name");

	if (name && qemu && pci_model_named(name))
		return base_refuse(base, item, RULE_DOMAIN_CONTROLLER_MODEL, err,
				   "PCI controller %d is a %s, and none of those is called '%.40s' "
				   "(<model name>); the name of this model is '%s'",
				   item->index, name, qemu, pci_model_named(name)->qemu);
	return base_refuse(base, item, RULE_DOMAIN_CONTROLLER_MODEL, err,
			   "a q35 cannot have PCI controller %d of this model; define the domain "
			   "and give the output of virsh dumpxml",
			   item->index);
}

static int claim_index(struct base *base, struct base_item *item, struct hgx_error *err)
{
	if (base->used_index[item->index] && (item->index || base->by_index[0]))
		return base_refuse(base, item, RULE_DOMAIN_CLASH, err,
				   "another PCI controller has index %d", item->index);
	base->used_index[item->index] = true;
	return HGX_OK;
}

/* libvirt gives controllers without an index the lowest free ones. */
static int claim_indexes(struct base *base, struct hgx_error *err)
{
	unsigned next = 1;
	int code = HGX_OK;

	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!item->pci_controller || item->gone)
			continue;
		if (item->index < 0 && xml_attribute_is(item->element, "model", "pcie-root"))
			item->index = 0;
		if (item->index > 0)
			code = claim_index(base, item, err);
	}
	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!item->pci_controller || item->gone || item->index >= 0)
			continue;
		while (next < MAX_CONTROLLERS && base->used_index[next])
			next++;
		if (next == MAX_CONTROLLERS)
			return base_refuse(base, item, RULE_CONTROLLERS_EXHAUSTED, err,
					   "libvirt allows %d PCI controllers, and all are in use",
					   MAX_CONTROLLERS);
		item->index = (int)next;
		base->used_index[next] = true;
	}
	return code;
}

struct port *base_port(struct hgx_plan *plan, enum hgx_kind kind, const char *alias)
{
	struct port *port = port_add(plan, NULL, kind, NULL);

	if (!port)
		return NULL;
	port->user = true;
	port->cell = -1;
	port->alias = alias ? alias : "";
	return port;
}

void base_add_expander(struct base *base, struct port *expander)
{
	struct port **link = &base->expanders;

	while (*link && (*link)->secondary <= expander->secondary)
		link = &(*link)->next;
	expander->next = *link;
	*link = expander;
}

/* join.c numbers an expander bus that has no busNr. */
static int read_expander(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	const struct xml_element *target = xml_child(item->element, "target");
	const struct xml_element *node = xml_child(target, "node");
	const char *number = xml_attribute(target, "busNr");
	unsigned long secondary = number ? strtoul(number, NULL, 0) : 0;
	unsigned cell;

	if ((!number || !item->placed) && !plan->base->whole)
		return base_refuse(
			plan->base, item, RULE_DOMAIN_ADDRESS_NEEDED, err,
			"this expander bus has no %s, and what libvirt would choose depends on "
			"those of the mirror; give it one",
			number ? "PCI <address>" : "bus number (<target busNr='…'/>)");
	if ((number && (secondary < 1 || secondary > 254)) || item->address.bus)
		return base_refuse(plan->base, item, RULE_DOMAIN_VALUE, err,
				   "an expander bus must sit on bus 0 and have a busNr from 1 to "
				   "254");
	item->port->secondary = (unsigned)secondary;
	if (node && !xml_number(node->text, INT32_MAX, &cell))
		return base_refuse(plan->base, item, RULE_DOMAIN_VALUE, err,
				   "its <node> is '%.20s'; it must be the number of a guest NUMA "
				   "node",
				   node->text);
	if (node)
		item->port->cell = (int)cell;
	if (number)
		base_add_expander(plan->base, item->port);
	return HGX_OK;
}

static int add_controller(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	const struct pci_model *model = item->model = base_model(item);
	struct base *base = plan->base;
	struct port *port;

	if (!model || (item->index == 0) != !model->joins)
		return refuse_model(base, item, err);
	if (!model->joins)
		return HGX_OK;
	if (model->kind == HGX_SWITCH_DOWN && !item->placed && !base->whole)
		return base_refuse(
			base, item, RULE_DOMAIN_ADDRESS_NEEDED, err,
			"this port has no <address>, and libvirt could put it on a switch of "
			"the mirror; give it one");
	port = base_port(plan, model->kind, item->alias);
	if (!port)
		return fail_memory(err);
	item->port = base->by_index[item->index] = port;
	port->model = model;
	port->index = (unsigned)item->index;
	port->slot = item->address.device;
	port->function = item->address.function;
	base->ports_needed += !item->placed && model->joins & (JOIN_UP | JOIN_TO_PCI) ? 1 : 0;
	return model->kind == HGX_HOST_BRIDGE ? read_expander(plan, item, err) : HGX_OK;
}

enum hgx_kind base_kind(const struct base *base, const struct base_item *item)
{
	enum hgx_kind kind = HGX_OTHER;

	if (item->source)
		kind = item->source->kind;
	else if (base->whole && item->assigned)
		kind = xml_is(item->element, "interface") ? HGX_NIC : alias_kind(item->alias);
	return kind_of(kind)->bridge ? HGX_OTHER : kind;
}

int base_add_device(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	struct port *port = base_port(plan, base_kind(plan->base, item), item->alias);

	if (!port)
		return fail_memory(err);
	item->port = port;
	port->host = item->source;
	port->slot = item->address.device;
	port->function = item->address.function;
	port->class_code = item->assigned ? 0 : base_class(item->element);
	return HGX_OK;
}

static const struct base_item *ours_at(const struct base *base, unsigned index)
{
	for (size_t i = 0; i < base->count; i++)
		if (base->items[i].ours && base->items[i].index == (int)index)
			return &base->items[i];
	return NULL;
}

/* Links the item to the controller of its address. libvirt adds a root port if there is
 * none. */
static int find_parent(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	struct base *base = plan->base;
	unsigned bus = item->address.bus;
	const struct base_item *ours = base->by_index[bus] ? NULL : ours_at(base, bus);

	if (ours)
		return base_refuse(
			base, item, RULE_DOMAIN_ADDRESS_UNUSABLE, err,
			"it sits on PCI controller %u (%s), which belongs to the mirror and is "
			"rewritten; remove its <address>, and libvirt puts it on a free root port",
			bus, ours->alias);
	if (!base->by_index[bus] &&
	    (item->address.device || element_seat(base->libvirt, item->element) == SEAT_PCI ||
	     (item->model && !(item->model->joins & (JOIN_UP | JOIN_TO_PCI)))))
		return base_refuse(
			base, item, RULE_DOMAIN_ADDRESS_UNUSABLE, err,
			"it sits on PCI controller %u, which the domain does not have and which "
			"cannot be a root port; add that controller, or remove the <address>",
			bus);
	if (!base->by_index[bus]) {
		base->by_index[bus] = base_port(plan, HGX_ROOT_PORT, NULL);
		if (!base->by_index[bus])
			return fail_memory(err);
		base->by_index[bus]->index = bus;
		base->used_index[bus] = true;
	}
	if (item->port->kind != HGX_HOST_BRIDGE)
		item->port->parent = base->by_index[bus];
	return HGX_OK;
}

static int check_fit(const struct base *base, const struct base_item *item, struct hgx_error *err)
{
	const char *misfit = base_misfit(base, item);

	if (!misfit)
		return HGX_OK;
	return base_refuse(base, item, RULE_DOMAIN_ADDRESS_REFUSED, err,
			   "libvirt refuses slot %u of PCI controller %u, %s", item->address.device,
			   item->address.bus, misfit);
}

static const struct port *top_of(const struct port *port)
{
	unsigned steps = 0;

	while (port->parent && steps++ <= MAX_CONTROLLERS)
		port = port->parent;
	return port->parent ? NULL : port;
}

static bool same_seat(const struct port *port, const struct base_item *item)
{
	return port->slot == item->address.device && port->function == item->address.function;
}

struct line {
	char text[32];
};

/* " (line 12)": where the element of a port is; "" if it has none. */
static struct line line_of(const struct base *base, const struct port *port)
{
	struct line line = { "" };

	for (size_t i = 0; i < base->count; i++)
		if (base->items[i].port == port)
			snprintf(line.text, sizeof(line.text), " (line %u)",
				 xml_line(base->text, base->items[i].element->whole.start));
	return line;
}

static int check_seat(const struct base *base, const struct base_item *item, struct hgx_error *err)
{
	const struct port *bus = base->by_index[item->address.bus];
	const struct port *taken = NULL;

	for (const struct port *port = bus->first; port; port = port->next)
		taken = same_seat(port, item) ? port : taken;
	for (const struct port *port = base->expanders; port && !item->address.bus;
	     port = port->next)
		taken = port != item->port && same_seat(port, item) ? port : taken;
	if (taken)
		return base_refuse(
			base, item, RULE_DOMAIN_CLASH, err,
			"another device%s has the same address, slot %u function %u of PCI "
			"controller %u",
			line_of(base, taken).text, item->address.device, item->address.function,
			item->address.bus);
	return HGX_OK;
}

static int link_items(struct hgx_plan *plan, struct hgx_error *err)
{
	struct base *base = plan->base;
	int code = HGX_OK;

	for (size_t i = 0; !code && i < base->count; i++)
		if (base->items[i].port && base->items[i].placed)
			code = find_parent(plan, &base->items[i], err);
	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!item->port || !item->placed || item->port == plan->root)
			continue;
		if (!top_of(item->port))
			return base_refuse(base, item, RULE_DOMAIN_CYCLE, err,
					   "the PCI controllers above it form a ring");
		code = check_fit(base, item, err);
		if (!code)
			code = check_seat(base, item, err);
		if (!code && item->port->parent)
			port_insert(item->port->parent, item->port);
	}
	return code;
}

static int add_items(struct hgx_plan *plan, struct hgx_error *err)
{
	struct base *base = plan->base;
	int code = HGX_OK;

	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (item->gone || base_is_built_in(item))
			continue;
		if (item->pci_controller)
			code = add_controller(plan, item, err);
		else if (item->placed)
			code = base_add_device(plan, item, err);
	}
	return code;
}

static void count_ports(struct hgx_plan *plan, const struct list *controllers)
{
	struct base *base = plan->base;
	struct base_needs needs;

	base_count_needs(base, controllers, &needs);
	base->ports_needed += needs.ports;
	for (size_t i = 0; i < PCIE_SLOTS; i++)
		base->used_slot[i] |= needs.slots[i];
	for (size_t i = 1; i < MAX_CONTROLLERS; i++) {
		const struct port *port = base->by_index[i];

		if (!port || port->kind == HGX_HOST_BRIDGE)
			continue;
		base->ports_free += !port->first &&
				    (port->kind == HGX_ROOT_PORT || port->kind == HGX_SWITCH_DOWN);
	}
	base->used_slot[0] = base->used_slot[PCIE_SLOTS - 1] = true;
	for (const struct port *port = plan->root->first; port; port = port->next)
		base->used_slot[port->slot] = true;
	for (const struct port *port = base->expanders; port; port = port->next)
		base->used_slot[port->slot] = true;
}

int base_tree(struct hgx_plan *plan, struct hgx_error *err)
{
	struct base *base = plan->base;
	struct list controllers;
	int code;

	base->libvirt = ruleset_of(plan->versions.libvirt);
	base->used_index[0] = true;
	base->by_index[0] = plan->root;
	code = claim_indexes(base, err);
	if (!code)
		code = controllers_list(plan, &controllers, err);
	if (!code)
		code = add_items(plan, err);
	if (!code)
		code = link_items(plan, err);
	if (code)
		return code;
	count_ports(plan, &controllers);
	return HGX_OK;
}
