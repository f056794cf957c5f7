/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the host node of each cell of a base domain, and makes cells for a domain without any. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/base_layout.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/origin.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "domain/base.h"
#include "domain/memory.h"
#include "plan/cpu.h"
#include "plan/memory.h"

/* NUMA nodes of the host. */
struct nodes {
	const struct hgx_node **items;
	size_t count;
};

static bool is_usable(const struct base_layout *layout, const struct hgx_node *numa)
{
	if (layout->allowed && !layout->allowed[numa_rank(numa)])
		return false;
	for (size_t i = 0; i < layout->cores.count; i++)
		if (layout->cores.items[i].numa == numa)
			return true;
	return false;
}

/* Whether a GPU of the VM is at home on the node. In a VM without GPUs, any device counts. */
static bool is_home(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	const struct share *share = &plan->share;

	for (size_t i = 0; i < share->count; i++)
		if (share->owners[i] == share->vm && share->homes[i] == numa)
			return true;
	for (size_t i = 0; !share->count && i < plan->chosen_count; i++)
		if (origin_numa_of(plan->chosen[i]) == numa)
			return true;
	return false;
}

static bool is_taken(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (plan->cells[i].host == numa)
			return true;
	return false;
}

static bool has_node(const struct nodes *nodes, const struct hgx_node *numa)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->items[i] == numa)
			return true;
	return false;
}

static int open_nodes(struct base_layout *layout, struct nodes *nodes)
{
	size_t room = layout->plan->host->numa_count + 1;

	*nodes = (struct nodes){ NULL, 0 };
	nodes->items = arena_alloc(&layout->plan->arena, room * sizeof(*nodes->items));
	return nodes->items ? HGX_OK : HGX_NO_MEMORY;
}

/* Adds usable nodes that no cell is on yet until there are @most: those of the devices, or any. */
static void take_nodes(const struct base_layout *layout, struct nodes *nodes, bool homes,
		       size_t most)
{
	const struct hgx_plan *plan = layout->plan;

	for (const struct hgx_node *n = plan->host->root->first; n; n = n->next)
		if (nodes->count < most && n->kind == HGX_NUMA && is_usable(layout, n) &&
		    !is_taken(plan, n) && !has_node(nodes, n) && (!homes || is_home(plan, n)))
			nodes->items[nodes->count++] = n;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = (*(const struct hgx_node *const *)a)->memory->id;
	uint32_t y = (*(const struct hgx_node *const *)b)->memory->id;

	return x < y ? -1 : x > y;
}

static int refuse_nodes(struct hgx_error *err)
{
	return fail(err, RULE_NODES_UNUSABLE,
		    "no NUMA node of this machine has both online CPUs and memory");
}

/* ---- cells that the domain has */

/* Cells whose node the domain does not name get the nodes without a cell, those of the devices
 * first. If there are too few of them, these cells share all nodes. */
static int bind_others(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	size_t unbound = 0, next = 0;
	struct nodes nodes, all;

	for (size_t i = 0; i < plan->cell_count; i++)
		unbound += !plan->cells[i].host;
	if (!unbound)
		return HGX_OK;
	if (open_nodes(layout, &nodes) || open_nodes(layout, &all))
		return fail_memory(err);
	take_nodes(layout, &nodes, true, unbound);
	take_nodes(layout, &nodes, false, unbound);
	for (const struct hgx_node *n = plan->host->root->first; n; n = n->next)
		if (n->kind == HGX_NUMA && is_usable(layout, n))
			all.items[all.count++] = n;
	if (!all.count)
		return refuse_nodes(err);
	if (nodes.count < unbound)
		nodes = all;
	qsort(nodes.items, nodes.count, sizeof(*nodes.items), by_id);
	for (size_t i = 0; i < plan->cell_count; i++)
		if (!plan->cells[i].host)
			plan->cells[i].host = nodes.items[next++ * nodes.count / unbound];
	return HGX_OK;
}

static int keep_cells(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;

	for (size_t i = 0; i < plan->cell_count; i++)
		plan->cells[i].host = layout->binding.cells[i];
	return bind_others(layout, err);
}

/* ---- cells that follow the pins */

