/* APIC ids of the guest, and what it needs for large ones. */
#include <stdbool.h>
#include <string.h>
#include "guest/apic.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"

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

/* QEMU leaves topoext out of "host" on AMD; without it the guest sees no SMT siblings. */
bool needs_topoext(const struct hgx_plan *plan)
{
	const struct hgx_node *package = plan->guest->root->first;

	return plan->threads > 1 && package && package->processor && package->processor->vendor &&
	       !strcmp(package->processor->vendor, "AuthenticAMD");
}
