/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Properties of the guest's hardware that follow from its processor and from the versions of
 * libvirt and QEMU. */
#ifndef HGX_PLAN_HARDWARE_H
#define HGX_PLAN_HARDWARE_H

#include "guest/plan.h"

/** Fills in plan->hardware and the preallocation threads of the cells. The plan has its vCPUs
 *  and versions already. Always returns HGX_OK. */
int plan_hardware(struct hgx_plan *plan, struct hgx_error *err);

#endif