static int cells_by_pins(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	const struct hgx_node **hosts = layout->binding.vcpus;
	unsigned count = layout->vcpus.count;
	uint32_t last = 0;

	plan->cell_count = 0;
	plan->cells = arena_alloc(&plan->arena,
				  (plan->host->numa_count + 1) * sizeof(*plan->cells));
	if (!plan->cells)
		return fail_memory(err);
	for (const struct hgx_node *n = plan->host->root->first; n; n = n->next) {
		bool used = false;

		for (unsigned i = 0; n->kind == HGX_NUMA && i < count; i++) {
			if (hosts[i] != n)
				continue;
			layout->vcpus.cells[i] = (uint32_t)plan->cell_count;
			used = true;
		}
		if (used)
			plan->cells[plan->cell_count++].host = n;
	}
	/* a vCPU that is not pinned to a single node goes with the one before it */
	for (unsigned i = 0; i < count; i++) {
		if (layout->vcpus.cells[i] == UINT32_MAX)
			layout->vcpus.cells[i] = last;
		last = layout->vcpus.cells[i];
	}
	return HGX_OK;
}

/* ---- cells as for a new VM */

/* The memory that all cells must hold together; 0: any. */
static int memory_needed(const struct hgx_plan *plan, uint64_t *out, struct hgx_error *err)
{
	*out = plan->options.memory;
	return plan->base->keeps_memory ? domain_total(plan, out, err) : HGX_OK;
}

static bool has_room(const struct nodes *nodes, uint64_t needed)
{
	uint64_t room = 0;

	for (size_t i = 0; i < nodes->count; i++)
		room += memory_room(nodes->items[i]);
	return room >= needed;
}

/* Whether the cells fit the domain's topology: each socket is within one cell or consists of whole
 * cells, and no core is cut. */
static bool agrees(const struct base_layout *layout, const uint32_t *cells)
{
	unsigned count = layout->vcpus.count, threads = layout->plan->threads;
	unsigned socket = count / layout->plan->sockets;

	for (unsigned i = 1; layout->vcpus.topology && i < count; i++) {
		unsigned start = i / socket * socket, end = start + socket;

		if (cells[i] == cells[i - 1])
			continue;
		if (i % threads)
			return false;
		if (i != start && ((start && cells[start] == cells[start - 1]) ||
				   (end < count && cells[end] == cells[end - 1])))
			return false;
	}
	return true;
}

struct topology {
	unsigned sockets, dies, cores, threads;
};

static struct topology topology_of(const struct hgx_plan *plan)
{
	return (struct topology){ plan->sockets, plan->dies, plan->cores, plan->threads };
}

static void set_topology(struct hgx_plan *plan, struct topology topology)
{
	plan->sockets = topology.sockets;
	plan->dies = topology.dies;
	plan->cores = topology.cores;
	plan->threads = topology.threads;
}

static void clear(struct hgx_plan *plan)
{
	plan->cells = NULL;
	plan->cell_count = plan->vcpu_count = 0;
	plan->share.nodes = NULL;
	plan->share.node_count = 0;
	plan->reserved = (struct cpuset){ NULL, 0 };
}

/* Lays out a VM as if the number of vCPUs were given as an option. */
static int lay_out(struct base_layout *layout, struct topology *own)
{
	struct hgx_plan *plan = layout->plan;
	struct hgx_plan_options options = plan->options;
	int code;

	clear(plan);
	plan->options.vcpus = layout->vcpus.count;
	if (layout->vcpus.topology && options.smt == HGX_AUTO)
		plan->options.smt = own->threads > 1 ? HGX_ON : HGX_OFF;
	set_topology(plan, (struct topology){ 0 });
	code = cpu_lay_out(plan, NULL);
	plan->options = options;
	if (layout->vcpus.topology)
		set_topology(plan, *own);
	return code;
}

/* The domain's own devices name cells by number, even if it has no cells: how many there must be.
 */
static size_t cells_named(const struct base *base)
{
	size_t most = 0;

	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		const struct xml_element *target = xml_child(item->element, "target");
		const struct xml_element *node = xml_child(target, "node");
		unsigned id;

		if (!item->gone && node && xml_number(node->text, UINT16_MAX, &id) && id >= most)
			most = id + 1;
	}
	return most;
}

