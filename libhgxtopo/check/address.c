/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the PCI addresses of a domain: what libvirt or QEMU refuses, and what does not go
 * where the devices of the host belong. */
#include <stdbool.h>
#include <stdlib.h>
#include "check/domain.h"
#include "model/kind.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/controller.h"
#include "guest/port.h"
#include "domain/fit.h"

/* The device of the host, else the element: "GPU 0000:18:00.0 (…)", "<interface>". */
static const char *item_title(struct domain_check *check, const struct base_item *item)
{
	struct arena *arena = &check->check.out->arena;

	if (item->source)
		return arena_string(arena, node_title(item->source).text);
	if (item->pci_controller)
		return arena_format(arena, "PCI controller %d", item->index);
	return arena_format(arena, "<%.30s>", item->element->name);
}

void address_refused(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];
		const char *misfit = base_misfit(&domain->base, item);

		if (misfit)
			domain_add(check, domain, RULE_ADDRESS_REFUSED, item->element, item->source,
				   NULL, "%s: libvirt refuses slot %u of PCI controller %u, %s",
				   item_title(check, item), item->address.device, item->address.bus,
				   misfit);
	}
}

/* The chassis number of a root port or downstream port, which is its index unless it is given; -1
 * for anything else (QEMU's hw/pci/pcie_port.c: pcie_chassis_add_slot()). */
static long chassis_of(const struct base_item *item)
{
	const struct pci_model *model = item->pci_controller ? base_model(item) : NULL;
	const char *text = xml_attribute(xml_child(item->element, "target"), "chassis");

	if (!model || (model->kind != HGX_ROOT_PORT && model->kind != HGX_SWITCH_DOWN))
		return -1;
	return text ? strtol(text, NULL, 0) : item->index;
}

void chassis_twice(struct domain_check *check, const struct domain *domain)
{
	const struct base *base = &domain->base;

	for (size_t i = 0; i < base->count; i++) {
		long chassis = chassis_of(&base->items[i]);
		size_t first = 0;

		while (first < i && chassis_of(&base->items[first]) != chassis)
			first++;
		if (chassis >= 0 && first < i)
			domain_add(
				check, domain, RULE_CHASSIS_TWICE, base->items[i].element, NULL,
				NULL,
				"PCI controller %d has chassis %ld, and so has PCI controller %d "
				"in line %u",
				base->items[i].index, chassis, base->items[first].index,
				xml_line(base->text, base->items[first].element->whole.start));
	}
}

void controller_order(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];

		if (item->pci_controller && item->placed && item->index >= 0 &&
		    item->address.bus >= item->index)
			domain_add(check, domain, RULE_CONTROLLER_ORDER, item->element, NULL, NULL,
				   "PCI controller %d is on PCI controller %u; its index must be "
				   "higher than %u",
				   item->index, item->address.bus, item->address.bus);
	}
}

static bool is_ours_to_place(const struct hgx_node *device)
{
	return kind_computes(device->kind) || device->kind == HGX_NIC ||
	       device->kind == HGX_NVSWITCH || device->kind == HGX_NVME;
}

void on_root_bus(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];

		if (item->source && is_ours_to_place(item->source) && item->placed &&
		    !item->address.bus)
			domain_add(check, domain, RULE_ON_ROOT_BUS, item->element, item->source,
				   domain_mirror(check, domain),
				   "%s is in slot %u of pcie.0; it should be on a root port",
				   node_title(item->source).text, item->address.device);
	}
}

static const struct port *bus_of(const struct port *port)
{
	while (port->parent)
		port = port->parent;
	return port;
}

void port_borrowed(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; domain->whole && i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];

		if (item->placed || item->pci_controller || item->assigned || !item->port ||
		    !item->port->parent || bus_of(item->port) == domain->plan->root)
			continue;
		domain_add(
			check, domain, RULE_PORT_BORROWED, item->element, NULL, NULL,
			"%s has no <address>, and libvirt puts it on PCI controller %u, below the "
			"expander bus of PCI controller %u",
			item_title(check, item), item->port->parent->index,
			bus_of(item->port)->index);
	}
}
