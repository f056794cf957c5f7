/* The plan as a libvirt domain (https://libvirt.org/formatdomain.html). */
#include <stdlib.h>
#include <string.h>
#include "libvirt.h"

static libvirt_writer *const writers[] = {
	[PART_MEMORY] = write_memory,	  [PART_HUGEPAGES] = write_hugepages,
	[PART_VCPU] = write_vcpu,	  [PART_IOTHREADS] = write_iothreads,
	[PART_PINS] = write_pins,	  [PART_NUMATUNE] = write_numatune,
	[PART_IOAPIC] = write_ioapic,	  [PART_CPU] = write_cpu,
	[PART_TOPOLOGY] = write_topology, [PART_MAXPHYSADDR] = write_maxphysaddr,
	[PART_TOPOEXT] = write_topoext,	  [PART_NUMA] = write_numa,
	[PART_SPARES] = write_spares,	  [PART_MIRROR] = write_mirror,
	[PART_IOMMU] = write_iommu,	  [PART_COMMANDLINE] = write_commandline,
	[PART_OVERRIDE] = write_override,
};

bool libvirt_has(const struct hgx_plan *plan, enum libvirt_part part)
{
	char *text = NULL;
	bool has = libvirt_part(plan, part, 0, &text, NULL) || *text;

	hgx_text_free(text);
	return has;
}

static int indent_lines(char *lines, unsigned depth, char **out, struct hgx_error *err)
{
	struct text text;
	int code = text_open(&text, err);

	for (char *line = lines, *end; !code && *line; line = end) {
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		text_indent(&text, depth);
		fwrite(line, 1, (size_t)(end - line), text.stream);
	}
	hgx_text_free(lines);
	return code ? code : text_close(&text, out, err);
}

int libvirt_part(const struct hgx_plan *plan, enum libvirt_part part, unsigned depth, char **out,
		 struct hgx_error *err)
{
	struct xml *xml;
	char *lines;
	int code;

	*out = NULL;
	if (xml_open(&xml, err))
		return HGX_NO_MEMORY;
	writers[part](xml, plan);
	code = xml_close(xml, &lines, err);
	return code ? code : indent_lines(lines, depth, out, err);
}

static void write_firmware(struct xml *xml, const struct hgx_plan *plan)
{
	if (!version_has_firmware_features(plan))
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

static void write_os(struct xml *xml, const struct hgx_plan *plan)
{
	if (version_has_firmware_features(plan))
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

/* An element that holds nothing but the part, if that is anything. */
static void write_inside(struct xml *xml, const struct hgx_plan *plan, const char *element,
			 enum libvirt_part part)
{
	if (!libvirt_has(plan, part))
		return;
	xml_start(xml, element);
	writers[part](xml, plan);
	xml_end(xml);
}

static void write_domain(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "domain");
	xml_attr(xml, "type", "kvm");
	if (libvirt_has(plan, PART_COMMANDLINE) || libvirt_has(plan, PART_OVERRIDE))
		xml_attr(xml, "xmlns:qemu", QEMU_NAMESPACE);
	xml_leaf(xml, "name", "%s", plan->name);
	write_memory(xml, plan);
	write_inside(xml, plan, "memoryBacking", PART_HUGEPAGES);
	write_vcpu(xml, plan);
	write_iothreads(xml, plan);
	write_inside(xml, plan, "cputune", PART_PINS);
	write_numatune(xml, plan);
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
		    "its host; its NCCL topology file comes from the same hgxtopo and the same "
		    "options",
		    hgx_version());
	write_domain(xml, plan);
	return xml_close(xml, out, err);
}
