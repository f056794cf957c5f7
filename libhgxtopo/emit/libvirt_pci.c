/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCIe tree of a libvirt domain: controllers, assigned devices, and the QEMU properties and
 * arguments that libvirt has no element for. */
#include <stdio.h>
#include <stdlib.h>
#include "emit/libvirt_pci.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/xml.h"
#include "guest/controller.h"
#include "guest/plan.h"
#include "guest/port.h"

static void write_address(struct xml *xml, unsigned bus, const struct port *port)
{
	xml_start(xml, "address");
	xml_attr(xml, "type", "pci");
	xml_attr(xml, "domain", "0x0000");
	xml_attr(xml, "bus", "0x%02x", bus);
	xml_attr(xml, "slot", "0x%02x", port->slot);
	xml_attr(xml, "function", "0x%x", port->function);
	if (port->multifunction)
		xml_attr(xml, "multifunction", "on");
	xml_end(xml);
}

static void write_alias(struct xml *xml, const char *alias)
{
	xml_start(xml, "alias");
	xml_attr(xml, "name", "%s", alias);
	xml_end(xml);
}

/* The device of QEMU is always written: which one libvirt takes without it depends on its release,
 * and another one has other ids, links and ACS. */
static void start_controller(struct xml *xml, const struct port *port)
{
	const struct pci_model *model = pci_model_of(port);

	xml_start(xml, "controller");
	xml_attr(xml, "type", "pci");
	xml_attr(xml, "index", "%u", port->index);
	xml_attr(xml, "model", "%s", model->name);
	xml_start(xml, "model");
	xml_attr(xml, "name", "%s", model->qemu);
	xml_end(xml);
}

static void write_target(struct xml *xml, const struct port *port, bool hotplug_off)
{
	if (!port->chassis && !hotplug_off)
		return;
	xml_start(xml, "target");
	if (port->chassis)
		xml_attr(xml, "chassis", "%u", port->chassis);
	if (hotplug_off)
		xml_attr(xml, "hotplug", "off");
	xml_end(xml);
}

/* libvirt refuses hotplug='' on an upstream port. */
static void write_port(struct xml *xml, const struct hgx_plan *plan, const struct port *port)
{
	/* a device of the user's on a spare port is not part of the mirror */
	const struct port *device = port->first && !port->first->user ? port->first : NULL;

	if (port->host && device && !kind_of(device->kind)->bridge)
		xml_comment(xml, "host %s, the port of %s -> guest %s", node_title(port->host).text,
			    device->host->name, port->guest->name);
	else if (port->host)
		xml_comment(xml, "host %s -> guest %s", node_title(port->host).text,
			    port->guest->name);
	else if (device)
		xml_comment(xml, "for %s -> guest %s", device->host->name, port->guest->name);
	start_controller(xml, port);
	write_target(xml, port, port->kind != HGX_SWITCH_UP && plan->hardware.hotplug_off);
	write_alias(xml, port->alias);
	write_address(xml, port->parent->index, port);
	xml_end(xml);
}

static unsigned spares(const struct hgx_plan *plan)
{
	unsigned count = 0;

	for (const struct port *port = plan->root->first; port; port = port->next)
		count += !port->user;
	return count;
}

void write_spares(struct xml *xml, const struct hgx_plan *plan)
{
	if (!spares(plan))
		return;
	xml_comment(xml,
		    "%u free root ports for your own disk, network and other devices: libvirt puts "
		    "a device without an address on the first free one",
		    spares(plan));
	for (const struct port *port = plan->root->first; port; port = port->next)
		if (!port->user)
			write_port(xml, plan, port);
}

static void comment_expander(struct xml *xml, const struct port *bus)
{
	if (bus->complex && bus->cell >= 0)
		xml_comment(xml,
			    "expander bus of cell %d, host root bus %s: guest buses from 0x%02x on",
			    bus->cell, bus->complex->name, bus->secondary);
	else if (bus->complex)
		xml_comment(xml,
			    "expander bus of host root bus %s, whose NUMA node is unknown: guest "
			    "buses from 0x%02x on",
			    bus->complex->name, bus->secondary);
	else if (bus->cell >= 0)
		xml_comment(xml, "expander bus of cell %d, host %s: guest buses from 0x%02x on",
			    bus->cell, bus->host->name, bus->secondary);
	else
		xml_comment(xml,
			    "expander bus without a NUMA cell: guest buses "
			    "from 0x%02x on",
			    bus->secondary);
}

static void write_expander(struct xml *xml, const struct port *bus)
{
	comment_expander(xml, bus);
	start_controller(xml, bus);
	xml_start(xml, "target");
	xml_attr(xml, "busNr", "%u", bus->secondary);
	if (bus->cell >= 0)
		xml_leaf(xml, "node", "%d", bus->cell);
	xml_end(xml);
	write_alias(xml, bus->alias);
	write_address(xml, 0, bus);
	xml_end(xml);
}

void write_controller(struct xml *xml, const struct hgx_plan *plan, const struct port *port)
{
	if (port->kind == HGX_HOST_BRIDGE)
		write_expander(xml, port);
	else
		write_port(xml, plan, port);
}

