/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The devices that libvirt adds to a domain by itself, and how many ports the devices without
 * an address need. */
#ifndef HGX_DOMAIN_ADDED_H
#define HGX_DOMAIN_ADDED_H

#include "domain/device.h"
#include "domain/list.h"

#define MAX_ADDED 2

/** What libvirt adds besides controllers, which controllers.h lists. */
struct base_added {
	struct base_added_item {
		const char *element; /**< its name */
		enum seat seat;
		uint32_t class_code;
	} items[MAX_ADDED];
	size_t count;
};

/** Slots of pcie.0 that libvirt tries first for some devices. */
enum { SLOT_VIDEO = 0x01, SLOT_USB_2 = 0x1a, SLOT_SOUND = 0x1b, SLOT_USB = 0x1d, SLOT_DMI = 0x1e };

/** What the devices without an address need. */
struct base_needs {
	unsigned ports;		/**< PCIe ports, with the one for the bridge */
	bool bridge;		/**< a new bridge for conventional PCI devices */
	bool slots[PCIE_SLOTS]; /**< slots of pcie.0 that libvirt will try first */
};

/** What libvirt adds to the domain besides controllers. */
void base_added(const struct base *base, struct base_added *added);
/** Counts the needs of the domain's devices, of @controllers and of what libvirt adds. */
void base_count_needs(const struct base *base, const struct list *controllers,
		      struct base_needs *needs);

#endif
