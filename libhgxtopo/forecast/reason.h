/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Why NCCL uses GPUDirect RDMA for a GPU or does not, in a sentence. */
#ifndef HGX_FORECAST_REASON_H
#define HGX_FORECAST_REASON_H

#include "forecast/decide.h"

/** @supported: GPUs and NICs can do it. @file: all that is known is an NCCL file. The text lives in
 *  @arena. */
const char *reason_for(struct arena *arena, const struct decision *decision, bool supported,
		       bool file);

#endif
