/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the vCPUs of a domain: topology, cells, and the host CPUs they are pinned to. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "domain/cpu.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "guest/plan.h"
#include "domain/base.h"
#include "domain/memory.h"
#include "domain/tuning.h"

#define MAX_VCPUS 4096 /* QEMU's limit */

static int read_attribute(const struct base *base, const struct xml_element *element,
			  const char *name, unsigned max, unsigned *out, struct hgx_error *err)
{
	const char *text = xml_attribute(element, name);

	if (text && (!xml_number(text, max, out) || !*out))
		return base_broken(base, element, RULE_DOMAIN_VALUE, err,
				   "%s='%.20s' must be a number from 1 to %u", name, text, max);
	return HGX_OK;
}

/* Without <topology>, libvirt makes each vCPU a socket. */
static int read_topology(struct hgx_plan *plan, unsigned count, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *element = xml_child(xml_child(base->domain, "cpu"), "topology");
	const char *const names[] = { "sockets", "dies", "clusters", "cores", "threads" };
	unsigned values[] = { 1, 1, 1, 1, 1 };
	uint64_t product = 1;
	int code = HGX_OK;

	for (size_t i = 0; element && !code && i < ARRAY_SIZE(names); i++) {
		code = read_attribute(base, element, names[i], MAX_VCPUS, &values[i], err);
		product *= values[i];
	}
	if (code)
		return code;
	if (element && product != count)
		return base_broken(
			base, element, RULE_DOMAIN_VALUE, err,
			"its sockets, dies, cores and threads give %llu CPUs, but <vcpu> says %u",
			(unsigned long long)product, count);
	plan->sockets = element ? values[0] : count;
	plan->dies = values[1];
	plan->cores = values[2] * values[3];
	plan->threads = values[4];
	return HGX_OK;
}

/* The first host CPU in the cpuset of a <vcpupin>; NULL if the host does not have it. */
static const struct hgx_node *pinned_to(const struct hgx_plan *plan, const char *list)
{
	struct arena arena = { 0 };
	struct cpuset set;
	const struct hgx_node *node = NULL;
	char name[24];

	if (list && cpulist_read(&arena, list, &set) && set.count) {
		snprintf(name, sizeof(name), "cpu%u", set.ids[0]);
		node = hgx_topo_find(plan->host, name);
	}
	arena_free(&arena);
	return node;
}

static bool sees_host_processor(const struct hgx_plan *plan)
{
	const struct xml_element *cpu = xml_child(plan->base->domain, "cpu");

	return plan->host && (xml_attribute_is(cpu, "mode", "host-passthrough") ||
			      xml_attribute_is(cpu, "mode", "host-model") ||
			      xml_attribute_is(cpu, "mode", "maximum"));
}

static const struct hgx_node *first_cpu(const struct hgx_topo *host)
{
	for (const struct hgx_node *node = host->root; node; node = node_next(host->root, node))
		if (node->cpu && node->cpu->online)
			return node;
	return NULL;
}

/* Fills by_id[] with the host CPU that stands for each of @count vCPUs: the one it is
 * pinned to, else the first online one. Leaves it NULL if the guest does not see the
 * host's processor. */
static void find_hosts(const struct hgx_plan *plan, const struct hgx_node **by_id, unsigned count)
{
	const struct xml_element *pins = xml_child(plan->base->domain, "cputune");
	const struct hgx_node *first;

	if (!sees_host_processor(plan))
		return;
	first = first_cpu(plan->host);
	for (unsigned i = 0; i < count; i++)
		by_id[i] = first;
	for (const struct xml_element *e = xml_child(pins, "vcpupin"); e; e = xml_following(e)) {
		const char *text = xml_attribute(e, "vcpu");
		const struct hgx_node *host = pinned_to(plan, xml_attribute(e, "cpuset"));
		unsigned id;

		if (host && text && xml_number(text, count - 1, &id))
			by_id[id] = host;
	}
}

