/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Virtual functions of a NIC that several VMs share. */
#ifndef HGX_PLAN_SELECT_VF_H
#define HGX_PLAN_SELECT_VF_H

#include "plan/selection.h"

/** Gives this VM the free virtual function number @rank of @nic, from 0. If fewer than @needed are
 *  free, check_virtual() refuses. */
void choose_function(struct selection *selection, struct candidate *nic, unsigned rank,
		     unsigned needed);
/** Fails if NICs have too few free virtual functions, and says for all of them how to get more. */
int check_virtual(struct selection *selection);
/** Gives each other VM of @sharers its virtual function, if it exists. */
void leave_functions(struct selection *selection, const struct candidate *nic,
		     const unsigned *sharers, size_t count);
/** The rank of this VM's virtual function. @sharers holds the VMs that share the NIC, each
 *  once. Sets @needed to the number of virtual functions that must be free. */
unsigned function_rank(const struct selection *selection, const struct candidate *nic,
		       const unsigned *sharers, size_t count, unsigned *needed);

#endif
