/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Sharing a host among VMs: each VM owns GPUs, and with them parts of the NUMA nodes. */
#ifndef HGX_PLAN_SHARE_H
#define HGX_PLAN_SHARE_H

#include "guest/plan.h"

/** Sorts the GPUs into plan->share and assigns each to a VM, as the options vms and uneven say.
 *  Fails if the GPUs do not divide. */
int share_gpus(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count,
	       struct hgx_error *err);
/** Finds the sharers of each usable NUMA node, if the host is divided. Comes after
 *  share_gpus(). Returns HGX_OK or HGX_NO_MEMORY. */
int share_nodes(struct hgx_plan *plan);
/** The sharers of a NUMA node; NULL if it is not divided. */
const struct sharers *sharers_of(const struct share *share, const struct hgx_node *numa);
/** The number of parts of a NUMA node that a VM owns, of node->count. */
size_t share_parts(const struct share *share, const struct sharers *node, unsigned vm);
/** Whether a VM owns a GPU. VMs are numbered from 0. */
bool share_owns(const struct share *share, const struct hgx_node *gpu, unsigned vm);

#endif
