/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Sharing a host among VMs: each VM owns GPUs, and with them parts of the NUMA nodes. */
#ifndef HGX_PLAN_SHARE_H
#define HGX_PLAN_SHARE_H

#include <stdbool.h>
#include "guest/plan.h"

/** Sorts the GPUs into plan->share and assigns each to a VM, as the options vms and uneven say.
 *  Fails if the GPUs do not divide. */
int share_gpus(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count,
	       struct hgx_error *err);
/** The same for a VM that has the GPUs that @is_named says: it owns them as VM 0, and each other
 * GPU has an owner of its own, whoever that is. Cores and memory are not divided if the NUMA node
 *  of a named GPU is unknown. */
int share_named(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count,
		bool (*is_named)(const struct hgx_node *gpu, const void *context),
		const void *context, struct hgx_error *err);
/** Finds the sharers of each usable NUMA node, if the host is divided. Comes after
 *  share_gpus(). Returns HGX_OK or HGX_NO_MEMORY. */
int share_nodes(struct hgx_plan *plan);
/** The sharers of a NUMA node; NULL if it is not divided. */
const struct sharers *sharers_of(const struct share *share, const struct hgx_node *numa);
/** The number of parts of a NUMA node that a VM owns, of node->count. */
size_t share_parts(const struct share *share, const struct sharers *node, unsigned vm);
/** How many of @all things of a node the GPU at that place of node->gpus owns. What does not divide
 *  goes to the GPUs with the lowest numbers, one each; between equal VMs it is spread. */
size_t share_part(const struct share *share, const struct sharers *node, size_t all, size_t gpu);
/** How many of them a VM owns. */
size_t share_of(const struct share *share, const struct sharers *node, size_t all, unsigned vm);
/** Whether a VM owns a GPU. VMs are numbered from 0. */
bool share_owns(const struct share *share, const struct hgx_node *gpu, unsigned vm);

#endif
