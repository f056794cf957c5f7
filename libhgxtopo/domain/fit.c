/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a PCI address of a domain is one that libvirt takes. */
#include "domain/fit.h"
#include "guest/controller.h"

#define ENDPOINT (JOIN_PCI | JOIN_PCIE)

/* Controller 0 without a model is pcie-root, any other a root port. */
const struct pci_model *base_model(const struct base_item *item)
{
	const char *name = xml_attribute(item->element, "model");

	if (!name)
		name = item->index ? "pcie-root-port" : "pcie-root";
	return pci_model_emulated(name, xml_attribute(xml_child(item->element, "model"), "name"));
}

/* The model of controller @index; libvirt adds a root port where there is none. */
static const struct pci_model *bus_model(const struct base *base, int index)
{
	for (size_t i = 0; index && i < base->count; i++) {
		const struct base_item *item = &base->items[i];

		if (item->pci_controller && !item->gone && item->index == index)
			return base_model(item);
	}
	return pci_model_named(index ? "pcie-root-port" : "pcie-root");
}

/* An address that the user gives may mix conventional PCI and PCIe. */
static unsigned joins_of(const struct base_item *item)
{
	const struct pci_model *model = item->pci_controller ? base_model(item) : NULL;
	unsigned joins = model ? model->joins & ~(unsigned)(JOIN_AUTO | JOIN_SHARED) : ENDPOINT;

	return joins & JOIN_BRIDGE ? joins | ENDPOINT : joins;
}

static const char *takes(const struct pci_model *bus)
{
	switch (bus->kind) {
	case HGX_ROOT_PORT:
	case HGX_SWITCH_DOWN:
		return "which takes one device or switch, in slot 0";
	case HGX_SWITCH_UP:
		return "the upstream port of a switch, which takes downstream ports only";
	case HGX_HOST_BRIDGE:
		return bus->joins ?
			       "an expander bus, which takes root ports only" :
			       "pcie.0, which takes devices, root ports and expander buses, in "
			       "slots 1 to 31";
	default:
		return "a bridge, which takes conventional PCI devices only";
	}
}

const char *base_misfit(const struct base *base, const struct base_item *item)
{
	const struct pci_model *bus = item->placed && !item->gone ?
					      bus_model(base, item->address.bus) :
					      NULL;
	unsigned accepts = bus ? bus->accepts : 0;

	if (!bus || (item->pci_controller && (!base_model(item) || !base_model(item)->joins)))
		return NULL;
	if (accepts & ENDPOINT)
		accepts |= ENDPOINT;
	if (joins_of(item) & accepts && item->address.device >= bus->first_slot &&
	    item->address.device <= bus->last_slot)
		return NULL;
	return takes(bus);
}
