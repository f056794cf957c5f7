/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How libvirt gives addresses: request.c puts the requests in order, place.c finds an address for
 * each, join.c puts the result into the tree of the plan. */
#ifndef HGX_DOMAIN_PLACES_H
#define HGX_DOMAIN_PLACES_H

#include "domain/added.h"
#include "domain/base.h"
#include "domain/list.h"

#define MAX_REQUESTS (2 * MAX_CONTROLLERS + MAX_NEEDED + MAX_ADDED)
#define ANY_FUNCTION 8

/** The bus below a controller. */
struct bus {
	struct port *port; /**< NULL for a port that libvirt adds, until join_all() */
	const struct pci_model *model;
	unsigned accepts;	       /**< JOIN_… */
	uint8_t functions[PCIE_SLOTS]; /**< one bit for each function that is taken */
	bool shared[PCIE_SLOTS];       /**< root ports may share the slot, one in each function */
};

/** A device or controller that needs an address. */
struct request {
	struct base_item *item; /**< NULL if libvirt adds it */
	const char *element;	/**< its name */
	struct port *port;	/**< its port in the tree; set by join_all() */
	unsigned controller;	/**< index of a PCI controller; 0 for a device */
	unsigned joins;		/**< JOIN_… */
	bool only_root;		/**< must be on pcie.0 */
	uint32_t class_code;	/**< of a device that libvirt adds */
	bool placed;		/**< has an address: bus, slot, function */
	unsigned bus, slot, function;
};

struct places {
	struct hgx_plan *plan;
	struct base *base;
	struct hgx_error *err;
	struct bus buses[MAX_CONTROLLERS];
	unsigned count; /**< of buses */
	struct list list;
	struct request *requests;
	size_t request_count, controllers; /**< PCI controllers come first */
	bool counting;			   /**< first pass: count the ports that libvirt adds */
	struct usb_slot {
		bool known;
		unsigned bus, slot;
	} usb[MAX_CONTROLLERS]; /**< slots of the USB 2 controllers, by index */
};

#endif
