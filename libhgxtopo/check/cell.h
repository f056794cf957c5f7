/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * NUMA cells of a domain, for the rules about them. */
#ifndef HGX_CHECK_CELL_H
#define HGX_CHECK_CELL_H

#include <stdbool.h>
#include "model/topo.h"

/** Whether a cell could be on a node: it has memory and CPUs. The devices of another one belong to
 * the nearest cell. */
bool cell_possible(const struct hgx_node *numa);

#endif
