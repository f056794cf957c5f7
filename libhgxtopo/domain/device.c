/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices of a domain are PCI devices, and of which class: the rules of libvirt's
 * qemu_domain_address.c, checked against real libvirts (ruleset.c). added.c and
 * controllers.c say what libvirt adds, place.c where it puts a device. */
#include <stdbool.h>
#include <string.h>
#include "domain/device.h"
#include "util/macros.h"
#include "format/xml_read.h"
#include "domain/base.h"
#include "domain/ruleset.h"

/* Matches an element with an attribute whose value starts with @value; @inside names the
 * child that has the attribute. Without an attribute it matches any such element. The
 * first match counts. */
static const struct rule {
	const char *element, *inside, *attribute, *value;
	enum seat seat;
	uint32_t class_code;
} rules[] = {
	{ "disk", "target", "bus", "virtio", SEAT_PCIE, 0x010000 },
	{ "disk", "target", "bus", "", SEAT_NONE, 0 },
	{ "disk", "target", "dev", "vd", SEAT_PCIE, 0x010000 },
	{ "interface", NULL, "type", "hostdev", SEAT_PCIE, 0x020000 },
	{ "interface", NULL, "type", "vdpa", SEAT_PCIE, 0x020000 },
	{ "interface", "model", "type", "virtio", SEAT_PCIE, 0x020000 },
	{ "interface", "model", "type", "e1000e", SEAT_PCIE, 0x020000 },
	{ "interface", "model", "type", "e1000-", SEAT_PCIE, 0x020000 },
	{ "interface", "model", "type", "e1000", SEAT_PCI, 0x020000 },
	{ "interface", "model", "type", "rtl8139", SEAT_PCI, 0x020000 },
	{ "interface", "model", "type", "vmxnet", SEAT_PCI, 0x020000 },
	{ "interface", "model", "type", "vlance", SEAT_PCI, 0x020000 },
	{ "interface", "model", "type", "Am79C97", SEAT_PCI, 0x020000 },
	{ "interface", "model", "type", "8254", SEAT_PCI, 0x020000 },
	{ "interface", "model", "type", "usb-net", SEAT_NONE, 0 },
	{ "interface", "model", "type", "", SEAT_PCIE, 0x020000 }, /* a model unknown to libvirt */
	{ "interface", NULL, NULL, NULL, SEAT_PCI, 0x020000 },	   /* without a model: rtl8139 */
	{ "controller", NULL, "model", "none", SEAT_NONE, 0 },
	{ "controller", NULL, "model", "ich9-ehci", SEAT_PCI, 0x0c0320 },
	{ "controller", NULL, "model", "ehci", SEAT_PCI, 0x0c0320 },
	{ "controller", NULL, "model", "pci-ohci", SEAT_PCI, 0x0c0310 },
	{ "controller", NULL, "model", "nec-xhci", SEAT_PCIE, 0x0c0330 },
	{ "controller", NULL, "model", "qemu-xhci", SEAT_PCIE, 0x0c0330 },
	{ "controller", NULL, "type", "usb", SEAT_PCI, 0x0c0300 }, /* without a model: piix3-uhci */
	{ "controller", NULL, "model", "virtio", SEAT_PCIE, 0x010000 },
	{ "controller", NULL, "type", "scsi", SEAT_PCI, 0x010000 }, /* without a model: lsilogic */
	{ "controller", NULL, "type", "virtio-serial", SEAT_PCIE, 0x078000 },
	{ "controller", NULL, "type", "sata", SEAT_PCI, 0x010601 },
	{ "controller", NULL, "type", "nvme", SEAT_PCIE, 0x010802 },
	{ "filesystem", "driver", "type", "mtp", SEAT_NONE, 0 },
	{ "filesystem", NULL, NULL, NULL, SEAT_PCIE, 0x018000 },
	{ "hostdev", NULL, "type", "pci", SEAT_PCIE, 0x088000 },
	{ "hostdev", NULL, "type", "mdev", SEAT_PCIE, 0x088000 },
	{ "hostdev", NULL, "type", "scsi_host", SEAT_PCIE, 0x010000 },
	{ "video", "model", "type", "none", SEAT_NONE, 0 },
	{ "video", "model", "type", "ramfb", SEAT_NONE, 0 },
	{ "video", "model", "type", "virtio", SEAT_PCIE, 0x030000 },
	{ "video", "model", "type", "bochs", SEAT_PCIE, 0x038000 },
	{ "video", NULL, NULL, NULL, SEAT_PCI, 0x030000 },
	{ "sound", NULL, "model", "ich7", SEAT_NONE, 0 },
	{ "sound", NULL, "model", "virtio", SEAT_PCIE, 0x040100 },
	{ "sound", NULL, "model", "usb", SEAT_NONE, 0 },
	{ "sound", NULL, "model", "pcspk", SEAT_NONE, 0 },
	{ "sound", NULL, "model", "sb16", SEAT_NONE, 0 },
	{ "sound", NULL, "model", "ich", SEAT_PCI, 0x040300 },
	{ "sound", NULL, NULL, NULL, SEAT_PCI, 0x040100 },
	{ "input", NULL, "bus", "virtio", SEAT_PCIE, 0x090000 },
	{ "input", NULL, "type", "passthrough", SEAT_PCIE, 0x090000 },
	{ "memballoon", NULL, "model", "none", SEAT_NONE, 0 },
	{ "memballoon", NULL, NULL, NULL, SEAT_PCIE, 0x00ff00 },
	{ "rng", NULL, NULL, NULL, SEAT_PCIE, 0x00ff00 },
	{ "vsock", NULL, NULL, NULL, SEAT_PCIE, 0x078000 },
	{ "crypto", NULL, NULL, NULL, SEAT_PCI, 0x100000 },
	{ "memory", NULL, "model", "virtio", SEAT_PCIE, 0x00ff00 },
	{ "iommu", NULL, "model", "virtio", SEAT_ROOT, 0x00ff00 },
	{ "iommu", NULL, "model", "amd", SEAT_ROOT, 0x080600 },
	{ "panic", NULL, "model", "pvpanic", SEAT_ROOT, 0x088000 },
	{ "pstore", NULL, NULL, NULL, SEAT_PCI, 0x00ff00 },
	{ "shmem", NULL, NULL, NULL, SEAT_PCI, 0x050000 },
	{ "serial", "target", "type", "pci", SEAT_PCI, 0x070002 },
	{ "watchdog", NULL, "model", "i6300esb", SEAT_PCI, 0x088000 },
};

