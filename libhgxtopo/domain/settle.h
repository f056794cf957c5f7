/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Whether the mirror fits into the user's domain, and which numbers are free there. */
#ifndef HGX_DOMAIN_SETTLE_H
#define HGX_DOMAIN_SETTLE_H

#include "domain/base.h"

/** Checks that the mirror fits, marks what leaves the domain, and makes the rest the first ports
 *  of the plan. Does nothing without a base domain. */
int base_settle(struct hgx_plan *plan, struct hgx_error *err);
/** The next controller index above @index that the domain does not use; MAX_CONTROLLERS if there
 *  is none. */
unsigned base_next_index(const struct hgx_plan *plan, unsigned index);
/** The next slot of pcie.0 above @slot that the domain does not use; PCIE_SLOTS if there is
 *  none. */
unsigned base_next_slot(const struct hgx_plan *plan, unsigned slot);
/** How many spare root ports the mirror needs. */
unsigned base_spares(const struct hgx_plan *plan);
/** How many indexes above @index and below the domain's highest are free. libvirt fills them with
 *  root ports. */
unsigned base_gap(const struct hgx_plan *plan, unsigned index);
/** The alias of another spare port. Raises *@number to its number, which is higher than those in
 *  the domain. */
const char *base_spare_alias(struct hgx_plan *plan, unsigned *number);
/** Gives chassis numbers to the ports of the mirror whose index a port of the user has as its
 *  chassis. Fails if no number is left. */
int base_give_chassis(struct hgx_plan *plan, struct hgx_error *err);

#endif
