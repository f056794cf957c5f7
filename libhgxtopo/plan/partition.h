/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Fabric Manager partitions: sets of GPUs that one VM can have while the NVSwitches stay with
 * the host. */
#ifndef HGX_PLAN_PARTITION_H
#define HGX_PLAN_PARTITION_H

#include <stdbool.h>
#include "guest/plan.h"

/** Shares out the GPUs of the board: those of the partition to VM 0, every other one to a VM of
 *  its own. @board holds the GPUs by number. Needs the options partition and module_ids. */
int share_partition(struct hgx_plan *plan, const struct hgx_node *const *board, size_t count,
		    struct hgx_error *err);

/** Refuses @module_ids unless they are as the option takes them. @words: of the caller's options.
 */
int partition_check_ids(const char *module_ids, int words, struct hgx_error *err);
/** GPUs of a board that has partitions. */
#define PARTITION_MODULES 8
/** The partition that consists of just these GPUs of a board. @module_ids: as in the options, which
 * must be valid; @gpus: by number. -1: there is none. */
int partition_of(const char *module_ids, const bool gpus[PARTITION_MODULES]);
/** Whether some partition has as many GPUs. */
bool partition_has_size(unsigned gpus);

#endif
