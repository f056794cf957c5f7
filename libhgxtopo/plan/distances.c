/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Distances between the cells: those of their host nodes if they form a table that the
 * guest accepts, otherwise the defaults. */
#include <stdbool.h>
#include "plan/distances.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "domain/base.h"

/* QEMU refuses a distance below 10 or above 255. Linux ignores the whole table if another
 * node is as near as the node itself (drivers/acpi/numa/srat.c: slit_valid()). */
static bool is_usable(uint32_t distance)
{
	return distance > SLIT_SELF && distance <= SLIT_MAX;
}

static bool row_is_usable(const struct hgx_plan *plan, const struct cell *from)
{
	const uint32_t *row = from->host->memory->distances;

	for (size_t i = 0; row && i < plan->cell_count; i++)
		if (&plan->cells[i] != from && !is_usable(row[numa_rank(plan->cells[i].host)]))
			return false;
	return row != NULL;
}

/* A SLIT cannot have gaps (ACPI 6.5, 5.2.17), so either all distances are usable or none. */
static bool all_usable(const struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (!row_is_usable(plan, &plan->cells[i]))
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

	if (plan->base && plan->base->keeps_cells)
		return HGX_OK; /* its cells stay as they are */
	if (count == 1 && !plan->cells[0].host->memory->distances)
		return HGX_OK; /* a machine with one node shows no distances */
	plan->tell_distances = all_usable(plan);
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
