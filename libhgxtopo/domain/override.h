/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What a domain says to QEMU past libvirt: <qemu:commandline> and <qemu:override>. */
#ifndef HGX_DOMAIN_OVERRIDE_H
#define HGX_DOMAIN_OVERRIDE_H

#include <stdbool.h>
#include "domain/base.h"

/** A child of @parent in libvirt's namespace for QEMU; NULL: there is none. */
const struct xml_element *qemu_child(const struct xml_element *parent, const char *name);
/** Whether an earlier run wrote this child of <qemu:override>: it is about a port or device of
 *  ours, or it gives a device that the domain keeps nothing but a clique id. */
bool override_is_ours(const struct base *base, const struct xml_element *device);
/** The value that <qemu:override> gives a property of the device of that alias; NULL: none. */
const char *override_value(const struct base *base, const char *alias, const char *property);
/** Whether the user sets properties of the device of that alias. */
bool base_overrides(const struct base *base, const char *alias);

#endif
