/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Indexes of libvirt's PCI controllers. */
#ifndef HGX_PLAN_INDEX_H
#define HGX_PLAN_INDEX_H

#include "guest/plan.h"

/** Adds free root ports on pcie.0, which libvirt uses for the user's own devices. */
int plan_spares(struct hgx_plan *plan, struct hgx_error *err);
/** Gives each controller its index, and each expander bus its slot on pcie.0. All ports are in
 *  the plan already. The indexes are contiguous, because libvirt fills gaps with root ports of
 *  its own, and parents come first, because QEMU creates the controllers in this order. */
int plan_index(struct hgx_plan *plan, struct hgx_error *err);

#endif
