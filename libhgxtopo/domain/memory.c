/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the NUMA cells of a domain: memory, vCPUs and distances. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "domain/memory.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "guest/plan.h"
#include "domain/base.h"

#define MAX_CELLS 128 /* QEMU's limit */

/* A cell without an id has its place among the cells as id. */
static int cell_id(const struct base *base, const struct xml_element *element, unsigned number,
		   unsigned count, unsigned *out, struct hgx_error *err)
{
	const char *id = xml_attribute(element, "id");

	*out = number;
	if (id && (!xml_number(id, UINT32_MAX, out) || *out >= count))
		return base_broken(base, element, RULE_DOMAIN_VALUE, err,
				   "id='%.20s' of a NUMA cell is not valid; %u cells are "
				   "numbered from 0 to %u",
				   id, count, count - 1);
	return HGX_OK;
}

static int take_cpus(const struct base *base, const struct xml_element *element, unsigned id,
		     uint32_t *cpus, unsigned count, struct hgx_error *err)
{
	const char *list = xml_attribute(element, "cpus");
	struct arena arena = { 0 };
	struct cpuset set;
	bool fine = !list || cpulist_read(&arena, list, &set);

	for (size_t i = 0; list && fine && i < set.count; i++) {
		fine = set.ids[i] < count && cpus[set.ids[i]] == UINT32_MAX;
		if (fine)
			cpus[set.ids[i]] = id;
	}
	arena_free(&arena);
	return fine ? HGX_OK :
		      base_broken(base, element, RULE_DOMAIN_VALUE, err,
				  "cpus='%.40s' must be an ascending list of vCPUs below %u that "
				  "are in no other cell",
				  list, count);
}

static int read_sibling(const struct base *base, const struct xml_element *element, unsigned id,
			unsigned count, uint32_t *table, struct hgx_error *err)
{
	const char *other = xml_attribute(element, "id");
	const char *value = xml_attribute(element, "value");
	unsigned to, distance;

	if (!other || !value || !xml_number(other, count - 1, &to) ||
	    !xml_number(value, SLIT_MAX, &distance) || distance < SLIT_SELF)
		return base_broken(base, element, RULE_DOMAIN_VALUE, err,
				   "a distance needs the id of a cell and a value from %d to %d",
				   SLIT_SELF, SLIT_MAX);
	table[id * count + to] = distance;
	return HGX_OK;
}

/* A distance given by one cell only applies in both directions, as in libvirt. */
static void complete_distances(struct hgx_plan *plan, uint32_t *table)
{
	size_t count = plan->cell_count;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (!table[i * count + j])
				table[i * count + j] = table[j * count + i] ? table[j * count + i] :
						       i == j		    ? SLIT_SELF :
									      SLIT_OTHER;
	for (size_t i = 0; i < count; i++)
		plan->cells[i].distances = &table[i * count];
}

static int read_distances(struct hgx_plan *plan, const struct xml_element *first,
			  struct hgx_error *err)
{
	unsigned count = (unsigned)plan->cell_count, number = 0, id;
	uint32_t *table = arena_alloc(&plan->arena, (size_t)count * count * sizeof(*table));
	bool any = false;
	int code = table ? HGX_OK : fail_memory(err);

	for (const struct xml_element *e = first; !code && e; e = xml_following(e), number++) {
		const struct xml_element *s = xml_child(xml_child(e, "distances"), "sibling");

		code = cell_id(plan->base, e, number, count, &id, err);
		for (; !code && s; s = xml_following(s), any = true)
			code = read_sibling(plan->base, s, id, count, table, err);
	}
	if (!code && any)
		complete_distances(plan, table);
	return code;
}

