/* What libvirt does when it defines a domain: which devices without an address get a PCIe
 * port, and which it adds by itself (measured with libvirt 9.0; the rules of its
 * qemu_domain_address.c). Counting one too many costs a spare port, one too few a bus. */
#include <string.h>
#include "base.h"

enum seat {
	SEAT_NONE,   /* no PCI device, or built in */
	SEAT_PORT,   /* a PCIe port */
	SEAT_BRIDGE, /* behind a bridge for conventional PCI devices */
	SEAT_SOUND,  /* slot 1b of pcie.0 */
	SEAT_USB,    /* slots 1d and 1a of pcie.0, or behind that bridge */
	SEAT_VIDEO   /* slot 1 of pcie.0; further ones a port */
};

/* An element with an attribute of some value; of the rows that fit the first counts. */
static const struct rule {
	const char *element, *inside, *attribute, *value; /* value: how it starts; NULL: any */
	enum seat seat;
	uint32_t class_code;
} rules[] = {
	{ "disk", "target", "bus", "virtio", SEAT_PORT, 0x010000 },
	{ "disk", "target", "bus", "", SEAT_NONE, 0 },
	{ "disk", "target", "dev", "vd", SEAT_PORT, 0x010000 },
	{ "interface", "model", "type", "virtio", SEAT_PORT, 0x020000 },
	{ "interface", "model", "type", "e1000e", SEAT_PORT, 0x020000 },
	{ "interface", "model", "type", "igb", SEAT_PORT, 0x020000 },
	{ "interface", "model", "type", "vmxnet3", SEAT_PORT, 0x020000 },
	{ "interface", "model", "type", "usb-net", SEAT_NONE, 0 },
	{ "interface", NULL, "type", "hostdev", SEAT_PORT, 0x020000 },
	{ "interface", NULL, "type", "vdpa", SEAT_PORT, 0x020000 },
	{ "interface", NULL, NULL, NULL, SEAT_BRIDGE, 0x020000 },
	{ "controller", "driver", "name", "vhost", SEAT_PORT, 0x010000 },
	{ "controller", NULL, "model", "none", SEAT_NONE, 0 },
	{ "controller", NULL, "model", "ich9", SEAT_USB, 0x0c0320 },
	{ "controller", NULL, "model", "piix", SEAT_BRIDGE, 0x0c0300 },
	{ "controller", NULL, "model", "lsilogic", SEAT_BRIDGE, 0x010000 },
	{ "controller", NULL, "model", "am53c974", SEAT_BRIDGE, 0x010000 },
	{ "controller", NULL, "model", "dc390", SEAT_BRIDGE, 0x010000 },
	{ "controller", NULL, "type", "usb", SEAT_PORT, 0x0c0330 },
	{ "controller", NULL, "type", "scsi", SEAT_PORT, 0x010000 },
	{ "controller", NULL, "type", "virtio-serial", SEAT_PORT, 0x078000 },
	{ "controller", NULL, "type", "nvme", SEAT_PORT, 0x010802 },
	{ "controller", NULL, "type", "sata", SEAT_PORT, 0x010601 },
	{ "filesystem", NULL, NULL, NULL, SEAT_PORT, 0x018000 },
	{ "hostdev", NULL, "type", "pci", SEAT_PORT, 0x088000 },
	{ "hostdev", NULL, "type", "mdev", SEAT_PORT, 0x088000 },
	{ "hostdev", NULL, "type", "scsi_host", SEAT_PORT, 0x010000 },
	{ "video", "model", "type", "none", SEAT_NONE, 0 },
	{ "video", NULL, NULL, NULL, SEAT_VIDEO, 0x030000 },
	{ "sound", NULL, "model", "ich9", SEAT_SOUND, 0x040300 },
	{ "sound", NULL, "model", "virtio", SEAT_PORT, 0x040100 },
	{ "sound", NULL, "model", "usb", SEAT_NONE, 0 },
	{ "sound", NULL, "model", "pcspk", SEAT_NONE, 0 },
	{ "sound", NULL, "model", "sb16", SEAT_NONE, 0 },
	{ "sound", NULL, NULL, NULL, SEAT_BRIDGE, 0x040300 },
	{ "input", NULL, "bus", "virtio", SEAT_PORT, 0x090000 },
	{ "input", NULL, "type", "evdev", SEAT_NONE, 0 },
	{ "input", NULL, "type", "passthrough", SEAT_PORT, 0x090000 },
	{ "memballoon", NULL, "model", "none", SEAT_NONE, 0 },
	{ "memballoon", NULL, NULL, NULL, SEAT_PORT, 0x00ff00 },
	{ "rng", NULL, NULL, NULL, SEAT_PORT, 0x00ff00 },
	{ "vsock", NULL, NULL, NULL, SEAT_PORT, 0x078000 },
	{ "crypto", NULL, NULL, NULL, SEAT_PORT, 0x100000 },
	{ "memory", NULL, "model", "virtio", SEAT_PORT, 0x00ff00 },
	{ "iommu", NULL, "model", "virtio", SEAT_PORT, 0x00ff00 },
	{ "shmem", NULL, NULL, NULL, SEAT_PORT, 0x050000 },
	{ "watchdog", NULL, "model", "i6300esb", SEAT_BRIDGE, 0x088000 },
	{ "panic", NULL, "model", "pvpanic", SEAT_PORT, 0x088000 },
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

/* It has an address that is none on the PCI bus, such as one on a SCSI controller. */
static bool sits_elsewhere(const struct xml_element *element)
{
	const struct xml_element *address = xml_child(element, "address");

	return address && xml_attribute(address, "type") &&
	       !xml_attribute_is(address, "type", "pci");
}

/* The first SATA controller is built into the chipset. */
static bool built_in(const struct xml_element *element)
{
	const char *index = xml_attribute(element, "index");

	return xml_is(element, "controller") && xml_attribute_is(element, "type", "sata") &&
	       (!index || !strcmp(index, "0"));
}

static void take(struct base_wants *wants, enum seat seat)
{
	switch (seat) {
	case SEAT_NONE:
		return;
	case SEAT_BRIDGE:
		wants->bridge = true;
		return;
	case SEAT_SOUND:
		wants->slots[0x1b] = true;
		return;
	case SEAT_USB:
		wants->slots[0x1a] = wants->slots[0x1d] = wants->bridge = true;
		return;
	case SEAT_VIDEO:
		wants->ports += wants->slots[1];
		wants->slots[1] = true;
		return;
	case SEAT_PORT:
		wants->ports++;
	}
}

static bool has(const struct base *base, const char *element, const char *attribute,
		const char *value)
{
	for (size_t i = 0; i < base->count; i++)
		if (xml_is(base->items[i].element, element) &&
		    (!attribute || xml_attribute_is(base->items[i].element, attribute, value)))
			return true;
	return false;
}

static bool has_target(const struct base *base, const char *element, const char *attribute,
		       const char *value)
{
	for (size_t i = 0; i < base->count; i++)
		if (xml_is(base->items[i].element, element) &&
		    xml_attribute_is(xml_child(base->items[i].element, "target"), attribute, value))
			return true;
	return false;
}

/* What libvirt adds because something else needs it, or because it always does. */
static void count_added(const struct base *base, struct base_wants *wants)
{
	wants->ports += !has(base, "memballoon", NULL, NULL);
	wants->ports += !has(base, "controller", "type", "usb");
	if (has_target(base, "disk", "bus", "scsi") && !has(base, "controller", "type", "scsi"))
		wants->ports++;
	if ((has_target(base, "channel", "type", "virtio") ||
	     has_target(base, "console", "type", "virtio") ||
	     has(base, "channel", "type", "spicevmc")) &&
	    !has(base, "controller", "type", "virtio-serial"))
		wants->ports++;
	if (has(base, "graphics", NULL, NULL) && !has(base, "video", NULL, NULL))
		take(wants, SEAT_VIDEO);
}

static bool has_bridge(const struct base *base)
{
	return has(base, "controller", "model", "pcie-to-pci-bridge") ||
	       has(base, "controller", "model", "pci-bridge") ||
	       has(base, "controller", "model", "dmi-to-pci-bridge");
}

static enum seat seat_of(const struct base_item *item)
{
	const struct rule *rule = rule_of(item->element);

	if (item->gone || item->placed || item->pci_controller || !rule ||
	    sits_elsewhere(item->element) || built_in(item->element))
		return SEAT_NONE;
	return rule->seat;
}

bool base_is_unplaced(const struct base_item *item)
{
	if (item->pci_controller && !item->gone && !item->placed)
		return item->index != 0;
	return seat_of(item) != SEAT_NONE;
}

void base_count(const struct base *base, struct base_wants *wants)
{
	memset(wants, 0, sizeof(*wants));
	for (size_t i = 0; i < base->count; i++)
		take(wants, seat_of(&base->items[i]));
	count_added(base, wants);
	wants->bridge &= !has_bridge(base);
	wants->ports += wants->bridge;
}
