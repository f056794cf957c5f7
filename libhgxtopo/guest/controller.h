/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The models of PCI controllers that a q35 can have, and what plugs into what (libvirt's
 * domain_addr.c). */
#ifndef HGX_GUEST_CONTROLLER_H
#define HGX_GUEST_CONTROLLER_H

#include "guest/port.h"

/* What a PCI controller or device plugs into, and what plugs into a controller. */
enum {
	JOIN_PCI = 1 << 0, /* a conventional device */
	JOIN_PCIE = 1 << 1,
	JOIN_ROOT_PORT = 1 << 2,
	JOIN_UP = 1 << 3, /* the ports of a switch */
	JOIN_DOWN = 1 << 4,
	JOIN_TO_PCI = 1 << 5, /* bridges: PCIe to PCI, DMI to PCI, PCI to PCI */
	JOIN_DMI_TO_PCI = 1 << 6,
	JOIN_BRIDGE = 1 << 7,
	JOIN_EXPANDER = 1 << 8,
	JOIN_AUTO = 1 << 9,   /* also of its own accord */
	JOIN_SHARED = 1 << 10 /* up to eight to a slot, of its own accord */
};

/* A model of PCI controller. */
struct pci_model {
	const char *name;
	enum hgx_kind kind;
	unsigned joins, accepts; /* JOIN_… */
	unsigned first_slot, last_slot;
	uint16_t vendor, device; /* as QEMU emulates it */
};

const struct pci_model *pci_model_named(const char *name);     /* NULL: there is none */
const struct pci_model *pci_model_of(const struct port *port); /* of those in a mirror */

#endif
