/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices that libvirt adds by itself, and the ports that all of them take. */
#ifndef HGX_DOMAIN_ADDED_H
#define HGX_DOMAIN_ADDED_H

#include "domain/device.h"
#include "domain/list.h"

/* Beside controllers, which controllers.h lists. */
#define MAX_ADDED 2
struct base_added {
	struct base_added_item {
		const char *element;
		enum seat seat;
		uint32_t class_code;
	} items[MAX_ADDED];
	size_t count;
};
/* Slots of pcie.0 that libvirt tries first for some devices. */
enum { SLOT_VIDEO = 0x01, SLOT_USB_2 = 0x1a, SLOT_SOUND = 0x1b, SLOT_USB = 0x1d, SLOT_DMI = 0x1e };
struct base_wants {
	unsigned ports;		/* PCIe ports for devices */
	bool bridge;		/* a bridge for conventional PCI devices */
	bool slots[PCIE_SLOTS]; /* of pcie.0 */
};
void base_added(const struct base *base, struct base_added *added);
void base_count(const struct base *base, const struct list *controllers, struct base_wants *wants);

#endif
