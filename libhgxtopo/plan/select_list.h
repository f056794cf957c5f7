/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that the user names. */
#ifndef HGX_PLAN_SELECT_LIST_H
#define HGX_PLAN_SELECT_LIST_H

#include "plan/selection.h"

int list_read(struct selection *selection, enum option_id option, const char *text, bool numbers,
	      int (*each)(struct selection *, struct candidate *, enum option_id option));
struct candidate *candidate_of(const struct selection *selection, const struct hgx_node *node);
struct candidate *gpu_by_number(const struct selection *selection, unsigned number);
unsigned gpu_count(const struct selection *selection);
int check_free(struct selection *selection, const struct candidate *item, enum option_id option);

#endif
