/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices that libvirt adds by itself when it defines a domain, and how many ports
 * the devices without an address take. The rules are those of libvirt's qemu_domain.c and
 * domain_conf.c, checked against real libvirts (ruleset.c). */
#include <stdbool.h>
#include <string.h>
#include "domain/added.h"
#include "format/xml_read.h"
#include "guest/controller.h"
#include "domain/base.h"
#include "domain/device.h"
#include "domain/list.h"

static void add(struct base_added *added, const char *element, enum seat seat, uint32_t class_code)
{
	added->items[added->count++] = (struct base_added_item){ element, seat, class_code };
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

static void count_seat(enum seat seat, struct base_needs *needs)
{
	needs->bridge |= seat == SEAT_PCI;
	needs->ports += seat == SEAT_PCIE;
}

/* libvirt has slots on pcie.0 that it tries first for an ICH9 sound chip and for the ICH9
 * USB 2 controllers. A USB 2 function that stands alone still goes behind a bridge, so
 * count_controllers() counts both. */
static void count_item(const struct base *base, const struct base_item *item,
		       struct base_needs *needs)
{
	enum seat seat = base_seat(base->libvirt, item);

	if (xml_is(item->element, "sound") && xml_attribute_is(item->element, "model", "ich9") &&
	    seat != SEAT_NONE)
		needs->slots[SLOT_SOUND] = true;
	else
		count_seat(seat, needs);
}

static void count_controllers(const struct list *controllers, struct base_needs *needs)
{
	for (size_t i = 0; i < controllers->count; i++) {
		const struct listed *one = &controllers->items[i];

		if (one->type == CONTROLLER_PCI || one->seat == SEAT_NONE)
			continue;
		if (is_ich9(one->item))
			needs->slots[SLOT_USB] = needs->slots[SLOT_USB_2] = true;
		count_seat(one->seat, needs);
	}
}

void base_count_needs(const struct base *base, const struct list *controllers,
		      struct base_needs *needs)
{
	const struct base_item *video = base_first_video(base);
	struct base_added added;

	memset(needs, 0, sizeof(*needs));
	base_added(base, &added);
	count_controllers(controllers, needs);
	/* libvirt also has a slot for the first display */
	needs->slots[SLOT_VIDEO] = video ? base_seat(base->libvirt, video) != SEAT_NONE :
					   has(base, "graphics");
	for (size_t i = 0; i < base->count; i++)
		if (&base->items[i] != video && !xml_is(base->items[i].element, "controller"))
			count_item(base, &base->items[i], needs);
	for (size_t i = 0; i < added.count; i++)
		if (strcmp(added.items[i].element, "video"))
			count_seat(added.items[i].seat, needs);
	needs->bridge &= !has_bridge(base);
	needs->ports += needs->bridge;
}
