/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A request is a device or PCI controller of a domain that libvirt has to give an address. Requests
 * are in the order in which libvirt serves them. */
#ifndef HGX_DOMAIN_REQUEST_H
#define HGX_DOMAIN_REQUEST_H

#include "domain/places.h"

/** Fills the list of controllers and the requests. */
int request_all(struct places *p);
/** Inserts a request of the PCI controller @index before request @at. @item is NULL for a
 *  controller that libvirt adds. */
void request_controller(struct places *p, size_t at, struct base_item *item, unsigned index);
/** Fails because libvirt does not find an address for the request. */
int no_place(const struct places *p, const struct request *request, const char *why);

#endif
