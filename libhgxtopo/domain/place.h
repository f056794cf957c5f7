/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives what has no address the place that libvirt will give it. */
#ifndef HGX_DOMAIN_PLACE_H
#define HGX_DOMAIN_PLACE_H

#include "domain/base.h"

/* Also adds what libvirt will add, and leaves out what no guest sees. Every port of the plan
 * is there and has an index. Does nothing without a base domain. */
int base_place(struct hgx_plan *plan, struct hgx_error *err);

#endif
