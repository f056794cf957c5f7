/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What configuration space tells about a function, and names from pci.ids, through libpci. The only
 * room that includes pci/pci.h.
 *
 * Configuration space beyond 64 bytes takes root. Reading it is slow (up to milliseconds a device),
 * so only bridges and devices that a VM may get are read. */
#ifndef HGX_SOURCE_CAPS_H
#define HGX_SOURCE_CAPS_H

#include "model/topo.h"
#include "source/root.h"

/** Whether source_caps() reads the capabilities of this function. */
bool caps_wanted(const struct hgx_pci *pci);
/** Links from sysfs, of functions whose capabilities are not read. */
void source_links(struct hgx_topo *topo, const struct root *root);
/** Port type, link, ACS, ATS, device serial number and names. */
int source_caps(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