int domain_modules(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;
	int code = HGX_OK;

	for (size_t i = 0; !code && i < base->count; i++) {
		const struct xml_element *element = base->items[i].element;
		const struct xml_element *target = xml_child(element, "target");
		const struct xml_element *size = xml_child(target, "size");
		const struct xml_element *node = xml_child(target, "node");
		unsigned cell = 0;
		uint64_t bytes = 0;

		if (!xml_is(element, "memory") || !xml_attribute_is(element, "model", "dimm"))
			continue;
		if (!size || (node && !xml_number(node->text, UINT32_MAX, &cell)) ||
		    (base->whole && cell >= plan->cell_count))
			return base_broken(base, element, RULE_DOMAIN_VALUE, err,
					   "a memory module needs a size and a node below %zu",
					   plan->cell_count);
		code = base_size(base, size, size->text, &bytes, err);
		if (cell >= plan->cell_count)
			continue; /* base_settle() refuses it, as any device of such a cell */
		plan->cells[cell].memory += bytes;
		plan->cells[cell].modules += bytes;
	}
	return code;
}

static int read_cells(struct hgx_plan *plan, const struct xml_element *first, uint32_t *cpus,
		      unsigned count, struct hgx_error *err)
{
	const struct base *base = plan->base;
	unsigned number = 0, id;
	int code = HGX_OK;

	for (const struct xml_element *e = first; !code && e; e = xml_following(e), number++) {
		const char *memory = xml_attribute(e, "memory");

		code = cell_id(base, e, number, (unsigned)plan->cell_count, &id, err);
		if (!code && memory)
			code = base_size(base, e, memory, &plan->cells[id].memory, err);
		if (!code)
			code = take_cpus(base, e, id, cpus, count, err);
	}
	return code;
}

/* A guest without cells has one NUMA node with all the memory. */
static int read_memory(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct xml_element *memory = xml_child(plan->base->domain, "memory");

	if (!memory)
		return HGX_OK;
	return base_size(plan->base, memory, memory->text, &plan->cells[0].memory, err);
}

int domain_memory(struct hgx_plan *plan, uint32_t *cpus, unsigned count, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *numa = xml_child(xml_child(base->domain, "cpu"), "numa");
	const struct xml_element *first = xml_child(numa, "cell");
	int code;

	for (const struct xml_element *e = first; e; e = xml_following(e))
		plan->cell_count++;
	if (plan->cell_count > MAX_CELLS)
		return base_broken(base, first, RULE_DOMAIN_CELLS_EXHAUSTED, err,
				   "%zu NUMA cells are too many; a guest has at most %d",
				   plan->cell_count, MAX_CELLS);
	plan->without_cells = !first;
	plan->cell_count += !first;
	plan->cells = arena_alloc(&plan->arena, plan->cell_count * sizeof(*plan->cells));
	if (!plan->cells)
		return fail_memory(err);
	code = first ? read_cells(plan, first, cpus, count, err) : read_memory(plan, err);
	if (!code && first)
		code = read_distances(plan, first, err);
	return code || !first ? code : domain_modules(plan, err);
}

/* Adds up the cells of a domain whose cells the plan may replace. */
static int total_of_cells(const struct base *base, const struct xml_element *first, uint64_t *out,
			  struct hgx_error *err)
{
	int code = HGX_OK;

	for (const struct xml_element *e = first; !code && e; e = xml_following(e)) {
		const char *memory = xml_attribute(e, "memory");
		uint64_t bytes = 0;

		if (memory)
			code = base_size(base, e, memory, &bytes, err);
		*out += bytes;
	}
	return code;
}

int domain_total(const struct hgx_plan *plan, uint64_t *out, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *numa = xml_child(xml_child(base->domain, "cpu"), "numa");
	const struct xml_element *first = xml_child(numa, "cell");
	const struct xml_element *memory = xml_child(base->domain, "memory");

	*out = 0;
	if (first)
		return total_of_cells(base, first, out, err);
	return memory ? base_size(base, memory, memory->text, out, err) : HGX_OK;
}

int domain_most(const struct hgx_plan *plan, uint64_t *out, unsigned *slots, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *most = base ? xml_child(base->domain, "maxMemory") : NULL;
	const char *text = xml_attribute(most, "slots");

	*out = 0;
	*slots = 0;
	if (text && !xml_number(text, UINT16_MAX, slots))
		return base_broken(base, most, RULE_DOMAIN_VALUE, err,
				   "slots='%.20s' must be a number up to %u", text, UINT16_MAX);
	return most ? base_size(base, most, most->text, out, err) : HGX_OK;
}
