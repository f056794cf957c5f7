/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The devices of the host that VMs are to get. */
#ifndef HGX_CHECK_CHOSEN_H
#define HGX_CHECK_CHOSEN_H

#include <stdbool.h>
#include "check/check.h"

struct chosen {
	const struct hgx_node **nodes; /**< by address, in the arena of the findings */
	size_t count;
};

/** The devices that the domains of the options assign. Without domains, plans the VMs of the
 * options and takes their devices, and the findings about the host. If a plan is refused, that is a
 * finding, and the devices are all GPUs with the nearest NICs. */
int chosen_find(struct chosen *out, struct check *check, const struct hgx_topo *host,
		struct hgx_error *err);
bool chosen_has(const struct chosen *chosen, const struct hgx_node *node);

#endif
