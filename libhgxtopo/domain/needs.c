/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which controllers libvirt adds for the devices that sit on them, and when it may add
 * more than can be predicted (libvirt's domain_conf.c, domain_postparse.c,
 * domain_addr.c). */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "domain/needs.h"
#include "format/xml_read.h"
#include "domain/base.h"
#include "domain/list.h"

static bool on_bus(const struct xml_element *disk, const char *bus, const char *prefix)
{
	const struct xml_element *target = xml_child(disk, "target");
	const char *dev = xml_attribute(target, "dev"), *given = xml_attribute(target, "bus");

	if (given)
		return !strcmp(given, bus);
	return prefix && dev && !strncmp(dev, prefix, strlen(prefix));
}

/* The number of a disk from the letters of its name, in base 26: a is 0, z 25, aa 26. */
static unsigned letters(const char *name)
{
	unsigned number = 0;

	for (; islower((unsigned char)*name) && number < MAX_LISTED * 26; name++)
		number = number * 26 + (unsigned)(*name - 'a') + 1;
	return number ? number - 1 : 0;
}

/* The controller of a disk: of sdq, disk 16, the third with 7 disks each; of nvme2n1,
 * number 2. */
static unsigned controller_of(const char *dev, unsigned disks)
{
	unsigned number = 0;

	if (disks)
		return strlen(dev) > 2 ? letters(dev + 2) / disks : 0;
	if (strncmp(dev, "nvme", 4))
		return 0;
	for (dev += 4; isdigit((unsigned char)*dev) && number < MAX_LISTED; dev++)
		number = number * 10 + (unsigned)(*dev - '0');
	return number;
}

static const char *given_controller(const struct xml_element *element)
{
	return xml_attribute(xml_child(element, "address"), "controller");
}

/* The controller that the address or the name of a device gives; -1 and list->unsure for
 * an index above 255. */
static long sits_on(struct list *list, const struct xml_element *element, unsigned disks)
{
	const char *given = given_controller(element);
	const char *dev = xml_attribute(xml_child(element, "target"), "dev");
	unsigned number = 0;

	if (given && !xml_number(given, INT32_MAX, &number))
		number = 0;
	if (!given && dev && xml_is(element, "disk"))
		number = controller_of(dev, disks);
	if (number < MAX_CONTROLLERS)
		return (long)number;
	list->unsure = "a device sits on a controller with an index above 255";
	return -1;
}

void needs_of_hostdevs(struct list *list, const struct base *base)
{
	const struct xml_element *like = NULL;
	long next = 0;

	for (size_t i = 0; i < base->count; i++) {
		const struct xml_element *element = base->items[i].element;
		const struct listed *own;
		long index;

		if (!xml_is(element, "hostdev") || !xml_attribute_is(element, "type", "scsi"))
			continue;
		index = sits_on(list, element, 0);
		own = index < next ? NULL : list_find(list, CONTROLLER_SCSI, index);
		if (own && own->like)
			like = own->like;
		for (; next <= index; next++)
			list_need(list, CONTROLLER_SCSI, next, like);
	}
}

/* libvirt adds every controller up to the highest that a disk sits on. */
static void need_for_disks(struct list *list, const struct base *base, enum controller_type type)
{
	static const struct {
		const char *bus, *prefix;
		unsigned disks; /* per controller; 0 if the name gives the controller */
	} buses[] = {
		[CONTROLLER_SCSI] = { "scsi", "sd", 7 },
		[CONTROLLER_SATA] = { "sata", NULL, 6 }, /* not by name: sd… is SCSI */
		[CONTROLLER_NVME] = { "nvme", "nvme", 0 },
	};
	long highest = -1;

	for (size_t i = 0; i < base->count; i++) {
		const struct xml_element *element = base->items[i].element;
		long index;

		if (!xml_is(element, "disk") ||
		    !on_bus(element, buses[type].bus, buses[type].prefix))
			continue;
		index = sits_on(list, element, buses[type].disks);
		highest = index > highest ? index : highest;
	}
	for (long index = 0; index <= highest; index++)
		list_need(list, type, index, NULL);
}

static bool is_serial(const struct xml_element *element, const char *name)
{
	if (!xml_is(element, name))
		return false;
	return xml_attribute_is(xml_child(element, "target"), "type", "virtio") ||
	       (!strcmp(name, "channel") && xml_attribute_is(element, "type", "spicevmc"));
}

/* libvirt adds only those controllers that a channel or console sits on. */
static void need_for_serials(struct list *list, const struct base *base, const char *name)
{
	bool seen[MAX_CONTROLLERS] = { false };

	for (size_t i = 0; i < base->count; i++) {
		long index;

		if (!is_serial(base->items[i].element, name))
			continue;
		index = sits_on(list, base->items[i].element, 0);
		if (index < 0 || seen[index])
			continue;
		seen[index] = true;
		list_need(list, CONTROLLER_SERIAL, index, NULL);
	}
}

/* How many channels fit on the smallest virtio-serial controller. Port 0 is for a
 * console. */
static unsigned serial_ports(const struct base *base)
{
	unsigned least = 31;

	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		const char *text = xml_attribute(item->element, "ports");
		unsigned ports;

		if (!item->gone && text && list_type(item) == CONTROLLER_SERIAL &&
		    xml_number(text, 31, &ports) && ports < least)
			least = ports;
	}
	return least ? least - 1 : 0;
}

/* A SCSI controller has room for seven devices. libvirt puts those without an address on
 * the first with room, and adds a controller if there is none. */
static void check_room(struct list *list, const struct base *base)
{
	size_t scsi = 0, open_scsi = 0, open_serial = 0;

	for (size_t i = 0; i < base->count; i++) {
		const struct xml_element *element = base->items[i].element;
		bool open = !given_controller(element);

		if (is_serial(element, "channel") || is_serial(element, "console"))
			open_serial += open;
		if (xml_is(element, "disk") && on_bus(element, "scsi", "sd"))
			scsi += sits_on(list, element, 7) == 0;
		if (!xml_is(element, "hostdev") || !xml_attribute_is(element, "type", "scsi"))
			continue;
		scsi += sits_on(list, element, 0) == 0;
		open_scsi += open;
	}
	if ((open_scsi && scsi > 7) || (open_serial && open_serial > serial_ports(base)))
		list->unsure =
			"it may add further controllers for so many channels or SCSI devices";
}

void needs_of_devices(struct list *list, const struct base *base)
{
	need_for_disks(list, base, CONTROLLER_SCSI);
	need_for_disks(list, base, CONTROLLER_SATA);
	need_for_disks(list, base, CONTROLLER_NVME);
	need_for_serials(list, base, "channel");
	need_for_serials(list, base, "console");
	check_room(list, base);
}
