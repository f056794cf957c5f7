/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Whether the files of a captured root that say the same in two places agree. */
#ifndef HGX_SOURCE_CAPTURE_H
#define HGX_SOURCE_CAPTURE_H

#include "model/topo.h"
#include "source/root.h"

/** Adds a finding for each list of CPUs, of a NUMA node's CPUs, and for each NUMA node's memory
 *  that is missing or contradicts another file. Needs the CPUs and NUMA nodes in @topo. Returns
 *  HGX_NO_MEMORY or HGX_OK. */
int capture_compare(struct hgx_topo *topo, const struct root *root);
/** Refuses a device that has a directory in @path, that of a function or root bus, but no link in
 *  sys/bus/pci/devices. */
int capture_linked(const struct root *root, const char *path, struct hgx_error *err);

#endif
