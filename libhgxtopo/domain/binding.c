/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which NUMA nodes of the host the vCPUs and the cells of a domain are on. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/binding.h"
#include "util/arena.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "domain/base.h"

#define MAX_NUMBER (BINDING_NUMBERS - 1)

/* libvirt's lists: numbers and ranges in any order; "^3" takes a number out again. Calls @take
 * for each number. False: not such a list. */
typedef void take_number(void *data, unsigned number, bool in);

static bool read_list(const char *text, take_number *take, void *data)
{
	while (*text) {
		bool in = *(text += strspn(text, " \t\r\n,")) != '^';
		unsigned long first, last;
		char *end;

		if (!*text)
			break;
		text += !in;
		if (*text < '0' || *text > '9')
			return false;
		first = last = strtoul(text, &end, 10);
		end += strspn(end, " \t\r\n");
		if (in && *end == '-' && end[1] >= '0' && end[1] <= '9')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last > MAX_NUMBER)
			return false;
		for (; first <= last; first++)
			take(data, (unsigned)first, in);
		text = end + strspn(end, " \t\r\n");
		if (*text && *text != ',')
			return false;
	}
	return true;
}

struct numbers {
	bool in[MAX_NUMBER + 1];
};

static void mark(void *data, unsigned number, bool in)
{
	((bool *)data)[number] = in;
}

bool binding_numbers(const char *text, bool *in)
{
	memset(in, 0, BINDING_NUMBERS * sizeof(*in));
	return read_list(text, mark, in);
}

typedef const struct hgx_node *node_of_number(const struct hgx_topo *host, unsigned number);

static const struct hgx_node *numa_of_cpu(const struct hgx_topo *host, unsigned number)
{
	const struct hgx_node *cpu;
	char name[24];

	snprintf(name, sizeof(name), "cpu%u", number);
	cpu = hgx_topo_find(host, name);
	return cpu ? cpu->numa : NULL;
}

static const struct hgx_node *numa_of_number(const struct hgx_topo *host, unsigned number)
{
	return topo_numa(host, (int)number);
}

/* The one node that all numbers of a list lie on. */
static const struct hgx_node *single(const struct hgx_topo *host, const char *list,
				     struct numbers *numbers, node_of_number *node_of)
{
	const struct hgx_node *found = NULL;

	memset(numbers, 0, sizeof(*numbers));
	if (!list || !read_list(list, mark, numbers->in))
		return NULL;
	for (unsigned i = 0; i <= MAX_NUMBER; i++) {
		const struct hgx_node *node = numbers->in[i] ? node_of(host, i) : NULL;

		if (numbers->in[i] && (!node || (found && node != found)))
			return NULL;
		found = node ? node : found;
	}
	return found;
}

bool binding_list(struct arena *arena, const char *text, struct cpuset *out)
{
	struct numbers *numbers = calloc(1, sizeof(*numbers));
	bool good = numbers && read_list(text, mark, numbers->in);

	*out = (struct cpuset){ NULL, 0 };
	for (unsigned i = 0; good && i <= MAX_NUMBER; i++)
		out->count += numbers->in[i];
	out->ids = good ? arena_alloc(arena, (out->count + 1) * sizeof(*out->ids)) : NULL;
	out->count = 0;
	for (unsigned i = 0; out->ids && i <= MAX_NUMBER; i++)
		if (numbers->in[i])
			out->ids[out->count++] = i;
	free(numbers);
	return out->ids != NULL;
}

/* The only number of the list that was read last; HGX_CPU_NONE: it has several, or none. */
static uint32_t only_number(const struct numbers *numbers)
{
	uint32_t only = HGX_CPU_NONE;

	for (unsigned i = 0; i <= MAX_NUMBER; i++) {
		if (numbers->in[i] && only != HGX_CPU_NONE)
			return HGX_CPU_NONE;
		only = numbers->in[i] ? i : only;
	}
	return only;
}

/* Whether the CPUs of the list that was read last are on several nodes. */
static bool on_several(const struct hgx_topo *host, const struct numbers *numbers)
{
	const struct hgx_node *found = NULL;

	for (unsigned i = 0; i <= MAX_NUMBER; i++) {
		const struct hgx_node *node = numbers->in[i] ? numa_of_cpu(host, i) : NULL;

		if (node && found && node != found)
			return true;
		found = node ? node : found;
	}
	return false;
}

