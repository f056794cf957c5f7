/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A list of controllers as libvirt keeps it. libvirt gives addresses in the order of its list. */
#ifndef HGX_DOMAIN_LIST_H
#define HGX_DOMAIN_LIST_H

#include "domain/device.h"

#define MAX_LISTED (MAX_CONTROLLERS * PCIE_SLOTS) /* a guest has no more slots */
#define MAX_NEEDED 64				  /* controllers that libvirt adds for devices */

enum controller_type {
	CONTROLLER_PCI,
	CONTROLLER_USB,
	CONTROLLER_SCSI,
	CONTROLLER_SATA,
	CONTROLLER_NVME,
	CONTROLLER_SERIAL, /**< virtio-serial */
	CONTROLLER_TYPES   /**< any other, which is not a PCI device */
};

/** A controller of the list. */
struct listed {
	enum controller_type type;
	struct base_item *item;		/**< NULL if libvirt adds it or it belongs to the mirror */
	long index;			/**< among those of its type; -1 until it has a number */
	bool companion;			/**< a function of a USB 2 controller that has a <master> */
	const struct xml_element *like; /**< element with its model; NULL for the default model */
	bool added;			/**< libvirt adds it */
	enum seat seat; /**< where it needs an address; SEAT_NONE if it needs none */
};

struct list {
	struct listed *items;
	size_t count, needed; /**< of items; of those that list_need() added */
	const struct ruleset *libvirt;
	const char *unsure; /**< why libvirt may add more; NULL if the list is complete */
};

/** The type of a controller; CONTROLLER_TYPES for any other item. */
enum controller_type list_type(const struct base_item *item);
/** Where a controller goes that libvirt adds with the default model. */
enum seat list_default_seat(const struct list *list, enum controller_type type);
/** The PCI class code of a controller of the default model. */
uint32_t list_default_class(enum controller_type type);

/** NULL if the list does not have it. */
struct listed *list_find(const struct list *list, enum controller_type type, long index);
/** Inserts a controller of the domain: by index among those of its type. */
void list_insert(struct list *list, struct listed one);
/** Adds a controller as libvirt adds its own: among its type or at the end (ADDS_IN_ORDER).
 *  Returns its place in the list. */
size_t list_add(struct list *list, struct listed one);
/** Adds a controller with the model of @like, unless the list has that index. */
void list_need(struct list *list, enum controller_type type, long index,
	       const struct xml_element *like);
/** Sorts the list as list_insert() does: inserts every controller again, in list order. */
void list_sort(struct list *list);

#endif
