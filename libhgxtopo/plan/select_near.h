/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NICs and drives, shared out to the GPUs. */
#ifndef HGX_PLAN_SELECT_NEAR_H
#define HGX_PLAN_SELECT_NEAR_H

#include "plan/selection.h"

int choose_near(struct selection *selection, enum hgx_kind kind, enum mode mode);
const struct hgx_node *nearest_gpu(const struct selection *selection, const struct hgx_node *node,
				   const bool *served, unsigned owner);
unsigned nearest_owner(const struct selection *selection, const struct hgx_node *node);

#endif
