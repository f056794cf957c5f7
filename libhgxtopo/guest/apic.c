/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* APIC ids: each level of the topology takes a whole number of bits. */
#include <stdbool.h>
#include "guest/apic.h"
#include "guest/plan.h"

static unsigned bits_for(unsigned count)
{
	unsigned bits = 0;

	while (1u << bits < count)
		bits++;
	return bits;
}

unsigned plan_highest_apic_id(const struct hgx_plan *plan)
{
	unsigned id = plan->sockets - 1;

	id = id << bits_for(plan->dies) | (plan->dies - 1);
	id = id << bits_for(plan->cores) | (plan->cores - 1);
	return id << bits_for(plan->threads) | (plan->threads - 1);
}

bool needs_eim(const struct hgx_plan *plan)
{
	return plan->vcpu_count > 255 || plan_highest_apic_id(plan) > 254;
}
