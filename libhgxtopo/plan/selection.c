/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a host while it is chosen among them. */
#include "plan/selection.h"
#include "guest/plan.h"

void give(struct selection *selection, struct candidate *item, unsigned owner)
{
	item->owner = owner;
	item->chosen = owner == selection->plan->share.vm;
	item->others = owner != NO_VM && !item->chosen;
}
