/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCIe link between a function and the port above it: as fast and as wide as both of its
 * ends can be, or were trained to. */
#ifndef HGX_MODEL_LINK_H
#define HGX_MODEL_LINK_H

#include "hgxtopo.h"

/* What a function and the bridge above it both can do; without one what it can do itself. */
struct hgx_link link_usable(const struct hgx_node *node);

#endif
