/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses that libvirt gives, in the tree of the plan. */
#ifndef HGX_DOMAIN_JOIN_H
#define HGX_DOMAIN_JOIN_H

#include "domain/places.h"

int join_all(struct places *p);
void tell_places(const struct places *p);

#endif
