/* The plan as a libvirt domain (https://libvirt.org/formatdomain.html). */
#include <string.h>
#include "plan.h"

static void write_memory(struct xml *xml, const struct hgx_plan *plan)
{
	uint64_t total = 0;

	for (size_t i = 0; i < plan->cell_count; i++)
		total += plan->cells[i].memory;
	xml_start(xml, "memory");
	xml_attr(xml, "unit", "KiB");
	xml_text(xml, "%llu", (unsigned long long)(total / 1024));
	xml_end(xml);
}

static void write_cputune(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "vcpu");
	xml_attr(xml, "placement", "static");
	xml_text(xml, "%zu", plan->vcpu_count);
	xml_end(xml);
	xml_start(xml, "cputune");
	for (size_t i = 0; i < plan->vcpu_count; i++) {
		const struct vcpu *vcpu = &plan->vcpus[i];

		if (i == 0 || vcpu->cell != plan->vcpus[i - 1].cell)
			xml_comment(xml, "cell %u: cores of host %s", vcpu->cell,
				    plan->cells[vcpu->cell].host->name);
		xml_start(xml, "vcpupin");
		xml_attr(xml, "vcpu", "%zu", i);
		xml_attr(xml, "cpuset", "%u", vcpu->host->cpu->id);
		xml_end(xml);
	}
	if (plan->reserved.count) {
		xml_comment(xml, "QEMU's own threads run on the cores left to the host");
		xml_start(xml, "emulatorpin");
		xml_attr_ids(xml, "cpuset", plan->reserved.ids, plan->reserved.count);
		xml_end(xml);
	}
	xml_end(xml);
}

/* A set of host nodes in ascending order, however the cells are ordered. */
static void write_numatune(struct xml *xml, const struct hgx_plan *plan)
{
	uint32_t ids[1024];
	size_t count = 0;

	for (const struct hgx_node *node = plan->host->root->first; node; node = node->next)
		for (size_t i = 0; i < plan->cell_count; i++)
			if (plan->cells[i].host == node && count < ARRAY_SIZE(ids))
				ids[count++] = node->memory->id;
	xml_start(xml, "numatune");
	xml_start(xml, "memory");
	xml_attr(xml, "mode", "strict");
	xml_attr_ids(xml, "nodeset", ids, count);
	xml_end(xml);
	for (size_t i = 0; i < plan->cell_count; i++) {
		xml_start(xml, "memnode");
		xml_attr(xml, "cellid", "%zu", i);
		xml_attr(xml, "mode", "strict");
		xml_attr(xml, "nodeset", "%u", plan->cells[i].host->memory->id);
		xml_end(xml);
	}
	xml_end(xml);
}

static bool needs_eim(const struct hgx_plan *plan)
{
	return plan->vcpu_count > 255 || plan_highest_apic_id(plan) > 254;
}

static void write_os(struct xml *xml, const struct hgx_plan *plan)
{
	xml_comment(xml,
		    "UEFI; without these two lines some distributions pick a secure-boot build");
	xml_start(xml, "os");
	xml_attr(xml, "firmware", "efi");
	xml_start(xml, "type");
	xml_attr(xml, "arch", "x86_64");
	xml_attr(xml, "machine", "q35");
	xml_text(xml, "hvm");
	xml_end(xml);
	xml_start(xml, "firmware");
	for (int i = 0; i < 2; i++) {
		xml_start(xml, "feature");
		xml_attr(xml, "enabled", "no");
		xml_attr(xml, "name", "%s", i ? "secure-boot" : "enrolled-keys");
		xml_end(xml);
	}
	xml_end(xml);
	xml_end(xml);
	xml_start(xml, "features");
	xml_start(xml, "acpi");
	xml_end(xml);
	xml_start(xml, "apic");
	xml_end(xml);
	if (needs_eim(plan)) {
		xml_start(xml, "ioapic");
		xml_attr(xml, "driver", "qemu");
		xml_end(xml);
	}
	xml_end(xml);
}

static void write_distances(struct xml *xml, const struct hgx_plan *plan, size_t cell)
{
	const uint32_t *row = plan->cells[cell].host->memory->distances;

	if (!row || plan->cell_count < 2)
		return;
	xml_start(xml, "distances");
	for (size_t i = 0; i < plan->cell_count; i++) {
		xml_start(xml, "sibling");
		xml_attr(xml, "id", "%zu", i);
		xml_attr(xml, "value", "%u", row[numa_rank(plan->cells[i].host)]);
		xml_end(xml);
	}
	xml_end(xml);
}

