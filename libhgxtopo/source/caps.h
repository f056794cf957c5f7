/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What configuration space shows of a function, and names from pci.ids, through libpci. Only caps.c
 * includes pci/pci.h.
 *
 * Only root can read configuration space beyond 64 bytes. Reading it is slow (up to milliseconds a
 * device), so only bridges and devices that a VM may get are read. */
#ifndef HGX_SOURCE_CAPS_H
#define HGX_SOURCE_CAPS_H

#include "model/topo.h"
#include "source/root.h"

/** Whether source_caps() reads the capabilities of this function. */
bool caps_are_read(const struct hgx_pci *pci);
/** Reads the links from sysfs of functions whose capabilities source_caps() could not read. */
void source_links(struct hgx_topo *topo, const struct root *root);
/** Reads port type, link, ACS, ATS, device serial number and names. */
int source_caps(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