/* Finds the vCPUs present at boot: those that <vcpus> enables, else the first @current. */
static void find_present(const struct hgx_plan *plan, unsigned current, bool *present,
			 unsigned count)
{
	const struct xml_element *list = xml_child(plan->base->domain, "vcpus");

	for (unsigned i = 0; i < count; i++)
		present[i] = i < current;
	for (const struct xml_element *e = xml_child(list, "vcpu"); e; e = xml_following(e)) {
		const char *text = xml_attribute(e, "id");
		unsigned id;

		if (text && xml_number(text, count - 1, &id))
			present[id] = !xml_attribute_is(e, "enabled", "no");
	}
}

/* The guest numbers its CPUs in socket order. */
static void add_vcpu(struct hgx_plan *plan, unsigned id, uint32_t cell, const struct hgx_node *host)
{
	struct hgx_vcpu *vcpu = &plan->vcpus[plan->vcpu_count];
	unsigned core = id / plan->threads, die = core / plan->cores;

	plan->vcpu_hosts[plan->vcpu_count] = host;
	vcpu->id = (uint32_t)plan->vcpu_count++;
	vcpu->host_cpu = HGX_CPU_NONE;
	vcpu->cell = cell;
	vcpu->thread = id % plan->threads;
	vcpu->core = core % plan->cores;
	vcpu->die = die % plan->dies;
	vcpu->socket = die / plan->dies;
}

int domain_vcpus_add(struct hgx_plan *plan, const struct domain_vcpus *vcpus,
		     const struct hgx_node *const *hosts, struct hgx_error *err)
{
	unsigned count = vcpus->count;
	uint32_t *ids = arena_alloc(&plan->arena, count * sizeof(*ids));
	bool *present = arena_alloc(&plan->arena, count);

	plan->vcpu_count = 0;
	plan->vcpus = arena_alloc(&plan->arena, count * sizeof(*plan->vcpus));
	plan->vcpu_hosts = arena_alloc(&plan->arena, count * sizeof(*plan->vcpu_hosts));
	if (!ids || !present || !plan->vcpus || !plan->vcpu_hosts)
		return fail_memory(err);
	find_present(plan, vcpus->current, present, count);
	for (unsigned i = 0; i < count; i++) {
		uint32_t *cell = &vcpus->cells[i];

		*cell = *cell == UINT32_MAX ? 0 : *cell;
		ids[i] = present[i] ? (uint32_t)plan->vcpu_count : UINT32_MAX;
		if (present[i])
			add_vcpu(plan, i, *cell, hosts ? hosts[i] : NULL);
	}
	plan->base->vcpu_cells = vcpus->cells;
	plan->base->vcpu_ids = ids;
	plan->base->vcpu_count = count;
	return HGX_OK;
}

int domain_vcpus_read(struct hgx_plan *plan, struct domain_vcpus *out, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *vcpu = xml_child(base->domain, "vcpu");
	int code;

	*out = (struct domain_vcpus){ .count = 1 };
	out->topology = xml_child(xml_child(base->domain, "cpu"), "topology") != NULL;
	if (vcpu && (!xml_number(vcpu->text, MAX_VCPUS, &out->count) || !out->count))
		return base_broken(base, vcpu, RULE_DOMAIN_VALUE, err,
				   "<vcpu> is '%.20s'; it must be a number from 1 to %d",
				   vcpu->text, MAX_VCPUS);
	out->current = out->count;
	code = vcpu ? read_attribute(base, vcpu, "current", out->count, &out->current, err) :
		      HGX_OK;
	if (!code)
		code = read_topology(plan, out->count, err);
	if (code)
		return code;
	out->cells = arena_alloc(&plan->arena, out->count * sizeof(*out->cells));
	if (!out->cells)
		return fail_memory(err);
	memset(out->cells, 0xff, out->count * sizeof(*out->cells));
	code = domain_memory(plan, out->cells, out->count, err);
	return code ? code : domain_tuning(plan, out->count, err);
}

int domain_cpu(struct hgx_plan *plan, struct hgx_error *err)
{
	struct domain_vcpus vcpus;
	const struct hgx_node **hosts;
	int code = domain_vcpus_read(plan, &vcpus, err);

	if (code)
		return code;
	hosts = arena_alloc(&plan->arena, vcpus.count * sizeof(*hosts));
	if (!hosts)
		return fail_memory(err);
	find_hosts(plan, hosts, vcpus.count);
	return domain_vcpus_add(plan, &vcpus, hosts, err);
}
