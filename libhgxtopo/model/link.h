/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The PCIe link between a function and the port above it. Its speed and width are the lower of
 * those of its two ends. */
#ifndef HGX_MODEL_LINK_H
#define HGX_MODEL_LINK_H

#include "hgxtopo.h"

/** The fastest link that a function and the bridge above it can both do; without a bridge above
 *  it, the fastest that the function can do. */
struct hgx_link link_usable(const struct hgx_node *node);
/** What a transfer between a function and the bridge above it meets: the speed that both can do,
 *  because idle devices lower theirs, and the width that was trained, which idleness never
 *  lowers. */
struct hgx_link link_met(const struct hgx_node *node);
/** The lesser by bandwidth; one that is unknown is no limit. */
struct hgx_link link_lesser(struct hgx_link a, struct hgx_link b);
/** The upstream port of the innermost switch above a node that must not be left out when switches
 *  are flattened: the uppermost one, or one whose uplink is narrower than the widest link of a
 *  GPU or NIC below it. NULL: there is no switch above. */
const struct hgx_node *kept_switch(const struct hgx_node *node);
/** link_met(), limited by the uplinks of all switches above but the uppermost. */
struct hgx_link link_flattened(const struct hgx_node *node);

#endif
