/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds the topology that a base domain lacks, and pins for those of its cells that have none. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan/base_layout.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "domain/base.h"
#include "plan/cores_apart.h"
#include "plan/cores_named.h"
#include "plan/share.h"

/* ---- the cores of the host */

static struct core *core_of(const struct cores *cores, uint32_t cpu)
{
	for (size_t i = 0; i < cores->count; i++)
		for (unsigned t = 0; t < cores->items[i].threads; t++)
			if (cores->items[i].cpus[t]->cpu->id == cpu)
				return &cores->items[i];
	return NULL;
}

static void mark_reserved(struct base_layout *layout, uint32_t cpu)
{
	if (cpu < BINDING_NUMBERS)
		layout->reserved[cpu] = true;
}

/* Reserves the lowest cores of a node, but never all. */
static void reserve(struct base_layout *layout, const struct hgx_node *numa)
{
	size_t free = cores_on(&layout->cores, numa, CORE_FREE);
	int requested = layout->plan->options.reserve_cores;

	cores_reserve(&layout->cores, numa,
		      requested > 0 ? (size_t)requested :
		      requested < 0 ? 0 :
		      free < 24	    ? 1 :
				      free / 12);
}

static void mark_all_reserved(struct base_layout *layout)
{
	const struct cores *cores = &layout->cores;

	for (size_t i = 0; i < cores->count; i++)
		for (unsigned t = 0; t < cores->items[i].threads; t++)
			if (cores->items[i].state == CORE_RESERVED)
				mark_reserved(layout, cores->items[i].cpus[t]->cpu->id);
}

static int leave_to_others(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	unsigned unpinned = 0;

	if (!plan->share.divided || plan->share.whole_cores)
		return HGX_OK;
	for (unsigned i = 0; i < layout->vcpus.count; i++)
		unpinned += !layout->binding.pinned[i];
	if (plan->share.apart)
		return cores_apart(plan, &layout->cores, unpinned, err);
	cores_divide(&plan->share, &layout->cores, plan->share.vm);
	return HGX_OK;
}

/* Takes away the cores that new pins must not use: those that the domain has pinned vCPUs to
 * already, and those of other VMs. */
static int find_free(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	int code;

	layout->reserved = arena_alloc(&plan->arena, BINDING_NUMBERS * sizeof(*layout->reserved));
	if (!layout->reserved)
		return fail_memory(err);
	for (const struct hgx_node *n = plan->host->root->first; n; n = n->next)
		if (n->kind == HGX_NUMA)
			reserve(layout, n);
	plan->share.nodes = NULL;
	plan->share.node_count = 0;
	if (share_nodes(plan))
		return fail_memory(err);
	code = cores_named(plan, &layout->cores, err);
	if (code)
		return code;
	mark_all_reserved(layout);
	code = leave_to_others(layout, err);
	if (code)
		return code;
	for (unsigned i = 0; i < layout->vcpus.count; i++) {
		struct core *core = core_of(&layout->cores, layout->binding.cpus[i]);

		if (core)
			core->state = CORE_OTHERS;
	}
	return HGX_OK;
}

/* ---- the topology */

