/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Path classes between devices that differ: a device behind another switch, or on another root
 * bus. A device whose NUMA node differs has been told already. */
#ifndef HGX_COMPARE_PATH_H
#define HGX_COMPARE_PATH_H

#include <stdbool.h>
#include "compare/difference.h"
#include "compare/pair.h"

/** Tells each device that moved once, and none that only sees others move. @same_nodes: as for
 *  compare_devices(); without it, paths beyond a root bus are not compared. HGX_OK or
 *  HGX_NO_MEMORY. */
int compare_paths_of(struct differences *differences, const struct pairs *pairs, bool same_nodes);

#endif
