/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What NCCL does not take from a file as it was meant, though it reads the file. */
#ifndef HGX_FORECAST_DOUBT_H
#define HGX_FORECAST_DOUBT_H

#include "forecast/told.h"
#include "format/nccl_file.h"

/** Adds findings to @told. HGX_BROKEN: NCCL gives up on the file. */
int doubt_file(struct telling *told, const struct nccl_document *file, struct hgx_error *err);

#endif
