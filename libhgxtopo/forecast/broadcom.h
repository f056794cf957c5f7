/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Switches of Broadcom show two levels where there is one. */
#ifndef HGX_FORECAST_BROADCOM_H
#define HGX_FORECAST_BROADCOM_H

#include "forecast/graph.h"

/** Makes one switch of two levels, as NCCL does: if both have Broadcom's own ids, those of the
 *  subsystem too. False: there is no memory. */
bool broadcom_flatten(struct graph *graph);

#endif
