/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Numbers that identify one device, as its driver reports them: serial numbers of drives,
 * GUIDs of NICs, UUIDs of GPUs. */
#ifndef HGX_SOURCE_IDS_H
#define HGX_SOURCE_IDS_H

#include "model/topo.h"
#include "source/root.h"

/** Gives each PCI function its numbers. A function without a driver has none. */
int source_ids(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
