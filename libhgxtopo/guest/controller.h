/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The models of PCI controllers that a q35 can have, and what plugs into what (libvirt's
 * src/conf/domain_addr.c). */
#ifndef HGX_GUEST_CONTROLLER_H
#define HGX_GUEST_CONTROLLER_H

#include "guest/port.h"

/** Flags: what a PCI controller or device plugs into, and what plugs into a controller. */
enum {
	JOIN_PCI = 1 << 0, /**< a conventional PCI device */
	JOIN_PCIE = 1 << 1,
	JOIN_ROOT_PORT = 1 << 2,
	JOIN_UP = 1 << 3,	  /**< the upstream port of a switch */
	JOIN_DOWN = 1 << 4,	  /**< a downstream port of a switch */
	JOIN_TO_PCI = 1 << 5,	  /**< a bridge from PCIe to PCI */
	JOIN_DMI_TO_PCI = 1 << 6, /**< a bridge from DMI to PCI */
	JOIN_BRIDGE = 1 << 7,	  /**< a bridge from PCI to PCI */
	JOIN_EXPANDER = 1 << 8,	  /**< an expander bus */
	JOIN_AUTO = 1 << 9,	  /**< also when libvirt places it automatically */
	JOIN_SHARED = 1 << 10	  /**< libvirt automatically places up to eight in one slot */
};

/** A model of PCI controller. */
struct pci_model {
	const char *name;
	const char
		*qemu; /**< QEMU's device, libvirt's <model name=''/>; NULL: part of the machine */
	enum hgx_kind kind;
	unsigned joins, accepts;	/**< JOIN_… */
	unsigned first_slot, last_slot; /**< that it has below it */
	uint16_t vendor, device;	/**< as QEMU emulates it */
};

/** The model of that name that every QEMU has; NULL if there is none. */
const struct pci_model *pci_model_named(const char *name);
/** The model of that name that is QEMU's device @qemu, or that every QEMU has if @qemu is NULL; NULL
 *  if there is none. */
const struct pci_model *pci_model_emulated(const char *name, const char *qemu);
/** The model of a port of the mirror: the mirror has one for each kind. */
const struct pci_model *pci_model_of(const struct port *port);

#endif
