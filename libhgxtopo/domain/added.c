/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt adds to a domain by itself when it defines it, beside controllers, and how many
 * ports all of it takes (measured; the rules of its qemu_domain.c and domain_conf.c). */
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

static void count_seat(enum seat seat, struct base_wants *wants)
{
	wants->bridge |= seat == SEAT_PCI;
	wants->ports += seat == SEAT_PCIE;
}

/* A sound chip and USB controllers as a q35's own have slots on pcie.0 that libvirt tries
 * first; one part of a USB controller alone goes behind a bridge nevertheless. */
static void count_item(const struct base *base, const struct base_item *item,
		       struct base_wants *wants)
{
	enum seat seat = base_seat(base->libvirt, item);

	if (xml_is(item->element, "sound") && xml_attribute_is(item->element, "model", "ich9") &&
	    seat != SEAT_NONE)
		wants->slots[SLOT_SOUND] = true;
	else
		count_seat(seat, wants);
}

static void count_controllers(const struct list *controllers, struct base_wants *wants)
{
	for (size_t i = 0; i < controllers->count; i++) {
		const struct listed *one = &controllers->items[i];

		if (one->type == CONTROLLER_PCI || one->seat == SEAT_NONE)
			continue;
		if (is_ich9(one->item))
			wants->slots[SLOT_USB] = wants->slots[SLOT_USB_2] = true;
		count_seat(one->seat, wants);
	}
}

void base_count(const struct base *base, const struct list *controllers, struct base_wants *wants)
{
	const struct base_item *video = base_first_video(base);
	struct base_added added;

	memset(wants, 0, sizeof(*wants));
	base_added(base, &added);
	count_controllers(controllers, wants);
	/* the first display has a slot of its own too */
	wants->slots[SLOT_VIDEO] = video ? base_seat(base->libvirt, video) != SEAT_NONE :
					   has(base, "graphics");
	for (size_t i = 0; i < base->count; i++)
		if (&base->items[i] != video && !xml_is(base->items[i].element, "controller"))
			count_item(base, &base->items[i], wants);
	for (size_t i = 0; i < added.count; i++)
		if (strcmp(added.items[i].element, "video"))
			count_seat(added.items[i].seat, wants);
	wants->bridge &= !has_bridge(base);
	wants->ports += wants->bridge;
}
