/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The devices of a base domain: it keeps those that it has, and nothing comes along by itself
 * unless the VM is one of several. */
#ifndef HGX_PLAN_SELECT_BASE_H
#define HGX_PLAN_SELECT_BASE_H

#include "plan/selection.h"

/** Marks what the domain assigns and decides what the options leave open. */
void find_assigned(struct selection *selection);
/** Gives the VM what its domain assigns, unless an option takes it away. Refuses what belongs to
 *  another VM; the owners of all other devices must be known. */
int take_assigned(struct selection *selection);
/** Refuses options that would change nothing in the base domain, or what they cannot change. The
 *  modes and what is skipped are known. */
int check_effects(struct selection *selection);
/** Refuses a base domain whose VM gets nothing. */
int check_assigned(struct selection *selection);
/** What of these devices can keep the VM from starting. */
void note_assigned(struct selection *selection);

#endif
