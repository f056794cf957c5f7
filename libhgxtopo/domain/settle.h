/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the mirror fits into the user's domain, and which numbers are free there. */
#ifndef HGX_DOMAIN_SETTLE_H
#define HGX_DOMAIN_SETTLE_H

#include "domain/base.h"

/* The tree, and whether the mirror fits in. Does nothing without a base domain. */
int base_settle(struct hgx_plan *plan, struct hgx_error *err);
/* The numbers after @index and @slot that the user's own leave free; @index may come to
 * MAX_CONTROLLERS and @slot to PCIE_SLOTS, which are none. */
unsigned base_next_index(const struct hgx_plan *plan, unsigned index);
unsigned base_next_slot(const struct hgx_plan *plan, unsigned slot);
/* How many spare root ports are to be written. */
unsigned base_spares(const struct hgx_plan *plan);
/* The indexes left out below the user's highest, from @index on: libvirt would fill them. */
unsigned base_gap(const struct hgx_plan *plan, unsigned index);
const char *base_spare_alias(struct hgx_plan *plan, unsigned *number);
/* Chassis numbers for the ports of the mirror whose index the user's own have as theirs. */
int base_give_chassis(struct hgx_plan *plan, struct hgx_error *err);

#endif
