/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Path classes between devices (hgx_distance()), as `nvidia-smi topo -m` shows them. */
#ifndef HGX_MODEL_DISTANCE_H
#define HGX_MODEL_DISTANCE_H

#include <stdbool.h>
#include "hgxtopo.h"

/** The lowest node that both are below; HGX_MACHINE if they share no root bus. They are of one
 *  topology. */
const struct hgx_node *common_ancestor(const struct hgx_node *a, const struct hgx_node *b);
/** The upstream port of the uppermost switch above a node: nested switches are one group. NULL
 *  if there is no switch above it. */
const struct hgx_node *top_switch(const struct hgx_node *node);
/** Whether a GPU is below that switch. */
bool shares_switch_with_gpu(const struct hgx_node *node);

#endif
