/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The devices of a domain: which are PCI devices, of which class, and where libvirt puts them. */
#ifndef HGX_DOMAIN_DEVICE_H
#define HGX_DOMAIN_DEVICE_H

#include "domain/base.h"

/** Where libvirt puts a device that has no address. */
enum seat {
	SEAT_NONE, /**< nowhere: not a PCI device, or it has an address */
	SEAT_PCIE, /**< on a PCIe port */
	SEAT_PCI,  /**< behind a bridge for conventional PCI devices */
	SEAT_ROOT  /**< on pcie.0 itself */
};

/** Whether the domain's <iommu> lacks what the number of vCPUs requires, and is replaced. */
bool base_replaces_iommu(const struct hgx_plan *plan);
/** Whether the guest sees the host's processor: CPU mode host-passthrough or maximum. */
bool base_shows_processor(const struct base *base);
/** Of any processor but the host's (QEMU's target/i386/cpu.c: phys-bits). */
#define DEFAULT_ADDRESS_BITS 40
/** The address bits that the domain shows its guest; 0: those of the host. @limit: those of the
 *  host, but at most this many. */
unsigned base_address_bits(const struct base *base, bool *limit);
/** Whether an element of <cputune> names vCPUs by number. New vCPUs are numbered anew. */
bool base_names_vcpus(const struct xml_element *element);
/** Where libvirt puts the item. SEAT_NONE for one that has an address or leaves the domain. */
enum seat base_seat(const struct ruleset *libvirt, const struct base_item *item);
/** Where libvirt puts a device of this element's model, whether or not it has an address. */
enum seat element_seat(const struct ruleset *libvirt, const struct xml_element *element);
/** The primary display, else the first; NULL without any. */
const struct base_item *base_first_video(const struct base *base);
/** Whether the item is a controller of this type and stays in the domain. */
bool base_is_controller(const struct base_item *item, const char *type);
/** Whether the item is the first SATA controller. It belongs to the chipset, which a guest's
 *  topology leaves out. */
bool base_is_built_in(const struct base_item *item);
/** The PCI class code of a device; 0x088000 (system peripheral) if its model is unknown. */
uint32_t base_class(const struct xml_element *element);
/** Whether the item is a function of a USB 2 controller (model ich9-…). NULL is not. */
bool is_ich9(const struct base_item *item);

#endif
