/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verdicts on the devices that a base domain assigns: the VM gets them, whatever the
 * selection decided. */
#include "plan/verdict_base.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"

static void take_by_base(struct hgx_plan *plan, const struct hgx_node *host)
{
	for (size_t i = 0; i < plan->verdict_count; i++)
		if (plan->verdicts[i].node == host &&
		    plan->verdicts[i].told.fate != HGX_FATE_THIS_VM)
			plan->verdicts[i].told = (struct hgx_verdict){ HGX_FATE_THIS_VM,
								       plan->options.vm,
								       "the base domain assigns it",
								       NULL };
}

void verdicts_of_base(struct hgx_plan *plan)
{
	const struct hgx_node *root = plan->guest->root;

	for (const struct hgx_node *node = root; node; node = node_next(root, node))
		if (node->pci && !kind_of(node->kind)->bridge && hgx_plan_host_of(plan, node))
			take_by_base(plan, hgx_plan_host_of(plan, node));
}
