/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as a libvirt domain (https://libvirt.org/formatdomain.html). */
#include <stdlib.h>
#include <string.h>
#include "format/xml.h"
#include "guest/plan.h"
#include "domain/base.h"
#include "emit/base.h"
#include "emit/libvirt_cpu.h"
#include "emit/libvirt_part.h"
#include "emit/libvirt_pci.h"

static void write_firmware(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->hardware.libvirt.firmware_features)
		return;
	xml_start(xml, "firmware");
	for (int i = 0; i < 2; i++) {
		xml_start(xml, "feature");
		xml_attr(xml, "enabled", "no");
		xml_attr(xml, "name", "%s", i ? "secure-boot" : "enrolled-keys");
		xml_end(xml);
	}
	xml_end(xml);
}

/* OVMF's build for AMD SEV keeps no variables, and boots nothing but the loader inside it. */
static void write_loader(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->hardware.libvirt.variables)
		return;
	xml_start(xml, "loader");
	xml_attr(xml, "stateless", "no");
	xml_end(xml);
}

static void write_os(struct xml *xml, const struct hgx_plan *plan)
{
	if (plan->hardware.libvirt.firmware_features)
		xml_comment(xml, "UEFI; without the two features some distributions pick a "
				 "secure-boot build");
	xml_start(xml, "os");
	xml_attr(xml, "firmware", "efi");
	xml_start(xml, "type");
	xml_attr(xml, "arch", "x86_64");
	xml_attr(xml, "machine", "q35");
	xml_text(xml, "hvm");
	xml_end(xml);
	write_firmware(xml, plan);
	write_loader(xml, plan);
	xml_end(xml);
	xml_start(xml, "features");
	xml_start(xml, "acpi");
	xml_end(xml);
	xml_start(xml, "apic");
	xml_end(xml);
	write_ioapic(xml, plan);
	xml_end(xml);
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

static void write_devices(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "devices");
	xml_comment(xml, "your own <disk> and <interface> elements go here, without an <address>");
	xml_start(xml, "controller");
	xml_attr(xml, "type", "pci");
	xml_attr(xml, "index", "0");
	xml_attr(xml, "model", "pcie-root");
	xml_end(xml);
	write_spares(xml, plan);
	write_mirror(xml, plan);
	write_console(xml);
	write_iommu(xml, plan);
	xml_end(xml);
}

/* The part inside an element, unless the part is empty. */
static void write_inside(struct xml *xml, const struct hgx_plan *plan, const char *element,
			 enum libvirt_part part)
{
	if (!libvirt_has(xml, plan, part))
		return;
	xml_start(xml, element);
	libvirt_write(xml, plan, part);
	xml_end(xml);
}

static void write_domain(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "domain");
	xml_attr(xml, "type", "kvm");
	if (libvirt_has(xml, plan, PART_COMMANDLINE) || libvirt_has(xml, plan, PART_OVERRIDE))
		xml_attr(xml, "xmlns:qemu", QEMU_NAMESPACE);
	xml_leaf(xml, "name", "%s", plan->name);
	write_memory(xml, plan);
	write_inside(xml, plan, "memoryBacking", PART_HUGEPAGES);
	write_vcpu(xml, plan);
	write_iothreads(xml, plan);
	write_inside(xml, plan, "cputune", PART_PINS);
	write_numatune(xml, plan);
	write_iommufd(xml, plan);
	write_os(xml, plan);
	write_cpu(xml, plan);
	xml_start(xml, "clock");
	xml_attr(xml, "offset", "utc");
	xml_end(xml);
	write_devices(xml, plan);
	write_inside(xml, plan, "qemu:commandline", PART_COMMANDLINE);
	write_inside(xml, plan, "qemu:override", PART_OVERRIDE);
	xml_end(xml);
}

int hgx_emit_libvirt(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	struct xml *xml;
	int code = plan_can_start(plan, err);

	*out = NULL;
	if (code)
		return code;
	if (plan->base)
		return emit_base(plan, out, err);
	if (xml_open(&xml, err))
		return HGX_NO_MEMORY;
	xml_comment(xml,
		    "written by version %s: the guest mirrors the NUMA nodes and PCIe switches of "
		    "its host; its NCCL topology file comes from the same version and the same "
		    "options",
		    hgx_version());
	write_domain(xml, plan);
	return xml_close(xml, out, err);
}
