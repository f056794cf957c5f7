/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of controllers as libvirt keeps it. In its order they get their addresses. */
#ifndef HGX_DOMAIN_LIST_H
#define HGX_DOMAIN_LIST_H

#include "domain/device.h"

#define MAX_LISTED (MAX_CONTROLLERS * PCIE_SLOTS) /* of a domain: a guest has so many slots */
#define MAX_NEEDED 64				  /* that libvirt adds for devices */

enum controller_type {
	CONTROLLER_PCI,
	CONTROLLER_USB,
	CONTROLLER_SCSI,
	CONTROLLER_SATA,
	CONTROLLER_NVME,
	CONTROLLER_SERIAL, /* virtio-serial */
	CONTROLLER_TYPES   /* any other, which is no PCI device */
};

struct listed {
	enum controller_type type;
	struct base_item *item; /* NULL: libvirt adds it, or it is of the mirror */
	long index;		/* among those of its type; -1: not given, and not known yet */
	bool companion;		/* of a USB 2 controller: it has a master */
	const struct xml_element *like; /* whose model it has; NULL: the default one */
	bool added;			/* by libvirt */
	enum seat seat;			/* that it wants; SEAT_NONE: none */
};

struct list {
	struct listed *items;
	size_t count, needed;
	const struct ruleset *libvirt;
	const char *unsure; /* why these are not all; NULL: they are */
};

enum controller_type list_type(const struct base_item *item);
/* What libvirt adds of a type, unless it has another's model. */
enum seat list_default_seat(const struct list *list, enum controller_type type);
uint32_t list_default_class(enum controller_type type);

struct listed *list_find(const struct list *list, enum controller_type type, long index);
void list_insert(struct list *list, struct listed one); /* in libvirt's order */
size_t list_add(struct list *list, struct listed one);	/* as libvirt adds; its place */
/* Adds one unless it is there. */
void list_need(struct list *list, enum controller_type type, long index,
	       const struct xml_element *like);
void list_sort(struct list *list); /* inserts all once more, in the order in which they are */

#endif
