/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * An APIC id is the number by which interrupts reach a vCPU. It is put together from the numbers of
 * socket, die, core and thread, each in whole bits, so ids have gaps and can be larger than the
 * number of vCPUs. Ids above 254 need more of the guest. */
#ifndef HGX_GUEST_APIC_H
#define HGX_GUEST_APIC_H

#include <stdbool.h>
#include "guest/plan.h"

/** The highest APIC id of the guest. Each level (thread, core, die) takes a whole number of
 *  bits, so 40 cores count as 64. */
unsigned plan_highest_apic_id(const struct hgx_plan *plan);
/** Whether the guest needs interrupt remapping in extended interrupt mode. Without it, an
 *  interrupt only reaches 8-bit APIC ids. */
bool needs_eim(const struct hgx_plan *plan);

#endif
