/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vCPUs of a plan: those of its base domain, or laid out anew. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include "plan/cpu_base.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "domain/base.h"
#include "domain/binding.h"
#include "domain/cpu.h"
#include "plan/base_layout.h"
#include "plan/cpu.h"

static bool cpuset_has(const struct cpuset *set, uint32_t id)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->ids[i] == id)
			return true;
	return false;
}

/* With placement='auto', libvirt asks numad where the vCPUs go, and where the memory goes unless
 * <numatune> says. A <memory> there without a nodeset goes where the vCPUs go. */
static void find_automatic(struct base_layout *layout)
{
	const struct xml_element *domain = layout->plan->base->domain;
	const struct xml_element *vcpu = xml_child(domain, "vcpu");
	const struct xml_element *memory = xml_child(xml_child(domain, "numatune"), "memory");

	layout->automatic_vcpus = xml_attribute_is(vcpu, "placement", "auto");
	layout->automatic_memory = xml_attribute_is(memory, "placement", "auto") ||
				   (layout->automatic_vcpus && !xml_attribute(memory, "nodeset"));
	if (layout->automatic_vcpus || layout->automatic_memory)
		plan_note(layout->plan, RULE_BASE_AUTOMATIC, HGX_WARNING, NULL,
			  "leave out placement='auto'",
			  "the domain leaves it to numad where its %s (placement='auto'): cells "
			  "and devices may be on other nodes of the host than the guest believes",
			  !layout->automatic_memory ? "vCPUs are" :
			  layout->automatic_vcpus   ? "vCPUs and its memory are" :
						      "memory is");
}

static void allow_cpus(struct base_layout *layout, const char *list, bool *allowed)
{
	struct hgx_plan *plan = layout->plan;
	struct cpuset set;

	if (!list || !binding_list(&plan->arena, list, &set))
		return;
	for (size_t i = 0; i < layout->cores.count; i++)
		for (unsigned t = 0; t < layout->cores.items[i].threads; t++)
			if (cpuset_has(&set, layout->cores.items[i].cpus[t]->cpu->id))
				allowed[numa_rank(layout->cores.items[i].numa)] = true;
}

/* Pins to CPUs of several nodes still name the nodes. */
static void allow_pins(struct base_layout *layout, bool *allowed)
{
	const struct xml_element *domain = layout->plan->base->domain;
	const struct xml_element *pin = xml_child(xml_child(domain, "cputune"), "vcpupin");

	allow_cpus(layout, xml_attribute(xml_child(domain, "vcpu"), "cpuset"), allowed);
	for (; pin; pin = xml_following(pin))
		allow_cpus(layout, xml_attribute(pin, "cpuset"), allowed);
}

static void allow_memory(struct base_layout *layout, bool *allowed)
{
	struct hgx_plan *plan = layout->plan;
	const struct xml_element *tune = xml_child(plan->base->domain, "numatune");
	const char *list = xml_attribute(xml_child(tune, "memory"), "nodeset");
	struct cpuset set;

	if (!list || !binding_list(&plan->arena, list, &set))
		return;
	for (size_t i = 0; i < layout->cores.count; i++) {
		const struct hgx_node *numa = layout->cores.items[i].numa;

		if (cpuset_has(&set, numa->memory->id))
			allowed[numa_rank(numa)] = true;
	}
}

static bool any_of(const bool *allowed, const bool *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (allowed[i] && (!others || others[i]))
			return true;
	return false;
}

/* The nodes that both pins and memory name. If they have none in common, the pins count. */
static int find_allowed(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	size_t count = plan->host->numa_count;
	bool *pins = arena_alloc(&plan->arena, count + 1);
	bool *memory = arena_alloc(&plan->arena, count + 1);

	if (!pins || !memory)
		return HGX_NO_MEMORY;
	allow_memory(layout, memory);
	if (!plan->base->keeps_cells)
		allow_pins(layout, pins);
	for (size_t i = 0; any_of(pins, memory, count) && i < count; i++)
		pins[i] &= memory[i];
	layout->allowed = any_of(pins, NULL, count)   ? pins :
			  any_of(memory, NULL, count) ? memory :
							NULL;
	return plan->arena.failed ? HGX_NO_MEMORY : HGX_OK;
}

/* Whether <memory nodeset='…'>, which applies to all cells, contains the node. */
static bool allows(struct hgx_plan *plan, const struct hgx_node *numa)
{
	const struct xml_element *tune = xml_child(plan->base->domain, "numatune");
	const char *list = xml_attribute(xml_child(tune, "memory"), "nodeset");
	struct cpuset set;

	if (!list)
		return true;
	return binding_list(&plan->arena, list, &set) && cpuset_has(&set, numa->memory->id);
}

static bool has_memnode(const struct hgx_plan *plan, size_t cell)
{
	const struct xml_element *tune = xml_child(plan->base->domain, "numatune");
	const struct xml_element *e = xml_child(tune, "memnode");
	unsigned id;

	for (; e; e = xml_following(e))
		if (xml_attribute(e, "cellid") &&
		    xml_number(xml_attribute(e, "cellid"), UINT32_MAX, &id) && id == cell)
			return true;
	return false;
}

