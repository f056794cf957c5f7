/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must stay with the host, and what is told of it. */
#ifndef HGX_PLAN_SELECT_WHY_H
#define HGX_PLAN_SELECT_WHY_H

#include "plan/selection.h"

void find_stays(struct selection *selection);
int check_groups(struct selection *selection);
void tell_left_out(struct selection *selection);
void tell_whole_host(struct selection *selection);

#endif