static void take_pin(struct binding *binding, const struct hgx_plan *plan, unsigned id,
		     const char *list, struct numbers *numbers)
{
	binding->vcpus[id] = single(plan->host, list, numbers, numa_of_cpu);
	binding->cpus[id] = only_number(numbers);
	binding->pinned[id] = true;
	binding->several[id] = on_several(plan->host, numbers);
}

/* <vcpu cpuset='…'> holds for those without a <vcpupin>. */
static void read_pins(struct binding *binding, const struct hgx_plan *plan, struct numbers *numbers)
{
	const struct xml_element *domain = plan->base->domain;
	const struct xml_element *pin = xml_child(xml_child(domain, "cputune"), "vcpupin");
	const char *all = xml_attribute(xml_child(domain, "vcpu"), "cpuset");
	const struct hgx_node *common = single(plan->host, all, numbers, numa_of_cpu);
	uint32_t only = only_number(numbers);
	bool several = on_several(plan->host, numbers);

	for (unsigned i = 0; i < binding->count; i++) {
		binding->vcpus[i] = common;
		binding->cpus[i] = only;
		binding->pinned[i] = all != NULL;
		binding->several[i] = several;
	}
	for (; pin; pin = xml_following(pin)) {
		const char *vcpu = xml_attribute(pin, "vcpu");
		unsigned id;

		if (vcpu && binding->count && xml_number(vcpu, binding->count - 1, &id))
			take_pin(binding, plan, id, xml_attribute(pin, "cpuset"), numbers);
	}
}

static void read_memory(struct binding *binding, const struct hgx_plan *plan,
			struct numbers *numbers)
{
	const struct xml_element *tune = xml_child(plan->base->domain, "numatune");
	const struct xml_element *node = xml_child(tune, "memnode");
	const char *all = xml_attribute(xml_child(tune, "memory"), "nodeset");
	const struct hgx_node *common = single(plan->host, all, numbers, numa_of_number);

	for (size_t i = 0; i < binding->cell_count; i++)
		binding->memory[i] = common;
	for (; node; node = xml_following(node)) {
		const char *cell = xml_attribute(node, "cellid");
		unsigned id;

		if (cell && binding->cell_count &&
		    xml_number(cell, (unsigned)binding->cell_count - 1, &id))
			binding->memory[id] = single(plan->host, xml_attribute(node, "nodeset"),
						     numbers, numa_of_number);
	}
}

/* The one node that all pinned vCPUs of a cell are on. */
static const struct hgx_node *pins_of(const struct binding *binding, const uint32_t *cells,
				      size_t cell)
{
	const struct hgx_node *found = NULL;

	for (unsigned i = 0; i < binding->count; i++) {
		if (cells[i] != cell || !binding->vcpus[i])
			continue;
		if (found && binding->vcpus[i] != found)
			return NULL;
		found = binding->vcpus[i];
	}
	return found;
}

void binding_cells(struct binding *binding, const uint32_t *cells)
{
	for (size_t i = 0; i < binding->cell_count; i++) {
		binding->pins[i] = pins_of(binding, cells, i);
		binding->cells[i] = binding->pins[i] ? binding->pins[i] : binding->memory[i];
	}
}

int binding_read(struct binding *binding, struct hgx_plan *plan, const uint32_t *cells,
		 unsigned count)
{
	struct arena *arena = &plan->arena;
	struct numbers *numbers = malloc(sizeof(*numbers));
	size_t cell_count = plan->cell_count;

	*binding = (struct binding){ .count = count, .cell_count = cell_count };
	binding->vcpus = arena_alloc(arena, (count + 1) * sizeof(*binding->vcpus));
	binding->cpus = arena_alloc(arena, (count + 1) * sizeof(*binding->cpus));
	binding->pinned = arena_alloc(arena, (count + 1) * sizeof(*binding->pinned));
	binding->several = arena_alloc(arena, (count + 1) * sizeof(*binding->several));
	binding->cells = arena_alloc(arena, (cell_count + 1) * sizeof(*binding->cells));
	binding->pins = arena_alloc(arena, (cell_count + 1) * sizeof(*binding->pins));
	binding->memory = arena_alloc(arena, (cell_count + 1) * sizeof(*binding->memory));
	if (!numbers || !binding->vcpus || !binding->cpus || !binding->pinned ||
	    !binding->several || !binding->cells || !binding->pins || !binding->memory) {
		free(numbers);
		return HGX_NO_MEMORY;
	}
	read_pins(binding, plan, numbers);
	read_memory(binding, plan, numbers);
	free(numbers);
	binding_cells(binding, cells);
	return HGX_OK;
}
