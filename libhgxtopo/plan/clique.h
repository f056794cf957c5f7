/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * GPUDirect cliques: GPUs below one switch of the host, which can reach each other directly. */
#ifndef HGX_PLAN_CLIQUE_H
#define HGX_PLAN_CLIQUE_H

#include "guest/plan.h"

/** Gives the GPUs of each clique a common id, unless the host has NVLink or the option
 *  p2p_clique is off. */
void plan_cliques(struct hgx_plan *plan);

#endif
