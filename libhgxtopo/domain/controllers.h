/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The controllers of a domain in libvirt's order, with those that it adds by itself. */
#ifndef HGX_DOMAIN_CONTROLLERS_H
#define HGX_DOMAIN_CONTROLLERS_H

#include "domain/list.h"

/* Those of the plan's base, and of its mirror as far as that has ports yet. Items get their
 * type_index. PCI controllers want an address only once they have ports of the tree. */
int controllers_list(struct hgx_plan *plan, struct list *out, struct hgx_error *err);
/* A PCI controller that libvirt adds; how many before it want an address. */
size_t controllers_add_port(struct list *list, unsigned index);

#endif