/* Cells whose memory is not bound yet are bound to their node, in the mode of the others. */
static int add_memnodes(struct base_layout *layout)
{
	struct hgx_plan *plan = layout->plan;
	const struct xml_element *tune = xml_child(plan->base->domain, "numatune");
	const char *mode = xml_attribute(xml_child(tune, "memory"), "mode");
	bool *lacks = arena_alloc(&plan->arena, (plan->cell_count + 1) * sizeof(*lacks));

	if (!lacks)
		return HGX_NO_MEMORY;
	if (!mode)
		mode = xml_attribute(xml_child(tune, "memnode"), "mode");
	plan->base->lacks.numa_mode = mode ? mode : "strict";
	plan->base->lacks.memnodes = lacks;
	for (size_t i = 0; !layout->automatic_memory && i < plan->cell_count; i++)
		lacks[i] = !has_memnode(plan, i) && !layout->binding.memory[i] &&
			   !plan->base->spread[i] && allows(plan, plan->cells[i].host);
	return plan->arena.failed ? HGX_NO_MEMORY : HGX_OK;
}

static const struct hgx_node *cpu_named(const struct hgx_plan *plan, uint32_t id)
{
	char name[24];

	snprintf(name, sizeof(name), "cpu%u", id);
	return hgx_topo_find(plan->host, name);
}

static const struct hgx_node *first_on(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	const struct hgx_node *any = NULL;

	for (const struct hgx_node *n = plan->host->root; n; n = node_next(plan->host->root, n)) {
		if (!n->cpu || !n->cpu->online)
			continue;
		if (n->numa == numa)
			return n;
		any = any ? any : n;
	}
	return any;
}

/* The CPU that a vCPU is pinned to; HGX_CPU_NONE: not to a single one. */
static uint32_t pin_of(const struct base_layout *layout, unsigned i)
{
	const struct cpuset *added = &layout->plan->base->lacks.pins[i];

	if (layout->binding.pinned[i])
		return layout->binding.cpus[i];
	return added->count == 1 ? added->ids[0] : HGX_CPU_NONE;
}

static int add_vcpus(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	unsigned count = layout->vcpus.count;
	const struct hgx_node **hosts = arena_alloc(&plan->arena, count * sizeof(*hosts));
	int code;

	if (!hosts)
		return fail_memory(err);
	for (unsigned i = 0; i < count; i++) {
		uint32_t cpu = pin_of(layout, i), cell = layout->vcpus.cells[i];

		hosts[i] = cpu == HGX_CPU_NONE ? NULL : cpu_named(plan, cpu);
		if (!hosts[i] || !hosts[i]->cpu->online)
			hosts[i] = first_on(plan, plan->cells[cell == UINT32_MAX ? 0 : cell].host);
	}
	code = domain_vcpus_add(plan, &layout->vcpus, hosts, err);
	for (unsigned i = 0; !code && i < count; i++)
		if (plan->base->vcpu_ids[i] != UINT32_MAX)
			plan->vcpus[plan->base->vcpu_ids[i]].host_cpu = pin_of(layout, i);
	return code;
}

/* Nothing is added. A domain without cells has one all the same, on the node of its pins or on
 * any. */
static int leave(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	struct base_lacks *lacks = &plan->base->lacks;
	int code = HGX_OK;

	if (!layout->cores.count)
		return fail(err, RULE_NODES_UNUSABLE,
			    "no NUMA node of this machine has both online CPUs and memory");
	lacks->pins = arena_alloc(&plan->arena, layout->vcpus.count * sizeof(*lacks->pins));
	lacks->memnodes = arena_alloc(&plan->arena, plan->cell_count);
	lacks->numa_mode = "strict";
	if (!lacks->pins || !lacks->memnodes)
		return fail_memory(err);
	if (plan->base->keeps_cells)
		code = base_cells(layout, err);
	else
		plan->cells[0].host = layout->binding.cells[0] ? layout->binding.cells[0] :
								 layout->cores.items[0].numa;
	return code ? code : add_vcpus(layout, err);
}

static int keep(struct base_layout *layout, struct hgx_error *err)
{
	struct hgx_plan *plan = layout->plan;
	int code = domain_vcpus_read(plan, &layout->vcpus, err);

	if (code)
		return code;
	plan->base->keeps_cells = !plan->without_cells;
	plan->without_cells &= plan->only_pci; /* else the plan adds them */
	if (cores_collect(&layout->cores, plan->host) ||
	    binding_read(&layout->binding, plan, layout->vcpus.cells, layout->vcpus.count))
		return fail_memory(err);
	if (find_allowed(layout))
		return fail_memory(err);
	find_automatic(layout);
	if (plan->only_pci)
		return leave(layout, err);
	code = base_cells(layout, err);
	if (!code)
		code = base_pins(layout, err);
	if (!code && add_memnodes(layout))
		return fail_memory(err);
	return code ? code : add_vcpus(layout, err);
}

/* New vCPUs in place of the domain's own. */
static int replace(struct hgx_plan *plan, struct hgx_error *err)
{
	int code = cpu_lay_out(plan, err);
	uint32_t *cells, *ids;

	if (code || !plan->base)
		return code;
	cells = arena_alloc(&plan->arena, plan->vcpu_count * sizeof(*cells));
	ids = arena_alloc(&plan->arena, plan->vcpu_count * sizeof(*ids));
	if (!cells || !ids)
		return fail_memory(err);
	for (uint32_t i = 0; i < plan->vcpu_count; i++) {
		cells[i] = plan->vcpus[i].cell;
		ids[i] = i;
	}
	plan->base->vcpu_cells = cells;
	plan->base->vcpu_ids = ids;
	plan->base->vcpu_count = (unsigned)plan->vcpu_count;
	return HGX_OK;
}

int plan_cpu(struct hgx_plan *plan, struct hgx_error *err)
{
	struct base_layout layout = { .plan = plan };
	int code;

	if (!plan->base || !plan->base->keeps_vcpus)
		return replace(plan, err);
	code = keep(&layout, err);
	free(layout.cores.items);
	return code;
}
