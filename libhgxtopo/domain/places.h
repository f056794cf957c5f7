/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How libvirt gives addresses: request.c says who is asked in which order, place.c who gets
 * what, join.c puts that into the tree of the plan. */
#ifndef HGX_DOMAIN_PLACES_H
#define HGX_DOMAIN_PLACES_H

#include "domain/added.h"
#include "domain/base.h"
#include "domain/list.h"

#define MAX_REQUESTS (2 * MAX_CONTROLLERS + MAX_NEEDED + MAX_ADDED)
#define ANY_FUNCTION 8

/* A bus: what is below a controller. */
struct bus {
	struct port *port; /* NULL: libvirt adds it */
	const struct pci_model *model;
	unsigned accepts;
	uint8_t functions[PCIE_SLOTS]; /* one bit for each that is taken */
	bool shared[PCIE_SLOTS];       /* by root ports */
};

/* What wants an address. */
struct request {
	struct base_item *item; /* NULL: libvirt adds it */
	const char *element;	/* its name */
	struct port *port;	/* what it is in the tree, at the end */
	unsigned controller;	/* its index; 0: a device */
	unsigned joins;		/* JOIN_… */
	bool only_root;		/* on pcie.0 */
	uint32_t class_code;	/* of what libvirt adds */
	bool placed;
	unsigned bus, slot, function;
};

struct places {
	struct hgx_plan *plan;
	struct base *base;
	struct hgx_error *err;
	struct bus buses[MAX_CONTROLLERS];
	unsigned count; /* of buses */
	struct list list;
	struct request *requests;
	size_t request_count, controllers; /* the controllers come first */
	bool counting;			   /* the first time over */
	struct usb_slot {
		bool known;
		unsigned bus, slot;
	} usb[MAX_CONTROLLERS]; /* of the USB 2 controllers, by index */
};

#endif