static void write_cells(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "numa");
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		xml_start(xml, "cell");
		xml_attr(xml, "id", "%zu", i);
		if (cell->vcpus > 1)
			xml_attr(xml, "cpus", "%u-%u", cell->first_vcpu,
				 cell->first_vcpu + cell->vcpus - 1);
		else
			xml_attr(xml, "cpus", "%u", cell->first_vcpu);
		xml_attr(xml, "memory", "%llu", (unsigned long long)(cell->memory / 1024));
		xml_attr(xml, "unit", "KiB");
		write_distances(xml, plan, i);
		xml_end(xml);
	}
	xml_end(xml);
}

/* QEMU leaves topoext out of "host" on AMD; without it the guest sees no SMT siblings. */
static bool needs_topoext(const struct hgx_plan *plan)
{
	const struct hgx_node *package = plan->guest->root->first;

	return plan->threads > 1 && package && package->processor && package->processor->vendor &&
	       !strcmp(package->processor->vendor, "AuthenticAMD");
}

static void write_cpu(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "cpu");
	xml_attr(xml, "mode", "host-passthrough");
	xml_attr(xml, "check", "none");
	xml_attr(xml, "migratable", "off");
	xml_start(xml, "topology");
	xml_attr(xml, "sockets", "%u", plan->sockets);
	xml_attr(xml, "dies", "1");
	xml_attr(xml, "cores", "%u", plan->cores);
	xml_attr(xml, "threads", "%u", plan->threads);
	xml_end(xml);
	xml_start(xml, "cache");
	xml_attr(xml, "mode", "passthrough");
	xml_end(xml);
	xml_comment(xml, "the guest sees all address bits of the host: large BARs need them");
	xml_start(xml, "maxphysaddr");
	xml_attr(xml, "mode", "passthrough");
	xml_end(xml);
	if (needs_topoext(plan)) {
		xml_start(xml, "feature");
		xml_attr(xml, "policy", "require");
		xml_attr(xml, "name", "topoext");
		xml_end(xml);
	}
	write_cells(xml, plan);
	xml_end(xml);
}

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

static const char *model_of(enum hgx_kind kind)
{
	switch (kind) {
	case HGX_SWITCH_UP:
		return "pcie-switch-upstream-port";
	case HGX_SWITCH_DOWN:
		return "pcie-switch-downstream-port";
	default:
		return "pcie-root-port";
	}
}

static void start_controller(struct xml *xml, unsigned index, const char *model)
{
	xml_start(xml, "controller");
	xml_attr(xml, "type", "pci");
	xml_attr(xml, "index", "%u", index);
	xml_attr(xml, "model", "%s", model);
}

/* No port is hot-plug capable: OVMF before edk2-stable202308 reserves IO space for each that
 * is, runs out of it, and leaves every device without BARs. */
static void write_port(struct xml *xml, const struct port *port)
{
	const struct port *device = port->first;

	if (port->host && device && !kind_of(device->kind)->bridge)
		xml_comment(xml, "host %s, the port of %s -> guest %s", node_title(port->host).text,
			    device->host->name, port->guest->name);
	else if (port->host)
		xml_comment(xml, "host %s -> guest %s", node_title(port->host).text,
			    port->guest->name);
	else if (device)
		xml_comment(xml, "for %s -> guest %s", device->host->name, port->guest->name);
	start_controller(xml, port->index, model_of(port->kind));
	if (port->kind != HGX_SWITCH_UP) {
		xml_start(xml, "target");
		xml_attr(xml, "hotplug", "off");
		xml_end(xml);
	}
	write_alias(xml, port->alias);
	write_address(xml, port->parent->index, port);
	xml_end(xml);
}

static void write_spares(struct xml *xml, const struct hgx_plan *plan)
{
	start_controller(xml, 0, "pcie-root");
	xml_end(xml);
	xml_comment(xml,
		    "%u free root ports for your own disk, network and other devices: libvirt puts "
		    "a device without an address on the first free one",
		    SPARE_PORTS);
	for (const struct port *port = plan->root->first; port; port = port->next)
		write_port(xml, port);
}