void write_place(struct xml *xml, const struct hgx_plan *plan, const struct port *device)
{
	(void)plan;
	write_address(xml, device->parent->index, device);
}

void write_hostdev(struct xml *xml, const struct hgx_plan *plan, const struct port *device)
{
	const struct hgx_pci *pci = device->host->pci;

	xml_comment(xml, "host %s -> guest %s", node_title(device->host).text, device->guest->name);
	xml_start(xml, "hostdev");
	xml_attr(xml, "mode", "subsystem");
	xml_attr(xml, "type", "pci");
	xml_attr(xml, "managed", "yes");
	xml_start(xml, "driver");
	xml_attr(xml, "name", "vfio");
	if (plan->hardware.iommufd)
		xml_attr(xml, "iommufd", "yes");
	xml_end(xml);
	xml_start(xml, "source");
	xml_start(xml, "address");
	xml_attr(xml, "domain", "0x%04x", pci->address.domain);
	xml_attr(xml, "bus", "0x%02x", pci->address.bus);
	xml_attr(xml, "slot", "0x%02x", pci->address.device);
	xml_attr(xml, "function", "0x%x", pci->address.function);
	xml_end(xml);
	xml_end(xml);
	write_alias(xml, device->alias);
	write_place(xml, plan, device);
	xml_end(xml);
}

/* The default of devices without a word of their own, such as the user adds. */
void write_iommufd(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->hardware.iommufd || !plan->hardware.libvirt.iommufd_default)
		return;
	xml_start(xml, "iommufd");
	xml_attr(xml, "enabled", "yes");
	xml_end(xml);
}

static const struct port *next_of_mirror(const struct hgx_plan *plan, const struct port **bus,
					 const struct port *port)
{
	if (!*bus)
		*bus = plan->expanders;
	while (*bus) {
		port = port_next(*bus, port ? port : *bus);
		if (port && !port->user)
			return port;
		if (!port)
			*bus = (*bus)->next;
	}
	return NULL;
}

void write_mirror(struct xml *xml, const struct hgx_plan *plan)
{
	const struct port *bus = NULL, *port = NULL;

	for (bus = plan->expanders; bus; bus = bus->next)
		if (!bus->user)
			write_expander(xml, bus);
	bus = NULL;
	while ((port = next_of_mirror(plan, &bus, port)) != NULL)
		if (kind_of(port->kind)->bridge)
			write_port(xml, plan, port);
	bus = NULL;
	while ((port = next_of_mirror(plan, &bus, port)) != NULL)
		if (!kind_of(port->kind)->bridge)
			write_hostdev(xml, plan, port);
}

static void write_argument(struct xml *xml, const char *value)
{
	xml_start(xml, "qemu:arg");
	xml_attr(xml, "value", "%s", value);
	xml_end(xml);
}

void write_commandline(struct xml *xml, const struct hgx_plan *plan)
{
	if (plan->hardware.io_reserve_off) {
		xml_comment(xml, "in place of hotplug='off', which libvirt has from 6.3 on");
		write_argument(xml, "-global");
		write_argument(xml, "pcie-root-port.io-reserve=0");
	}
	if (plan->window) {
		xml_comment(xml,
			    "the 64-bit window that the BARs of the assigned devices need, in MiB");
		write_argument(xml, "-fw_cfg");
		xml_start(xml, "qemu:arg");
		xml_attr(xml, "value", "name=opt/ovmf/X-PciMmio64Mb,string=%llu",
			 (unsigned long long)(plan->window >> 20));
		xml_end(xml);
	}
}

static void write_property(struct xml *xml, const char *name, const char *type, const char *value)
{
	xml_start(xml, "qemu:property");
	xml_attr(xml, "name", "%s", name);
	xml_attr(xml, "type", "%s", type);
	xml_attr(xml, "value", "%s", value);
	xml_end(xml);
}

static void start_device(struct xml *xml, const struct port *port)
{
	xml_start(xml, "qemu:device");
	xml_attr(xml, "alias", "%s", port->alias);
	xml_start(xml, "qemu:frontend");
}

static void end_device(struct xml *xml)
{
	xml_end(xml);
	xml_end(xml);
}

static void write_link(struct xml *xml, const struct port *port)
{
	char width[16];

	if (!port->speed)
		return;
	snprintf(width, sizeof(width), "%u", port->width);
	start_device(xml, port);
	write_property(xml, "x-speed", "string", port->speed);
	write_property(xml, "x-width", "string", width);
	end_device(xml);
}

static void write_clique(struct xml *xml, const struct port *port)
{
	char id[16];

	if (port->clique < 0)
		return;
	snprintf(id, sizeof(id), "%d", port->clique);
	start_device(xml, port);
	write_property(xml, "x-nv-gpudirect-clique", "unsigned", id);
	end_device(xml);
}

void write_override(struct xml *xml, const struct hgx_plan *plan)
{
	const struct port *bus = NULL, *port = NULL;

	if (!plan->hardware.libvirt.properties)
		return;
	while ((port = next_of_mirror(plan, &bus, port)) != NULL) {
		write_link(xml, port);
		write_clique(xml, port);
	}
}
