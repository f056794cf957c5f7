/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The controllers that libvirt adds because a device sits on them. */
#ifndef HGX_DOMAIN_NEEDS_H
#define HGX_DOMAIN_NEEDS_H

#include "domain/list.h"

/** Adds the controllers of assigned SCSI devices. Call it before the controllers get their
 *  numbers: libvirt does not find one without a number here, and adds another. */
void needs_of_hostdevs(struct list *list, const struct base *base);
/** Adds the controllers of disks, channels and consoles, once all have numbers. Sets
 *  list->unsure if a device may not find room on any of them. */
void needs_of_devices(struct list *list, const struct base *base);

#endif