static void write_expanders(struct xml *xml, const struct hgx_plan *plan)
{
	for (const struct port *bus = plan->expanders; bus; bus = bus->next) {
		if (bus->cell >= 0)
			xml_comment(xml,
				    "expander bus of cell %d, host %s: guest buses from 0x%02x on",
				    bus->cell, bus->host->name, bus->secondary);
		else
			xml_comment(xml,
				    "expander bus of the devices whose NUMA node is unknown: guest "
				    "buses from 0x%02x on",
				    bus->secondary);
		start_controller(xml, bus->index, "pcie-expander-bus");
		xml_start(xml, "target");
		xml_attr(xml, "busNr", "%u", bus->secondary);
		if (bus->cell >= 0)
			xml_leaf(xml, "node", "%d", bus->cell);
		xml_end(xml);
		write_alias(xml, bus->alias);
		write_address(xml, 0, bus);
		xml_end(xml);
	}
}

static void write_hostdev(struct xml *xml, const struct port *device)
{
	const struct hgx_pci *pci = device->host->pci;

	xml_comment(xml, "host %s -> guest %s", node_title(device->host).text, device->guest->name);
	xml_start(xml, "hostdev");
	xml_attr(xml, "mode", "subsystem");
	xml_attr(xml, "type", "pci");
	xml_attr(xml, "managed", "yes");
	xml_start(xml, "driver");
	xml_attr(xml, "name", "vfio");
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
	write_address(xml, device->parent->index, device);
	xml_end(xml);
}

static void write_tree(struct xml *xml, const struct hgx_plan *plan, bool bridges)
{
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		for (const struct port *port = port_next(bus, bus); port;
		     port = port_next(bus, port)) {
			if (kind_of(port->kind)->bridge && bridges)
				write_port(xml, port);
			else if (!kind_of(port->kind)->bridge && !bridges)
				write_hostdev(xml, port);
		}
}

static void write_none(struct xml *xml, const char *element, const char *type)
{
	xml_start(xml, element);
	if (type)
		xml_attr(xml, "type", "%s", type);
	xml_attr(xml, "model", "none");
	xml_end(xml);
}

static void write_console(struct xml *xml)
{
	xml_comment(xml, "a serial console: virsh console");
	xml_start(xml, "serial");
	xml_attr(xml, "type", "pty");
	xml_end(xml);
	xml_start(xml, "console");
	xml_attr(xml, "type", "pty");
	xml_start(xml, "target");
	xml_attr(xml, "type", "serial");
	xml_attr(xml, "port", "0");
	xml_end(xml);
	xml_end(xml);
	write_none(xml, "controller", "usb");
	xml_comment(xml, "assigned devices pin all memory: a balloon could give nothing back");
	write_none(xml, "memballoon", NULL);
}

/* More than 255 APIC IDs: interrupt remapping with extended interrupt mode; caching mode,
 * for assigned devices do not work behind a virtual IOMMU without it. */
static void write_iommu(struct xml *xml, const struct hgx_plan *plan)
{
	if (!needs_eim(plan))
		return;
	xml_start(xml, "iommu");
	xml_attr(xml, "model", "intel");
	xml_start(xml, "driver");
	xml_attr(xml, "intremap", "on");
	xml_attr(xml, "caching_mode", "on");
	xml_attr(xml, "eim", "on");
	xml_end(xml);
	xml_end(xml);
}

static void write_devices(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "devices");
	xml_comment(xml, "your own <disk> and <interface> elements go here, without an <address>");
	write_spares(xml, plan);
	write_expanders(xml, plan);
	write_tree(xml, plan, true);
	write_tree(xml, plan, false);
	write_console(xml);
	write_iommu(xml, plan);
	xml_end(xml);
}

int hgx_emit_libvirt(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	struct xml *xml;

	*out = NULL;
	if (xml_open(&xml, err))
		return HGX_NO_MEMORY;
	xml_comment(
		xml,
		"written by hgxtopo %s: the guest mirrors the NUMA nodes and PCIe switches of "
		"its host; its NCCL topology file comes from the same hgxtopo and the same options",
		hgx_version());
	xml_start(xml, "domain");
	xml_attr(xml, "type", "kvm");
	xml_leaf(xml, "name", "%s", plan->name);
	write_memory(xml, plan);
	write_cputune(xml, plan);
	write_numatune(xml, plan);
	write_os(xml, plan);
	write_cpu(xml, plan);
	xml_start(xml, "clock");
	xml_attr(xml, "offset", "utc");
	xml_end(xml);
	write_devices(xml, plan);
	xml_end(xml);
	return xml_close(xml, out, err);
}
