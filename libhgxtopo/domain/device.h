/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a domain. */
#ifndef HGX_DOMAIN_DEVICE_H
#define HGX_DOMAIN_DEVICE_H

#include "domain/base.h"

/* Where libvirt puts a device that has no address. */
enum seat {
	SEAT_NONE, /* no PCI device, or it has a place */
	SEAT_PCIE, /* a PCIe port */
	SEAT_PCI,  /* behind a bridge for conventional PCI devices */
	SEAT_ROOT  /* pcie.0 itself */
};

bool base_replaces_iommu(const struct hgx_plan *plan); /* it lacks what so many vCPUs need */
bool base_shows_processor(const struct base *base);    /* the host's, as it is */
/* QEMU's, of any processor but the host's (target/i386/cpu.c: phys-bits). */
#define DEFAULT_ADDRESS_BITS 40
/* Address bits that the guest sees as the domain says; 0: as many as the host has. @limit: those
 * of the host, up to this many. */
unsigned base_address_bits(const struct base *base, bool *limit);
bool base_names_vcpus(const struct xml_element *element); /* by numbers that change */
enum seat base_seat(const struct ruleset *libvirt, const struct base_item *item);
/* Also if it has an address. */
enum seat base_sort(const struct ruleset *libvirt, const struct xml_element *element);
const struct base_item *base_first_video(const struct base *base);	 /* NULL: none */
bool base_is_controller(const struct base_item *item, const char *type); /* and stays */
/* The first SATA controller is of the chipset, which a guest's topology leaves out. */
bool base_is_built_in(const struct base_item *item);
uint32_t base_class(const struct xml_element *element);
bool is_ich9(const struct base_item *item); /* a part of a USB 2 controller */

#endif
