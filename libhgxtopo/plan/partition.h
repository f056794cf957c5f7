/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Fabric Manager partitions: sets of GPUs that one VM can have while the NVSwitches stay with
 * the host. */
#ifndef HGX_PLAN_PARTITION_H
#define HGX_PLAN_PARTITION_H

#include "guest/plan.h"

/** Shares out the GPUs of the board: those of the partition to VM 0, every other one to a VM of
 *  its own. @board holds the GPUs by number. Needs the options partition and module_ids. */
int share_partition(struct hgx_plan *plan, const struct hgx_node *const *board, size_t count,
		    struct hgx_error *err);

#endif
