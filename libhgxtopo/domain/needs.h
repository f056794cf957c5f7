/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The controllers that devices sit on. */
#ifndef HGX_DOMAIN_NEEDS_H
#define HGX_DOMAIN_NEEDS_H

#include "domain/list.h"

/* Before the numbers are given: a controller without one is not found then. */
void needs_of_hostdevs(struct list *list, const struct base *base);
/* After. Also whether all have room on what is listed. */
void needs_of_devices(struct list *list, const struct base *base);

#endif
