/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * NICs that are NVLink managers: ConnectX functions of boards without NVSwitches on the PCI bus
 * (HGX B200 and later), which belong to the Fabric Manager. Their vital product data says so. */
#ifndef HGX_SOURCE_NVLINK_H
#define HGX_SOURCE_NVLINK_H

#include "model/topo.h"
#include "source/root.h"

/** Changes the kind of such NICs, and adds a finding for those whose data could not be read. */
void source_nvlink(struct hgx_topo *topo, const struct root *root);

#endif
