/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What the operating system calls a device: network interfaces, InfiniBand devices, block devices.
 */
#ifndef HGX_SOURCE_OS_H
#define HGX_SOURCE_OS_H

#include "model/topo.h"
#include "source/root.h"

/** The last PCI function that a path below /sys/devices goes through; NULL if it goes through
 *  none of the topology. */
struct hgx_node *function_in_path(const struct hgx_topo *topo, const char *path);
/** Gives each PCI function its OS devices. *@blocks_known: whether every block device could be
 *  read and is among the names of its function. */
int source_os(struct hgx_topo *topo, const struct root *root, bool *blocks_known,
	      struct hgx_error *err);

#endif
