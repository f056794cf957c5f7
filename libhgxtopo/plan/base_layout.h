/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the vCPUs and cells of a base domain lie on the host, while it is found out. */
#ifndef HGX_PLAN_BASE_LAYOUT_H
#define HGX_PLAN_BASE_LAYOUT_H

#include "guest/plan.h"
#include "domain/binding.h"
#include "domain/cpu.h"
#include "plan/cores.h"

struct base_layout {
	struct hgx_plan *plan;
	struct domain_vcpus vcpus;
	struct binding binding;
	struct cores cores;
	/* numad chooses where they are: nothing is added that would contradict it */
	bool automatic_vcpus, automatic_memory;
	/* nodes that the domain restricts itself to, by <numatune> or by pins to several nodes;
	 * NULL: to none */
	const bool *allowed; /* by place among the host's nodes: numa_rank() */
	uint32_t *laid_out;  /* host CPU of each vCPU, as for a new VM; NULL: not so laid out */
};

/* Cells of the plan with their host nodes, and the cell of each vCPU. Those of the domain stay;
 * without any they follow the pins; without these they are laid out as for a new VM. */
int base_cells(struct base_layout *layout, struct hgx_error *err);
/* The topology and the pins that the domain lacks. Every cell has its host node. */
int base_pins(struct base_layout *layout, struct hgx_error *err);

#endif
