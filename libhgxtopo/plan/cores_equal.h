/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Equal cores for several VMs. */
#ifndef HGX_PLAN_CORES_EQUAL_H
#define HGX_PLAN_CORES_EQUAL_H

#include "plan/cores.h"

/** Leaves the plan's VM its part of the cores, then trims each cell to the size that the same
 *  cell has in the smallest VM. Sets @dropped to the number of cores that the host gets back.
 *  Fails if a VM gets no core, or if the VMs spread differently over packages and nodes. */
int cores_equal(struct hgx_plan *plan, struct cores *cores, size_t *dropped, struct hgx_error *err);

#endif
