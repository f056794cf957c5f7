/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HGX_GUEST_APIC_H
#define HGX_GUEST_APIC_H

#include <stdbool.h>
#include "guest/plan.h"

/* The highest APIC ID of the guest: each level is rounded up to a power of two. */
unsigned plan_highest_apic_id(const struct hgx_plan *plan);
/* Interrupt remapping in extended mode: without it an interrupt reaches 8-bit APIC ids only. */
bool needs_eim(const struct hgx_plan *plan);

#endif
