/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far apart the cells are: as far as their host nodes, if the guest can be told so. */
#include <stdbool.h>
#include "plan/distances.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "domain/base.h"

/* QEMU refuses a distance below 10 or above 255. Linux ignores the whole table if a node is
 * as near to another as to itself (its drivers/acpi/numa/srat.c: slit_valid()). */
static bool can_tell(uint32_t distance)
{
	return distance > SLIT_SELF && distance <= SLIT_MOST;
}

static bool can_tell_row(const struct hgx_plan *plan, const struct cell *from)
{
	const uint32_t *row = from->host->memory->distances;

	for (size_t i = 0; row && i < plan->cell_count; i++)
		if (&plan->cells[i] != from && !can_tell(row[numa_rank(plan->cells[i].host)]))
			return false;
	return row != NULL;
}

/* All of them or none: a table with gaps is not a SLIT (ACPI 6.5, 5.2.17). */
static bool can_tell_all(const struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (!can_tell_row(plan, &plan->cells[i]))
			return false;
	return plan->cell_count > 1;
}

static void fill_row(const struct hgx_plan *plan, const struct cell *from, uint32_t *row)
{
	const uint32_t *host = from->host->memory->distances;

	for (size_t i = 0; i < plan->cell_count; i++)
		row[i] = &plan->cells[i] == from ? SLIT_SELF :
			 plan->tell_distances	 ? host[numa_rank(plan->cells[i].host)] :
						   SLIT_OTHER;
}

int plan_distances(struct hgx_plan *plan, struct hgx_error *err)
{
	size_t count = plan->cell_count;

	if (plan->base && plan->base->keeps_vcpus && plan->base->has_cells)
		return HGX_OK; /* its cells are as they are */
	if (count == 1 && !plan->cells[0].host->memory->distances)
		return HGX_OK; /* a machine with one node shows none */
	plan->tell_distances = can_tell_all(plan);
	for (size_t i = 0; i < count; i++) {
		struct cell *cell = &plan->cells[i];
		uint32_t *row = arena_alloc(&plan->arena, count * sizeof(*row));

		if (!row)
			return fail_memory(err);
		fill_row(plan, cell, row);
		cell->distances = row;
	}
	return HGX_OK;
}
