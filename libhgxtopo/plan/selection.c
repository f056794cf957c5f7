/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Giving a device to a VM. */
#include "plan/selection.h"
#include "model/topo.h"
#include "model/kind.h"
#include "guest/plan.h"

void give(struct selection *selection, struct candidate *item, unsigned owner)
{
	item->owner = owner;
	item->chosen = owner == selection->plan->share.vm;
	item->other_vm = owner != NO_VM && !item->chosen;
	if (item->group && owner != NO_VM)
		item->group->owned = true;
}

bool is_of_fabric(const struct hgx_node *node)
{
	return kind_of(node->kind)->fabric;
}

const char *why_not_assigned(void)
{
	return "the base domain does not assign it";
}
