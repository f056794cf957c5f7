/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Where the devices of a guest are on its host, and which vCPUs are near them. */
#ifndef HGX_GUEST_ORIGIN_H
#define HGX_GUEST_ORIGIN_H

#include "guest/plan.h"

/** Stores the origins of plan->guest, by the nodes that its cells and vCPUs are on. A guest
 *  without GPUs and NICs of the host has none. HGX_OK or HGX_NO_MEMORY. */
int guest_origins(struct hgx_plan *plan);

#endif
