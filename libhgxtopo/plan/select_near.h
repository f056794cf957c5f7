/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * NICs and NVMe drives near the GPUs. */
#ifndef HGX_PLAN_SELECT_NEAR_H
#define HGX_PLAN_SELECT_NEAR_H

#include "plan/selection.h"

/** Decides for each device of a kind which VM gets it, and says why if none does. */
int choose_near(struct selection *selection, enum hgx_kind kind, enum mode mode);
/** The GPU of the share nearest to a device; of equally near ones the first. With @served, only
 *  GPUs that the device serves count; with an @owner other than NO_VM, only that VM's. NULL if
 *  there is none. */
const struct hgx_node *nearest_gpu(const struct selection *selection, const struct hgx_node *node,
				   const bool *served, unsigned owner);
/** The VM that owns the nearest GPU. It does not depend on the VM that is planned. */
unsigned nearest_owner(const struct selection *selection, const struct hgx_node *node);

#endif
