/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * PCI functions and root buses, from one pass over /sys/devices. */
#ifndef HGX_SOURCE_PCI_H
#define HGX_SOURCE_PCI_H

#include "model/topo.h"
#include "source/root.h"

/** Adds a node for each function, with ids, class, BARs, NUMA node, IOMMU group, driver and
 *  virtual functions. The kind of a bridge is decided later (model/classify.h). */
int source_pci(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
