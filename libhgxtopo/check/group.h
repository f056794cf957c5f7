/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * IOMMU groups, for the rules about them. */
#ifndef HGX_CHECK_GROUP_H
#define HGX_CHECK_GROUP_H

#include <stdbool.h>
#include "model/topo.h"

/** Whether any device of the host has a group. */
bool group_any(const struct hgx_topo *topo);
/** Whether a VM might get the device: the rule group-missing is about these. */
bool group_candidate(const struct hgx_node *node);

#endif
