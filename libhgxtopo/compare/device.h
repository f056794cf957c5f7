/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What differs about single PCI functions: gone or new, another model, NUMA node, links, BARs, ACS,
 * ATS, virtual functions, driver. Idle speeds and what only one side could read are no
 * difference. */
#ifndef HGX_COMPARE_DEVICE_H
#define HGX_COMPARE_DEVICE_H

#include <stdbool.h>
#include "compare/difference.h"
#include "compare/pair.h"

/** @same_nodes: both topologies have as many NUMA nodes, so that their numbers can be compared. */
void compare_devices(struct differences *differences, const struct pairs *pairs, bool same_nodes);
/** Whether both are on the same NUMA node, by rank. */
bool same_device_numa(const struct hgx_node *a, const struct hgx_node *b);

#endif
