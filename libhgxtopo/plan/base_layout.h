/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Working out where the vCPUs and cells of a base domain are on the host. */
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
	/** Placed by numad, so no pins or memnodes are added. */
	bool automatic_vcpus, automatic_memory;
	/** The nodes that the domain names in <numatune>, or in pins to several nodes, by
	 * numa_rank(); NULL: it names none, all are allowed. */
	const bool *allowed;
	/** The CPUs of the cores that are left to the host, by number; NULL: the plan lays out the
	 *  vCPUs. */
	bool *reserved;
	uint32_t *laid_out; /**< the host CPU of each vCPU if they are laid out as in a new VM */
};

/** Finds the cells of the plan, their host nodes, and the cell of each vCPU. The domain's own cells
 *  stay. Without any, they follow the pins; without pins, they are laid out as in a new VM. */
int base_cells(struct base_layout *layout, struct hgx_error *err);
/** Adds the topology and the pins that the domain lacks. Every cell has its host node already. */
int base_pins(struct base_layout *layout, struct hgx_error *err);

#endif