static unsigned divisor(unsigned a, unsigned b)
{
	while (b) {
		unsigned rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The largest size at which no socket is cut by a cell. */
static unsigned socket_size(const struct base_layout *layout)
{
	unsigned size = layout->vcpus.count;

	for (unsigned i = 1; i < layout->vcpus.count; i++)
		if (layout->vcpus.cells[i] != layout->vcpus.cells[i - 1])
			size = divisor(size, i);
	return size;
}

/* Whether vCPUs that would be siblings in the guest are siblings on the host, as far as they are
 * pinned to single CPUs. */
static bool are_siblings(const struct base_layout *layout, unsigned threads)
{
	const struct binding *binding = &layout->binding;

	for (unsigned i = 0; i < layout->vcpus.count; i++) {
		unsigned first = i - i % threads;

		if (binding->pinned[i] != binding->pinned[first])
			return false;
		if (binding->pinned[i] && (!core_of(&layout->cores, binding->cpus[i]) ||
					   core_of(&layout->cores, binding->cpus[i]) !=
						   core_of(&layout->cores, binding->cpus[first])))
			return false;
	}
	return true;
}

static unsigned host_threads(const struct cores *cores)
{
	unsigned most = 1;

	for (size_t i = 0; i < cores->count; i++)
		most = cores->items[i].threads > most ? cores->items[i].threads : most;
	return most;
}

static void add_topology(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	unsigned size = socket_size(layout), threads = host_threads(&layout->cores);

	plan->base->lacks.topology = true;
	if (layout->laid_out)
		return;
	if (plan->options.smt == HGX_OFF || size % threads || !are_siblings(layout, threads))
		threads = 1;
	plan->sockets = layout->vcpus.count / size;
	plan->dies = 1;
	plan->cores = size / threads;
	plan->threads = threads;
}

/* ---- pins */

struct pinning {
	const struct base_layout *layout;
	const struct hgx_node *numa;
	unsigned *vcpus; /* numbers in the XML */
	size_t count;
	struct cpuset *pins; /* by number */
};

static bool may_use(const struct core *core, const struct hgx_node *numa, bool reserved)
{
	return core->numa == numa &&
	       (core->state == CORE_FREE || (reserved && core->state == CORE_RESERVED));
}

/* Pins each vCPU to a CPU of its own, @threads of them to a core; 0: as many as the core has.
 * False if there are too few CPUs. */
static bool pin_singly(struct pinning *pinning, struct cores *cores, unsigned threads,
		       bool reserved)
{
	size_t room = 0, next = 0;

	for (size_t i = 0; i < cores->count; i++)
		if (may_use(&cores->items[i], pinning->numa, reserved) &&
		    cores->items[i].threads >= threads)
			room += threads ? threads : cores->items[i].threads;
	for (size_t i = 0; room >= pinning->count && next < pinning->count; i++) {
		struct core *core = &cores->items[i];
		unsigned each = threads ? threads : core->threads;

		if (!may_use(core, pinning->numa, reserved) || core->threads < threads)
			continue;
		for (unsigned t = 0; t < each && next < pinning->count; t++) {
			struct cpuset *pin = &pinning->pins[pinning->vcpus[next++]];

			pin->ids = &core->cpus[t]->cpu->id;
			pin->count = 1;
		}
		core->state = CORE_OTHERS;
	}
	return room >= pinning->count;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Pins each of them to all CPUs of the node. */
static int pin_together(struct pinning *pinning, const struct cores *cores)
{
	struct hgx_plan *plan = pinning->layout->plan;
	struct cpuset all = { NULL, 0 };

	all.ids = arena_alloc(&plan->arena, (plan->host->count + 1) * sizeof(*all.ids));
	if (!all.ids)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < cores->count; i++)
		for (unsigned t = 0; t < cores->items[i].threads; t++)
			if (cores->items[i].numa == pinning->numa)
				all.ids[all.count++] = cores->items[i].cpus[t]->cpu->id;
	qsort(all.ids, all.count, sizeof(*all.ids), by_number);
	for (size_t i = 0; i < pinning->count; i++)
		pinning->pins[pinning->vcpus[i]] = all;
	plan_note(plan, RULE_BASE_CROWDED, HGX_WARNING, pinning->numa,
		  "give the domain fewer vCPUs",
		  "too few CPUs of %s are free for the %zu vCPUs of its cell: they share all of "
		  "them",
		  pinning->numa->name, pinning->count);
	return HGX_OK;
}

static int pin_cell(struct base_layout *layout, struct pinning *pinning)
{
	struct cores *cores = &layout->cores;
	unsigned threads = layout->plan->threads;

	if (pin_singly(pinning, cores, threads, false) ||
	    pin_singly(pinning, cores, threads, true) || pin_singly(pinning, cores, 0, false) ||
	    pin_singly(pinning, cores, 0, true))
		return HGX_OK;
	return pin_together(pinning, cores);
}

/* The vCPUs of a cell, unless one of them is pinned. */
static void find_unpinned(const struct base_layout *layout, size_t cell, struct pinning *pinning)
{
	pinning->count = 0;
	pinning->numa = layout->plan->cells[cell].host;
	for (unsigned i = 0; i < layout->vcpus.count; i++) {
		if (layout->vcpus.cells[i] != cell)
			continue;
		if (layout->binding.pinned[i]) {
			pinning->count = 0;
			return;
		}
		pinning->vcpus[pinning->count++] = i;
	}
}

static int pin_as_laid_out(struct base_layout *layout, struct pinning *pinning)
{
	for (size_t i = 0; i < pinning->count; i++) {
		struct cpuset *pin = &pinning->pins[pinning->vcpus[i]];

		pin->ids = &layout->laid_out[pinning->vcpus[i]];
		pin->count = 1;
	}
	return HGX_OK;
}

static int add_pins(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	struct pinning pinning = { .layout = layout };
	int code = HGX_OK;

	pinning.pins = arena_alloc(&plan->arena, layout->vcpus.count * sizeof(*pinning.pins));
	pinning.vcpus = arena_alloc(&plan->arena, layout->vcpus.count * sizeof(*pinning.vcpus));
	if (!pinning.pins || !pinning.vcpus)
		return HGX_NO_MEMORY;
	plan->base->lacks.pins = pinning.pins;
	for (size_t i = 0; !code && !layout->automatic_vcpus && i < plan->cell_count; i++) {
		find_unpinned(layout, i, &pinning);
		if (pinning.count)
			code = layout->laid_out ? pin_as_laid_out(layout, &pinning) :
						  pin_cell(layout, &pinning);
	}
	return code;
}

/* ---- options that the domain does not follow */

/* A CPU that is left to the host and is in the list, or HGX_CPU_NONE. */
static uint32_t reserved_in(const struct base_layout *layout, const char *list, bool *numbers)
{
	if (list && binding_numbers(list, numbers))
		for (uint32_t i = 0; i < BINDING_NUMBERS; i++)
			if (numbers[i] && layout->reserved[i])
				return i;
	return HGX_CPU_NONE;
}

/* A CPU that is left to the host, but a vCPU is pinned to it; HGX_CPU_NONE: there is none. */
static uint32_t pinned_reserved(const struct base_layout *layout, bool *numbers)
{
	const struct xml_element *domain = layout->plan->base->domain;
	const struct xml_element *pin = xml_child(xml_child(domain, "cputune"), "vcpupin");
	const struct cpuset *added = layout->plan->base->lacks.pins;
	const char *all = xml_attribute(xml_child(domain, "vcpu"), "cpuset");
	uint32_t cpu = reserved_in(layout, all, numbers);

	for (; pin && cpu == HGX_CPU_NONE; pin = xml_following(pin))
		cpu = reserved_in(layout, xml_attribute(pin, "cpuset"), numbers);
	for (unsigned i = 0; i < layout->vcpus.count && cpu == HGX_CPU_NONE; i++)
		for (size_t j = 0; j < added[i].count; j++)
			if (added[i].ids[j] < BINDING_NUMBERS && layout->reserved[added[i].ids[j]])
				cpu = added[i].ids[j];
	return cpu;
}

static int note_reserved(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	bool *numbers;
	uint32_t cpu;

	if ((plan->options.reserve_cores <= 0 && !plan->options.host_cpus) || !layout->reserved)
		return HGX_OK;
	numbers = malloc(BINDING_NUMBERS * sizeof(*numbers));
	if (!numbers)
		return HGX_NO_MEMORY;
	cpu = pinned_reserved(layout, numbers);
	free(numbers);
	if (cpu != HGX_CPU_NONE)
		plan_note(plan, RULE_BASE_RESERVED, HGX_WARNING, NULL,
			  arena_format(&plan->arena,
				       "give it new pins with %s, or use a smaller %s",
				       plan_option(plan, OPTION_VCPUS).text,
				       plan_option(plan, plan->options.reserve_cores > 0 ?
								 OPTION_RESERVE_CORES :
								 OPTION_HOST_CPUS)
					       .text),
			  "vCPUs of the domain are pinned to CPU %u, which %s leaves to the host",
			  cpu,
			  plan->options.reserve_cores > 0 ?
				  option_value(plan->options.words, OPTION_RESERVE_CORES, "%d",
					       plan->options.reserve_cores)
					  .text :
				  plan_option(plan, OPTION_HOST_CPUS).text);
	return HGX_OK;
}

/* The domain's topology stays, and so does that of vCPUs that are pinned already. */
static int check_smt(const struct base_layout *layout, struct hgx_error *err)
{
	const struct hgx_plan *plan = layout->plan;
	int words = plan->options.words, smt = plan->options.smt;

	if (smt != (plan->threads > 1 ? HGX_OFF : HGX_ON))
		return HGX_OK;
	return fail_option(err, RULE_OPTIONS_CONFLICT, OPTION_SMT,
			   "the domain keeps its vCPUs, with %u thread%s per core, so %s has no "
			   "effect; give %s too, or leave it out",
			   plan->threads, plan->threads == 1 ? "" : "s",
			   option_value(words, OPTION_SMT, smt == HGX_ON ? "on" : "off").text,
			   option_name(words, OPTION_VCPUS).text);
}

/* So do their pins. */
static int check_allowed(const struct base_layout *layout, struct hgx_error *err)
{
	const struct hgx_plan *plan = layout->plan;
	bool pinned = false;

	for (unsigned i = 0; plan->options.cpus && i < layout->vcpus.count; i++)
		pinned |= layout->binding.pinned[i];
	if (!pinned)
		return HGX_OK;
	return fail_option(
		err, RULE_OPTIONS_CONFLICT, OPTION_CPUS,
		"the domain keeps the pins of its vCPUs, so %s has no effect; give %s too, "
		"or leave it out",
		plan_option(plan, OPTION_CPUS).text, plan_option(plan, OPTION_VCPUS).text);
}

/* ---- QEMU's other threads */

static bool has_cell(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (plan->cells[i].host == numa)
			return true;
	return false;
}

static void collect_reserved(const struct base_layout *layout, struct cpuset *out, bool everywhere)
{
	for (size_t i = 0; i < layout->cores.count; i++) {
		const struct core *core = &layout->cores.items[i];

		if (core->state != CORE_RESERVED ||
		    (!everywhere && !has_cell(layout->plan, core->numa)))
			continue;
		for (unsigned t = 0; t < core->threads; t++)
			out->ids[out->count++] = core->cpus[t]->cpu->id;
	}
	qsort(out->ids, out->count, sizeof(*out->ids), by_number);
}

static bool has_pins(const struct base_layout *layout)
{
	const struct xml_element *tune = xml_child(layout->plan->base->domain, "cputune");

	for (unsigned i = 0; i < layout->vcpus.count; i++)
		if (layout->binding.pinned[i])
			return true;
	return xml_child(tune, "emulatorpin") || xml_child(tune, "iothreadpin");
}

/* Without cores that stay with the host, the threads run where vCPU 0 does. */
static void take_own_core(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	const struct cpuset *pin = plan->base->lacks.pins;
	const struct core *core = pin->count == 1 ? core_of(&layout->cores, pin->ids[0]) : NULL;

	for (unsigned t = 0; core && t < core->threads; t++)
		plan->reserved.ids[plan->reserved.count++] = core->cpus[t]->cpu->id;
	for (size_t i = 0; !core && i < pin->count; i++)
		plan->reserved.ids[plan->reserved.count++] = pin->ids[i];
	if (plan->reserved.count)
		plan_beside_vcpus(plan);
}

/* Finds the CPUs of QEMU's own threads. A domain that pins nothing gets pins for them too. */
static int find_reserved(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	const struct xml_element *tune = xml_child(plan->base->domain, "cputune");
	const char *own = xml_attribute(xml_child(tune, "emulatorpin"), "cpuset");

	if (!layout->automatic_vcpus && !has_pins(layout)) {
		plan->base->lacks.own_threads = true;
		if (layout->laid_out)
			return HGX_OK;
	}
	plan->reserved.count = 0;
	plan->reserved.ids = arena_alloc(&plan->arena,
					 (plan->host->count + 1) * sizeof(*plan->reserved.ids));
	if (!plan->reserved.ids)
		return HGX_NO_MEMORY;
	if (plan->base->lacks.own_threads) {
		collect_reserved(layout, &plan->reserved, false);
		if (!plan->reserved.count)
			collect_reserved(layout, &plan->reserved, true);
		if (!plan->reserved.count)
			take_own_core(layout);
	} else if (own && !binding_list(&plan->arena, own, &plan->reserved)) {
		plan->reserved = (struct cpuset){ NULL, 0 };
	}
	return plan->arena.failed ? HGX_NO_MEMORY : HGX_OK;
}

int base_pins(struct base_layout *layout, struct hgx_error *err)
{
	int code;

	if (!layout->vcpus.topology)
		add_topology(layout);
	if (check_smt(layout, err) || check_allowed(layout, err))
		return HGX_INVALID;
	code = layout->laid_out ? HGX_OK : find_free(layout, err);
	if (code)
		return code;
	if (add_pins(layout) || note_reserved(layout) || find_reserved(layout))
		return fail_memory(err);
	return HGX_OK;
}
