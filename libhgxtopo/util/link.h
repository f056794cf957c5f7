/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * PCIe links: the speed of a lane in MT/s and the number of lanes (PCI Express Base
 * Specification, 7.5.3.18 and 7.5.3.6). 0 means unknown. */
#ifndef HGX_UTIL_LINK_H
#define HGX_UTIL_LINK_H

#include <stdbool.h>
#include "hgxtopo.h"

/** The widest link that the specification has. */
#define MAX_LANES 32

/** Whether a PCIe generation has that speed: 2500, 5000, 8000, 16000, 32000, 64000, 128000. */
bool link_speed_known(uint32_t speed);
/** The speed of a code of the Link Capabilities register; 0 for a code that has none. */
uint32_t link_speed_of_code(unsigned code);
/** The slower and the narrower of two ends; what one end does not tell comes from the other. */
struct hgx_link link_both(struct hgx_link a, struct hgx_link b);

#endif
