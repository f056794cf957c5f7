/* What libvirt adds to a domain by itself when it defines it, because something else needs it
 * or because it always does, and how many ports all of that takes (measured with libvirt
 * 9.0; the rules of its qemu_domain.c and domain_conf.c). */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "domain/added.h"
#include "util/macros.h"
#include "format/xml_read.h"
#include "guest/controller.h"
#include "domain/base.h"
#include "domain/device.h"

/* The letters after "sd" count to the base of 26: sda is 0, sdz 25, sdaa 26. */
static unsigned disk_number(const char *name)
{
	unsigned number = 0;

	for (name += 2; islower((unsigned char)*name) && number < MAX_ADDED * 26; name++)
		number = number * 26 + (unsigned)(*name - 'a') + 1;
	return number ? number - 1 : 0;
}

static bool is_disk_on(const struct xml_element *element, const char *type)
{
	const struct xml_element *target = xml_child(element, "target");
	const char *dev = xml_attribute(target, "dev"), *bus = xml_attribute(target, "bus");

	if (!xml_is(element, "disk"))
		return false;
	return bus ? !strcmp(bus, type) : !strcmp(type, "scsi") && dev && !strncmp(dev, "sd", 2);
}

static bool is_serial_port(const struct xml_element *element)
{
	if (xml_is(element, "channel") && xml_attribute_is(element, "type", "spicevmc"))
		return true;
	return (xml_is(element, "channel") || xml_is(element, "console")) &&
	       xml_attribute_is(xml_child(element, "target"), "type", "virtio");
}

static bool uses_scsi(const struct xml_element *element)
{
	return is_disk_on(element, "scsi") ||
	       (xml_is(element, "hostdev") && xml_attribute_is(element, "type", "scsi"));
}

static bool uses_sata(const struct xml_element *element)
{
	return is_disk_on(element, "sata");
}

/* Controllers of which libvirt adds those that something sits on. */
static const struct type {
	const char *name;
	bool (*is_used)(const struct xml_element *element); /* NULL: never asked */
	unsigned disks;					    /* of one controller */
	unsigned users;	   /* that one takes for sure, of those without an address; 0: any */
	bool alone;	   /* without those of lower index */
	unsigned always;   /* so many there are in any case */
	unsigned built_in; /* so many are of the chipset */
	enum seat seat;
	uint32_t class_code;
} types[] = {
	{ "usb", NULL, 0, 0, false, 1, 0, SEAT_PCIE, 0x0c0330 },      /* qemu-xhci */
	{ "scsi", uses_scsi, 7, 7, false, 0, 0, SEAT_PCI, 0x010000 }, /* lsilogic */
	{ "sata", uses_sata, 6, 0, false, 0, 1, SEAT_PCI, 0x010601 },
	{ "virtio-serial", is_serial_port, 0, 30, true, 0, 0, SEAT_PCIE, 0x078000 },
};

static const char *given_controller(const struct xml_element *element)
{
	return xml_attribute(xml_child(element, "address"), "controller");
}

/* The index of the controller of the type that the element sits on; -1: on none. */
static long sits_on(const struct xml_element *element, const struct type *type)
{
	const char *dev = xml_attribute(xml_child(element, "target"), "dev");
	const char *given = given_controller(element);
	unsigned number = 0;

	if (!type->is_used || !type->is_used(element))
		return -1;
	if (given)
		return xml_number(given, INT32_MAX, &number) ? (long)number : 0;
	return type->disks && dev && strlen(dev) > 2 ? disk_number(dev) / type->disks : 0;
}

/* Those without an index have the lowest that no other of their type has, nor a controller
 * that an assigned SCSI device makes libvirt add: it does that first. */
static void number_type(struct base *base, const struct type *type)
{
	bool taken[MAX_CONTROLLERS] = { false };
	unsigned next = 0;

	for (size_t i = 0; i < base->count; i++) {
		struct base_item *item = &base->items[i];
		const char *text = xml_attribute(item->element, "index");
		long last;

		if (base_is_controller(item, type->name) && text &&
		    xml_number(text, INT32_MAX, &item->type_index) &&
		    item->type_index < MAX_CONTROLLERS)
			taken[item->type_index] = true;
		last = xml_is(item->element, "hostdev") ? sits_on(item->element, type) : -1;
		for (long n = 0; n <= last && n < MAX_CONTROLLERS; n++)
			taken[n] = true;
	}
	for (size_t i = 0; i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!base_is_controller(item, type->name) || xml_attribute(item->element, "index"))
			continue;
		while (next < MAX_CONTROLLERS && taken[next])
			next++;
		item->type_index = next++;
	}
}

