/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Gives devices without an address the one that libvirt will give them. */
#ifndef HGX_DOMAIN_PLACE_H
#define HGX_DOMAIN_PLACE_H

#include "domain/base.h"

/** Adds the devices and ports that libvirt will add, places all that have no address, and leaves
 *  out functions that no guest finds. Call it when every port of the plan has an index. Does
 *  nothing without a base domain. */
int base_place(struct hgx_plan *plan, struct hgx_error *err);

#endif
