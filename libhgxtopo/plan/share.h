/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several VMs: who gets which GPU, and with it which part of each NUMA node. */
#ifndef HGX_PLAN_SHARE_H
#define HGX_PLAN_SHARE_H

#include "guest/plan.h"

int share_gpus(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count,
	       struct hgx_error *err);
int share_nodes(struct hgx_plan *plan);
const struct sharers *sharers_of(const struct share *share, const struct hgx_node *numa);
size_t share_parts(const struct share *share, const struct sharers *node, unsigned vm);
bool share_owns(const struct share *share, const struct hgx_node *gpu, unsigned vm);

#endif