void base_number_controllers(struct base *base)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		number_type(base, &types[i]);
}

static void add(struct base_added *added, const char *element, enum seat seat, uint32_t class_code)
{
	if (added->count < MAX_ADDED)
		added->items[added->count++] = (struct base_added_item){ element, seat,
									 class_code };
	else
		added->unsure = "it needs more controllers than this library looks at";
}

/* Which indexes are needed, and how many want a controller without saying which. */
static unsigned find_needed(const struct base *base, const struct type *type, bool *needed,
			    struct base_added *added)
{
	unsigned open = 0;

	for (size_t i = 0; i < base->count; i++) {
		const struct xml_element *element = base->items[i].element;
		long index = sits_on(element, type);

		if (base->items[i].gone || index < 0)
			continue;
		open += !given_controller(element) && !xml_is(element, "disk");
		if (index >= MAX_CONTROLLERS) {
			added->unsure = "a device sits on a controller with an index above 255";
			continue;
		}
		needed[index] = true;
		for (; !type->alone && index > 0; index--)
			needed[index - 1] = true;
	}
	return open;
}

static void add_type(const struct base *base, const struct type *type, struct base_added *added)
{
	bool needed[MAX_CONTROLLERS] = { false };

	needed[0] = type->always;
	if (find_needed(base, type, needed, added) > type->users && type->users)
		added->unsure = "libvirt may add controllers for its many channels or SCSI devices";
	for (size_t i = 0; i < base->count; i++)
		if (base_is_controller(&base->items[i], type->name) &&
		    base->items[i].type_index < MAX_CONTROLLERS)
			needed[base->items[i].type_index] = false;
	for (unsigned n = type->built_in; n < MAX_CONTROLLERS; n++)
		if (needed[n])
			add(added, "controller", type->seat, type->class_code);
}

static bool has(const struct base *base, const char *element)
{
	for (size_t i = 0; i < base->count; i++)
		if (!base->items[i].gone && xml_is(base->items[i].element, element))
			return true;
	return false;
}

void base_added(const struct base *base, struct base_added *added)
{
	added->count = 0;
	added->unsure = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		add_type(base, &types[i], added);
	if (!has(base, "memballoon"))
		add(added, "memballoon", SEAT_PCIE, 0x00ff00);
	if (has(base, "graphics") && !has(base, "video"))
		add(added, "video", SEAT_PCI, 0x030000);
}

static bool has_bridge(const struct base *base)
{
	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];

		if (item->pci_controller && !item->gone && item->model->accepts & JOIN_BRIDGE)
			return true;
	}
	return false;
}

/* A sound chip and USB controllers as a q35's own have slots on pcie.0 that libvirt tries
 * first; one part of a USB controller alone goes behind a bridge nevertheless. */
static void count_item(const struct base_item *item, struct base_wants *wants)
{
	enum seat seat = base_seat(item);
	const char *model = xml_attribute(item->element, "model");

	if (seat == SEAT_NONE)
		return;
	if (model && xml_is(item->element, "controller") && !strncmp(model, "ich9-", 5))
		wants->slots[SLOT_USB] = wants->slots[SLOT_USB_2] = true;
	if (model && xml_is(item->element, "sound") && !strcmp(model, "ich9"))
		wants->slots[SLOT_SOUND] = true;
	else
		wants->bridge |= seat == SEAT_PCI;
	wants->ports += seat == SEAT_PCIE;
}

void base_count(const struct base *base, struct base_wants *wants)
{
	const struct base_item *video = base_first_video(base);
	struct base_added added;

	memset(wants, 0, sizeof(*wants));
	base_added(base, &added);
	/* the first display has a slot of its own too */
	wants->slots[SLOT_VIDEO] = video ? base_seat(video) != SEAT_NONE : has(base, "graphics");
	for (size_t i = 0; i < base->count; i++)
		if (&base->items[i] != video)
			count_item(&base->items[i], wants);
	for (size_t i = 0; i < added.count; i++) {
		wants->ports += added.items[i].seat == SEAT_PCIE;
		wants->bridge |= added.items[i].seat == SEAT_PCI &&
				 strcmp(added.items[i].element, "video");
	}
	wants->bridge &= !has_bridge(base);
	wants->ports += wants->bridge;
}
