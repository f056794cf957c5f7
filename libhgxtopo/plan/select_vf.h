/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual functions of NICs that several VMs share. */
#ifndef HGX_PLAN_SELECT_VF_H
#define HGX_PLAN_SELECT_VF_H

#include "plan/selection.h"

int choose_function(struct selection *selection, struct candidate *nic, unsigned rank,
		    unsigned needed);
void leave_functions(struct selection *selection, const struct candidate *nic,
		     const unsigned *sharers, size_t count);
unsigned function_rank(const struct selection *selection, const struct candidate *nic,
		       const unsigned *sharers, size_t count, unsigned *needed);

#endif
