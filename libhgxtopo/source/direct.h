/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Data Direct functions of ConnectX-8 NICs. */
#ifndef HGX_SOURCE_DIRECT_H
#define HGX_SOURCE_DIRECT_H

#include "model/topo.h"
#include "source/root.h"

/** Sets direct_name of the Data Direct functions, where their NIC is known. */
void source_direct(struct hgx_topo *topo, const struct root *root);

#endif
