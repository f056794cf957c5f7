/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same cores for every one of several VMs. */
#ifndef HGX_PLAN_CORES_EQUAL_H
#define HGX_PLAN_CORES_EQUAL_H

#include "plan/cores.h"

/* Leaves to the VM its part, the same to every VM, cell by cell; how many more cores that
 * gives back. */
int cores_equal(const struct hgx_plan *plan, struct cores *cores, size_t *dropped,
		struct hgx_error *err);

#endif