static bool fits(const struct rule *rule, const struct xml_element *element)
{
	const char *value;

	if (!xml_is(element, rule->element))
		return false;
	if (!rule->attribute)
		return true;
	value = xml_attribute(rule->inside ? xml_child(element, rule->inside) : element,
			      rule->attribute);
	return value && !strncmp(value, rule->value, strlen(rule->value));
}

static const struct rule *rule_of(const struct xml_element *element)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (fits(&rules[i], element))
			return &rules[i];
	return NULL;
}

uint32_t base_class(const struct xml_element *element)
{
	const struct rule *rule = rule_of(element);

	return rule && rule->class_code ? rule->class_code : 0x088000;
}

/* Whether the address is not a PCI one: that of a disk on a SCSI controller, for one. */
static bool sits_elsewhere(const struct xml_element *element)
{
	const struct xml_element *address = xml_child(element, "address");

	return address && xml_attribute(address, "type") &&
	       !xml_attribute_is(address, "type", "pci");
}

/* A transitional virtio device always goes to a conventional slot. */
static bool is_transitional(const struct xml_element *element)
{
	const char *model = "virtio-transitional";

	return xml_attribute_is(element, "model", model) ||
	       xml_attribute_is(xml_child(element, "model"), "type", model);
}

bool base_is_controller(const struct base_item *item, const char *type)
{
	return !item->gone && xml_is(item->element, "controller") &&
	       xml_attribute_is(item->element, "type", type);
}

bool base_is_built_in(const struct base_item *item)
{
	return base_is_controller(item, "sata") && !item->type_index;
}

static bool is_nvme(const struct xml_element *element)
{
	return xml_is(element, "controller") && xml_attribute_is(element, "type", "nvme");
}

enum seat element_seat(const struct ruleset *libvirt, const struct xml_element *element)
{
	const struct rule *rule = rule_of(element);

	if (!rule)
		return SEAT_NONE;
	if (rule->seat == SEAT_PCIE &&
	    (is_transitional(element) || (is_nvme(element) && !(libvirt->rules & PORT_FOR_NVME))))
		return SEAT_PCI;
	return rule->seat;
}

enum seat base_seat(const struct ruleset *libvirt, const struct base_item *item)
{
	if (item->gone || item->placed || item->pci_controller || sits_elsewhere(item->element) ||
	    base_is_built_in(item))
		return SEAT_NONE;
	return element_seat(libvirt, item->element);
}

bool is_ich9(const struct base_item *item)
{
	const char *model = item ? xml_attribute(item->element, "model") : NULL;

	return model && xml_is(item->element, "controller") && !strncmp(model, "ich9-", 5);
}

const struct base_item *base_first_video(const struct base *base)
{
	const struct base_item *first = NULL;

	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];

		if (item->gone || !xml_is(item->element, "video"))
			continue;
		if (!first || xml_attribute_is(xml_child(item->element, "model"), "primary", "yes"))
			first = item;
	}
	return first;
}
