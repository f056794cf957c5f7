/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The NUMA cells of a domain that is read. */
#ifndef HGX_DOMAIN_MEMORY_H
#define HGX_DOMAIN_MEMORY_H

#include "guest/plan.h"

/* With memory and distances. @cpus gets the cell of each vCPU, of @count. */
int domain_memory(struct hgx_plan *plan, uint32_t *cpus, unsigned count, struct hgx_error *err);

#endif
