/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Equal VMs: trims each cell to the size that it has in the VM with the fewest cores
 * there. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/cores_equal.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/cores.h"

struct cell_cores {
	unsigned package; /* counted from 0, for the VM's first one */
	size_t cores;
};

/* Lists the cells of a VM in order, from its free cores. Returns their number. */
static size_t count_cells(const struct cores *cores, struct cell_cores *cells)
{
	const struct core *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++) {
		const struct core *core = &cores->items[i];

		if (core->state != CORE_FREE)
			continue;
		if (!last || core->numa != last->numa || core->package != last->package) {
			cells[count].package = last ? cells[count - 1].package +
							       (core->package != last->package) :
						      0;
			cells[count++].cores = 0;
		}
		cells[count - 1].cores++;
		last = core;
	}
	return count;
}

static int find_least(struct hgx_plan *plan, const struct cores *cores, struct cores *copy,
		      struct cell_cores *least, struct hgx_error *err)
{
	struct cell_cores *cells = least + cores->count;
	size_t first = 0;

	for (unsigned vm = 0; vm < plan->share.vms; vm++) {
		size_t count;
		bool alike = true;

		memcpy(copy->items, cores->items, cores->count * sizeof(*cores->items));
		cores_divide(&plan->share, copy, vm);
		count = count_cells(copy, vm ? cells : least);
		if (!count)
			return fail_option(
				err, RULE_CORES_EXHAUSTED, cores_cause(plan),
				"no core is left for VM %u; share the host among fewer VMs, or %s",
				vm + 1, cores_remedy(plan));
		first = vm ? first : count;
		for (size_t i = 0; vm && i < count && i < first; i++) {
			alike &= cells[i].package == least[i].package;
			if (cells[i].cores < least[i].cores)
				least[i].cores = cells[i].cores;
		}
		if (!alike || count != first)
			return fail_option(
				err, RULE_VMS_UNEVEN, OPTION_VMS,
				"the %u VMs cannot be equal: the cores of VM 1 and VM %u are "
				"spread differently over CPU packages and NUMA nodes; allow "
				"uneven VMs with %s",
				plan->share.vms, vm + 1, plan_flag(plan, OPTION_UNEVEN).text);
	}
	return HGX_OK;
}

/* Gives the lowest surplus cores of each cell back to the host. Returns their number. */
static size_t trim(struct cores *cores, const struct cell_cores *least, struct cell_cores *cells)
{
	const struct core *last = NULL;
	size_t cell = 0, dropped = 0;

	count_cells(cores, cells);
	for (size_t i = 0; i < cores->count; i++) {
		struct core *core = &cores->items[i];

		if (core->state != CORE_FREE)
			continue;
		cell += last && (core->numa != last->numa || core->package != last->package);
		last = core;
		if (cells[cell].cores > least[cell].cores) {
			cells[cell].cores--;
			core->state = CORE_RESERVED;
			dropped++;
		}
	}
	return dropped;
}

int cores_equal(struct hgx_plan *plan, struct cores *cores, size_t *dropped, struct hgx_error *err)
{
	struct cores copy = { calloc(cores->count, sizeof(*copy.items)), cores->count };
	struct cell_cores *least = calloc(2 * cores->count, sizeof(*least));
	int code = least && copy.items ? HGX_OK : fail_memory(err);

	if (!code)
		code = find_least(plan, cores, &copy, least, err);
	if (!code) {
		cores_divide(&plan->share, cores, plan->share.vm);
		*dropped = trim(cores, least, least + cores->count);
	}
	free(copy.items);
	free(least);
	return code;
}
