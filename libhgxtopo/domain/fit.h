/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Which PCI addresses libvirt takes: what plugs into which controller, and in which slots
 * (libvirt's src/conf/domain_addr.c, virDomainPCIAddressFlagsCompatible() and
 * virDomainPCIAddressValidate()). */
#ifndef HGX_DOMAIN_FIT_H
#define HGX_DOMAIN_FIT_H

#include "domain/base.h"

/** The model of a PCI controller whose index is known; NULL if a q35 has none of that name. */
const struct pci_model *base_model(const struct base_item *item);
/** Why libvirt refuses the address of an item and what it takes instead, as a part of a sentence
 *  after the name of the item; NULL if it does not, or if the item has no PCI address. The indexes
 * of controllers are known. */
const char *base_misfit(const struct base *base, const struct base_item *item);

#endif
