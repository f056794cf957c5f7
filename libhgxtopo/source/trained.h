/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * PCIe links that were trained below what both of their ends can do. */
#ifndef HGX_SOURCE_TRAINED_H
#define HGX_SOURCE_TRAINED_H

#include "model/topo.h"

/** Adds a finding for each link of a GPU, NIC, drive, NVSwitch or switch uplink that is narrower
 *  or slower than it could be. Idle GPUs lower the speed of their link: that is no fault. */
void source_trained(struct hgx_topo *topo);

#endif
