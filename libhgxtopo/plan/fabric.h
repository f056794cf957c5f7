/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What the guest needs for its NVLinks where the NVSwitches stay with the host. */
#ifndef HGX_PLAN_FABRIC_H
#define HGX_PLAN_FABRIC_H

struct hgx_plan;

/** Adds the finding that says so, to a finished plan with GPUs of a board with NVSwitches. */
void fabric_notes(struct hgx_plan *plan);

#endif
