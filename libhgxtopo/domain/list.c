/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of libvirt's list of controllers (domain_conf.c). */
#include <stdbool.h>
#include <string.h>
#include "domain/list.h"
#include "util/macros.h"
#include "format/xml_read.h"
#include "domain/base.h"
#include "domain/ruleset.h"

#define NO_PLACE SIZE_MAX

static const struct type {
	const char *name;
	enum seat seat;
	uint32_t class_code;
} types[] = {
	[CONTROLLER_PCI] = { "pci", SEAT_PCIE, 0x060400 },
	[CONTROLLER_USB] = { "usb", SEAT_PCIE, 0x0c0330 },  /* qemu-xhci */
	[CONTROLLER_SCSI] = { "scsi", SEAT_PCI, 0x010000 }, /* lsilogic */
	[CONTROLLER_SATA] = { "sata", SEAT_PCI, 0x010601 },
	[CONTROLLER_NVME] = { "nvme", SEAT_PCI, 0x010802 },
	[CONTROLLER_SERIAL] = { "virtio-serial", SEAT_PCIE, 0x078000 },
};

enum controller_type list_type(const struct base_item *item)
{
	const char *name = xml_attribute(item->element, "type");
	size_t i = 0;

	if (!name || !xml_is(item->element, "controller"))
		return CONTROLLER_TYPES;
	while (i < ARRAY_SIZE(types) && strcmp(types[i].name, name))
		i++;
	return (enum controller_type)i;
}

enum seat list_default_seat(const struct list *list, enum controller_type type)
{
	if (type == CONTROLLER_NVME && list->libvirt->rules & PORT_FOR_NVME)
		return SEAT_PCIE;
	return types[type].seat;
}

uint32_t list_default_class(enum controller_type type)
{
	return types[type].class_code;
}

struct listed *list_find(const struct list *list, enum controller_type type, long index)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].type == type && list->items[i].index == index)
			return &list->items[i];
	return NULL;
}

/* Controllers of one type are together, sorted by index; of the same index, one without a
 * master comes first. A controller without an index goes behind the last of its type. */
static size_t place_of(const struct list *list, const struct listed *one)
{
	size_t at = NO_PLACE;

	for (size_t i = list->count; i > 0; i--) {
		const struct listed *other = &list->items[i - 1];

		if (other->type != one->type)
			continue;
		if (one->index < 0)
			return i;
		if (other->index > one->index ||
		    (other->index == one->index && other->companion && !one->companion))
			at = i - 1;
		else if (at == NO_PLACE)
			at = i;
	}
	return at == NO_PLACE ? list->count : at;
}

static void insert(struct list *list, size_t at, struct listed one)
{
	struct listed *place = &list->items[at];

	memmove(place + 1, place, (list->count - at) * sizeof(*place));
	*place = one;
	list->count++;
}

void list_insert(struct list *list, struct listed one)
{
	insert(list, place_of(list, &one), one);
}

size_t list_add(struct list *list, struct listed one)
{
	size_t at = list->libvirt->rules & ADDS_IN_ORDER ? place_of(list, &one) : list->count;

	insert(list, at, one);
	return at;
}

void list_need(struct list *list, enum controller_type type, long index,
	       const struct xml_element *like)
{
	if (list_find(list, type, index))
		return;
	if (list->needed == MAX_NEEDED) {
		list->unsure = "it adds more than 64 controllers for devices";
		return;
	}
	list->needed++;
	list_add(list,
		 (struct listed){ .type = type, .index = index, .like = like, .added = true });
}

void list_sort(struct list *list)
{
	size_t count = list->count;

	list->count = 0;
	while (list->count < count)
		list_insert(list, list->items[list->count]);
}