/* Whether the cells are on allowed nodes, are as many as named, and the memory fits there. */
static bool cells_fit(const struct base_layout *layout, uint64_t needed)
{
	const struct hgx_plan *plan = layout->plan;
	uint64_t room = 0;

	for (size_t i = 0; i < plan->cell_count; i++) {
		if (!is_usable(layout, plan->cells[i].host))
			return false;
		room += memory_room(plan->cells[i].host);
	}
	return room >= needed && plan->cell_count >= cells_named(plan->base);
}

/* Lays out cells and vCPUs as a plan without a base domain does. False if that fails or does not
 * fit the domain; @code then tells whether memory ran out. */
static bool lay_out_new(struct base_layout *layout, uint64_t needed, int *code)
{
	struct hgx_plan *plan = layout->plan;
	struct topology own = topology_of(plan);
	size_t findings = plan->findings.count;
	bool whole = plan->share.whole_cores;
	unsigned count = layout->vcpus.count;
	uint32_t *cells = arena_alloc(&plan->arena, count * sizeof(*cells));
	uint32_t *pins = arena_alloc(&plan->arena, count * sizeof(*pins));

	*code = cells && pins ? lay_out(layout, &own) : HGX_NO_MEMORY;
	for (unsigned i = 0; !*code && i < count; i++) {
		cells[i] = plan->vcpus[i].cell;
		pins[i] = plan->vcpus[i].host_cpu;
	}
	if (!*code && cells_fit(layout, needed) && agrees(layout, cells)) {
		layout->vcpus.cells = cells;
		layout->laid_out = pins;
		return true;
	}
	clear(plan);
	plan->share.whole_cores = whole;
	set_topology(plan, own);
	plan->findings.count = findings;
	return false;
}

static size_t cpus_on(const struct base_layout *layout, const struct nodes *nodes)
{
	size_t count = 0;

	for (size_t i = 0; i < layout->cores.count; i++)
		if (has_node(nodes, layout->cores.items[i].numa))
			count += layout->cores.items[i].threads;
	return count;
}

/* How many vCPUs must stay in one cell, so that each cell has whole sockets or each socket whole
 * cells. Lowers @cells if the topology does not divide into so many. */
static unsigned unit_of(const struct base_layout *layout, unsigned *cells)
{
	const struct hgx_plan *plan = layout->plan;
	unsigned count = layout->vcpus.count, sockets = plan->sockets;
	unsigned units = count / plan->threads;

	if (!layout->vcpus.topology)
		return 1;
	if (sockets < *cells && units % *cells == 0 && *cells % sockets == 0)
		return count / *cells;
	if (sockets == 1)
		return plan->threads;
	*cells = sockets < *cells ? sockets : *cells;
	return count / sockets;
}

static int spread_over(struct base_layout *layout, const struct nodes *nodes, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	unsigned cells = (unsigned)nodes->count, next = 0, unit, units;

	unit = unit_of(layout, &cells);
	units = layout->vcpus.count / unit;
	cells = cells < units ? cells : units;
	plan->cells = arena_alloc(&plan->arena, cells * sizeof(*plan->cells));
	if (!plan->cells)
		return fail_memory(err);
	for (unsigned i = 0; i < cells; i++) {
		unsigned own = (units / cells + (i < units % cells)) * unit;

		plan->cells[i].host = nodes->items[i];
		for (unsigned j = 0; j < own; j++)
			layout->vcpus.cells[next++] = i;
	}
	plan->cell_count = cells;
	return HGX_OK;
}

/* Over the nodes of the devices, or over all nodes if these have too few CPUs or too little memory.
 * Cells may be uneven. */
static int spread(struct base_layout *layout, uint64_t needed, struct hgx_error *err)
{
	struct nodes homes, all;

	if (open_nodes(layout, &homes) || open_nodes(layout, &all))
		return fail_memory(err);
	take_nodes(layout, &homes, true, SIZE_MAX);
	take_nodes(layout, &all, false, SIZE_MAX);
	if (!all.count)
		return refuse_nodes(err);
	if (homes.count && homes.count >= cells_named(layout->plan->base) &&
	    cpus_on(layout, &homes) >= layout->vcpus.count && has_room(&homes, needed))
		return spread_over(layout, &homes, err);
	return spread_over(layout, &all, err);
}

