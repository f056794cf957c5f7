/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCIe tree as arguments of QEMU. Devices are written as key=value, not as JSON: QEMU creates
 * those given in JSON last, and the devices that the user appends would not find their bus. */
#include <stdbool.h>
#include <stdio.h>
#include "emit/qemu_pci.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/controller.h"
#include "guest/plan.h"
#include "guest/port.h"

static void write_address(FILE *stream, const struct port *port)
{
	fprintf(stream, ",addr=0x%x", port->slot);
	if (port->function)
		fprintf(stream, ".0x%x", port->function);
	if (port->multifunction)
		fputs(",multifunction=on", stream);
}

/* The number of a port on its root bus or in its switch, as libvirt computes it. */
static unsigned number_of(const struct port *port)
{
	return port->kind == HGX_ROOT_PORT ? port->slot << 3 | port->function : port->slot;
}

static void write_port(FILE *stream, const struct hgx_plan *plan, const struct port *port)
{
	const char *bus = port->parent == plan->root ? "pcie.0" : port->parent->alias;

	fprintf(stream, "-device\n%s,id=%s,bus=%s", pci_model_of(port)->qemu, port->alias, bus);
	if (port->kind != HGX_SWITCH_UP) {
		fprintf(stream, ",port=%u,chassis=%u,slot=%u", number_of(port), port->index,
			port->index);
		if (plan->hardware.hotplug_off)
			fputs(",hotplug=off", stream);
	}
	if (port->speed)
		fprintf(stream, ",x-speed=%s,x-width=%u", port->speed, port->width);
	write_address(stream, port);
	fputc('\n', stream);
}

static void write_expander(FILE *stream, const struct port *bus)
{
	fprintf(stream, "-device\n%s,id=%s,bus=pcie.0,bus_nr=%u", pci_model_of(bus)->qemu,
		bus->alias, bus->secondary);
	if (bus->cell >= 0)
		fprintf(stream, ",numa_node=%d", bus->cell);
	write_address(stream, bus);
	fputc('\n', stream);
}

/* QEMU's host= only takes 16-bit PCI domains. */
static void write_assigned(FILE *stream, const struct hgx_plan *plan, const struct port *device)
{
	const struct hgx_node *host = device->host;

	fprintf(stream, "-device\nvfio-pci,%s%s,id=%s,bus=%s",
		host->pci->address.domain > 0xffff ? "sysfsdev=/sys/bus/pci/devices/" : "host=",
		host->name, device->alias, device->parent->alias);
	if (plan->hardware.iommufd)
		fputs(",iommufd=iommufd0", stream);
	if (device->clique >= 0)
		fprintf(stream, ",x-nv-gpudirect-clique=%d", device->clique);
	write_address(stream, device);
	fputc('\n', stream);
}

/* Writes either the bridges or the devices below the expander buses. */
static void write_below(FILE *stream, const struct hgx_plan *plan, bool bridges)
{
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		for (const struct port *port = port_next(bus, bus); port;
		     port = port_next(bus, port)) {
			if (kind_of(port->kind)->bridge != bridges)
				continue;
			if (bridges)
				write_port(stream, plan, port);
			else
				write_assigned(stream, plan, port);
		}
}

void qemu_pci(FILE *stream, const struct hgx_plan *plan)
{
	for (const struct port *port = plan->root->first; port; port = port->next)
		write_port(stream, plan, port);
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		write_expander(stream, bus);
	write_below(stream, plan, true);
	write_below(stream, plan, false);
}
