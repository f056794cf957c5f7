/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The PCIe tree of the guest: expander buses, ports, switches and devices. */
#ifndef HGX_PLAN_PCIE_H
#define HGX_PLAN_PCIE_H

#include "guest/plan.h"

/** Builds the tree below plan->expanders from the chosen devices; the expander buses of the
 *  base domain come last. Fails if an expander bus has too few slots. */
int plan_pcie(struct hgx_plan *plan, struct hgx_error *err);

#endif