static int new_cells(struct base_layout *layout, struct hgx_error *err)
{
	uint64_t needed;
	int code = memory_needed(layout->plan, &needed, err);

	if (code || lay_out_new(layout, needed, &code))
		return code;
	if (code == HGX_NO_MEMORY)
		return fail_memory(err);
	return spread(layout, needed, err);
}

/* ---- all cells */

static void note_disagreement(struct hgx_plan *plan, size_t cell, const struct hgx_node *pins,
			      const struct hgx_node *memory)
{
	plan_note(plan, RULE_BASE_BINDING, HGX_WARNING, pins,
		  "bind the memory where the vCPUs are, or pin the vCPUs where the memory is",
		  "the vCPUs of the domain's cell %zu are pinned to %s, but its memory is bound to "
		  "%s; the cell counts as one of %s",
		  cell, pins->name, memory->name, pins->name);
}

/* Whether the pins of a cell name several nodes. */
static bool is_spread(const struct base_layout *layout, size_t cell)
{
	const struct binding *binding = &layout->binding;
	bool named = false;

	for (unsigned i = 0; i < layout->vcpus.count; i++)
		named |= layout->vcpus.cells[i] == cell &&
			 (binding->several[i] || binding->vcpus[i]);
	return named && !binding->pins[cell];
}

/* Memory that the domain binds itself says where the cell is. */
static void note_spread(const struct base_layout *layout, size_t cell)
{
	struct hgx_plan *plan = layout->plan;
	const struct hgx_node *memory = layout->binding.memory[cell];
	const char *remedy = "pin the vCPUs of each cell to CPUs of one node, or leave their pins "
			     "out: the mirror then adds some";

	if (plan->only_pci)
		remedy = "pin the vCPUs of each cell to CPUs of one node";
	if (plan->base->keeps_cells && !memory)
		plan_note(plan, RULE_BASE_BINDING, HGX_WARNING, NULL, remedy,
			  "the vCPUs of the domain's cell %zu are pinned to CPUs of several host "
			  "nodes: the cell is on none of them, and its memory stays unbound",
			  cell);
	else
		plan_note(plan, RULE_BASE_BINDING, HGX_WARNING, NULL, remedy,
			  "the vCPUs of cell %zu are pinned to CPUs of several host nodes, but its "
			  "memory is bound to %s: they may run far from it",
			  cell, (memory ? memory : plan->cells[cell].host)->name);
}

/* Says where pins and memory do not agree, and which cells are on no node. */
static int note_binding(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	bool *spread = arena_alloc(&plan->arena, plan->cell_count + 1);

	if (!spread)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_node *pins = layout->binding.pins[i];
		const struct hgx_node *memory = layout->binding.memory[i];

		if (pins && memory && pins != memory)
			note_disagreement(plan, i, pins, memory);
		if (!is_spread(layout, i))
			continue;
		note_spread(layout, i);
		spread[i] = plan->base->keeps_cells && !memory;
	}
	plan->base->spread = spread;
	return HGX_OK;
}

static int make_cells(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	bool pinned = false;
	int code;

	plan->cell_count = 0;
	for (unsigned i = 0; i < layout->vcpus.count; i++)
		pinned |= layout->binding.vcpus[i] != NULL;
	code = pinned ? cells_by_pins(layout, err) : new_cells(layout, err);
	/* <memory nodeset='…'> of <numatune> applies to the new cells too */
	if (!code && binding_read(&layout->binding, plan, layout->vcpus.cells, layout->vcpus.count))
		code = fail_memory(err);
	return code;
}

int base_cells(struct base_layout *layout, struct hgx_error *err)
{
	int code = layout->plan->base->keeps_cells ? keep_cells(layout, err) :
						     make_cells(layout, err);

	if (!code && note_binding(layout))
		code = fail_memory(err);
	return code;
}
