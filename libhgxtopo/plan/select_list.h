/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Devices that the user names in lists. */
#ifndef HGX_PLAN_SELECT_LIST_H
#define HGX_PLAN_SELECT_LIST_H

#include "plan/selection.h"

/** Calls @each for every device of the list @text, in its order, and stops at the first error. A
 * word is an address, one without a function (a whole card), "slot:" and a slot, the operating
 * system's name of a device, or the number of a GPU or a range of them. Of a card, options for one
 * kind of device take the functions of that kind. */
int list_read(struct selection *selection, enum option_id option, const char *text,
	      int (*each)(struct selection *, struct candidate *, enum option_id option));
/** Whether both are functions of one device; these lie side by side. */
bool same_card(const struct candidate *a, const struct candidate *b);
/** By address, for qsort() and bsearch(). */
int candidate_compare(const void *a, const void *b);
/** The candidate for a node of the host; NULL if the node is a bridge. */
struct candidate *candidate_of(const struct selection *selection, const struct hgx_node *node);
/** The GPU of that number, counted from 0 in address order without virtual functions, after the
 *  last GPU the accelerators; NULL if there is none. */
struct candidate *gpu_by_number(const struct selection *selection, unsigned number);
/** The number of GPUs and accelerators of the host, without virtual functions. */
unsigned gpu_count(const struct selection *selection);
/** Fails if the VM cannot have a device that @option names: it must stay with the host, is
 *  skipped, or was named before. */
int check_free(struct selection *selection, const struct candidate *item, enum option_id option);

#endif
