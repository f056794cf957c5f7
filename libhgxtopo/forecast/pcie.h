/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The bandwidth that NCCL gives a PCIe link, by the words of sysfs. */
#ifndef HGX_FORECAST_PCIE_H
#define HGX_FORECAST_PCIE_H

#include <stdbool.h>
#include <stdint.h>

/** GB/s of a link. @speed as in link_speed of a file, or NULL; @width 0 counts as 16. A speed that
 *  NCCL does not know counts as 8 GT/s. */
float pcie_bandwidth(const char *speed, int width);
/** The same for a speed in MT/s; 0: unknown. */
float pcie_bandwidth_of(uint32_t speed, int width);
/** Whether NCCL knows a speed by these words. */
bool pcie_knows(const char *speed);

#endif
