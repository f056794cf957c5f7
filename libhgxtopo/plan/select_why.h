/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Devices that must stay with the host, and the findings about devices left out. */
#ifndef HGX_PLAN_SELECT_WHY_H
#define HGX_PLAN_SELECT_WHY_H

#include "plan/selection.h"

/** Sets `group`, `group_next`, `needed`, `stay`, `stay_rule`, `holder` and `doubtful` of each
 *  candidate. */
int find_stay_reasons(struct selection *selection);
/** Fails if the VM gets only a part of an IOMMU group. Comes after the companions are chosen:
 *  a device of the group that is still missing was left out on purpose. */
int check_groups(struct selection *selection);
/** Adds a finding for each device left out, and warns of virtual functions that vanish. */
void note_left_out(struct selection *selection);
/** Notes GPUs and accelerators of the VM that no NCCL file has. */
void note_nccl_others(struct selection *selection);
/** Warns if the VM gets the cores and memory of the whole host, but not all GPUs. */
void note_whole_host(struct selection *selection);

#endif
