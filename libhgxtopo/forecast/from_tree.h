/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What NCCL finds out by itself in the sysfs of a machine, where it has no topology file. */
#ifndef HGX_FORECAST_FROM_TREE_H
#define HGX_FORECAST_FROM_TREE_H

#include "emit/nccl_tree.h"
#include "forecast/told.h"
#include "model/topo.h"

/** Fills @told, which starts zeroed. Of a guest, ports show what QEMU emulates.
 *  HGX_OK or HGX_NO_MEMORY. */
int told_from_tree(struct telling *told, const struct hgx_topo *topo, struct nccl_choice choice,
		   struct hgx_error *err);

#endif
