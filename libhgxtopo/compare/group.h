/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * IOMMU groups that hold other functions than expected. Their numbers mean nothing. */
#ifndef HGX_COMPARE_GROUP_H
#define HGX_COMPARE_GROUP_H

#include "compare/difference.h"
#include "compare/pair.h"

/** HGX_OK or HGX_NO_MEMORY. */
int compare_groups(struct differences *differences, const struct pairs *pairs);

#endif
