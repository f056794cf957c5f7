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

#endif
