/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fabric Manager partitions: GPUs that may be one VM's while the NVSwitches stay with the host. */
#ifndef HGX_PLAN_PARTITION_H
#define HGX_PLAN_PARTITION_H

#include "guest/plan.h"

/* @board: the GPUs by number. The partition is VM 0, every other GPU one of its own. */
int share_partition(struct hgx_plan *plan, const struct hgx_node *const *board, size_t count,
		    struct hgx_error *err);

#endif
