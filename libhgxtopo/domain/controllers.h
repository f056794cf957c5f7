/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The controllers of a domain in libvirt's order, with those that libvirt adds by itself. */
#ifndef HGX_DOMAIN_CONTROLLERS_H
#define HGX_DOMAIN_CONTROLLERS_H

#include "domain/list.h"

/** Lists the controllers of the plan's base domain and those of the mirror that exist already.
 *  Sets type_index of the items. PCI controllers ask for an address only once the items have
 *  ports (base_tree()). The list lives in the arena of the plan. */
int controllers_list(struct hgx_plan *plan, struct list *out, struct hgx_error *err);
/** Adds a root port with that index, as libvirt adds it. Returns how many PCI controllers
 *  before it in the list ask for an address. */
size_t controllers_add_port(struct list *list, unsigned index);

#endif
