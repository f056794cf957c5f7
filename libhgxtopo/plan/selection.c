/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Giving a device to a VM. */
#include "plan/selection.h"
#include "guest/plan.h"

void give(struct selection *selection, struct candidate *item, unsigned owner)
{
	item->owner = owner;
	item->chosen = owner == selection->plan->share.vm;
	item->other_vm = owner != NO_VM && !item->chosen;
	if (item->group && owner != NO_VM)
		item->group->owned = true;
}
