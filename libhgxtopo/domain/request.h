/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What wants an address, in the order in which libvirt gives them out. */
#ifndef HGX_DOMAIN_REQUEST_H
#define HGX_DOMAIN_REQUEST_H

#include "domain/places.h"

int request_all(struct places *p);
void request_controller(struct places *p, size_t at, struct base_item *item, unsigned index);
/* The error of a request that gets no place. */
int no_place(const struct places *p, const struct request *request, const char *why);

#endif
