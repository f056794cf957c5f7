/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A forecast: what NCCL 2.28 to 2.30 decides for each GPU of a machine or of a topology file. It is
 * NCCL's model of what it is told, not a measurement, and ends before the search for channels. */
#ifndef HGX_FORECAST_FORECAST_H
#define HGX_FORECAST_FORECAST_H

#include "hgxtopo.h"
#include "model/finding.h"
#include "util/arena.h"

struct hgx_nccl_forecast {
	struct arena arena;
	struct findings findings;
	struct hgx_gpu_forecast *gpus; /**< in the order of their addresses */
	size_t count;
	double bound; /**< GB/s; 0: none */
	bool rccl;    /**< it is about RCCL */
};

#endif
