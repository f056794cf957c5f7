/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CPUs and memory of a libvirt domain (https://libvirt.org/formatdomain.html). */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "emit/libvirt_cpu.h"
#include "model/topo.h"
#include "format/xml.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"

void write_memory(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "memory");
	xml_attr(xml, "unit", "KiB");
	xml_text(xml, "%llu", (unsigned long long)(plan_memory_size(plan) / 1024));
	xml_end(xml);
}

void write_hugepages(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->page_size)
		return;
	xml_start(xml, "hugepages");
	xml_start(xml, "page");
	xml_attr(xml, "size", "%llu", (unsigned long long)(plan->page_size / 1024));
	xml_attr(xml, "unit", "KiB");
	xml_end(xml);
	xml_end(xml);
}

void write_vcpu(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "vcpu");
	xml_attr(xml, "placement", "static");
	xml_text(xml, "%zu", plan->vcpu_count);
	xml_end(xml);
}

void write_iothreads(struct xml *xml, const struct hgx_plan *plan)
{
	if (plan->iothreads)
		xml_leaf(xml, "iothreads", "%u", plan->iothreads);
}

static void write_own_threads(struct xml *xml, const struct hgx_plan *plan)
{
	xml_comment(
		xml,
		plan->beside_vcpus ?
			"QEMU's own threads run on the core of vCPU 0: none is left to the host" :
			"QEMU's own threads run on the cores left to the host");
	xml_start(xml, "emulatorpin");
	xml_attr_ids(xml, "cpuset", plan->reserved.ids, plan->reserved.count);
	xml_end(xml);
	for (unsigned i = 0; i < plan->iothreads; i++) {
		xml_start(xml, "iothreadpin");
		xml_attr(xml, "iothread", "%u", plan->iothread_ids[i]);
		xml_attr_ids(xml, "cpuset", plan->reserved.ids, plan->reserved.count);
		xml_end(xml);
	}
}

/* The pins that a base domain lacks. */
static void write_lacking_pins(struct xml *xml, const struct hgx_plan *plan)
{
	const struct base *base = plan->base;
	uint32_t last = UINT32_MAX;

	for (unsigned i = 0; i < base->vcpu_count; i++) {
		const struct cpuset *pin = &base->lacks.pins[i];

		if (!pin->count)
			continue;
		if (base->vcpu_cells[i] != last)
			xml_comment(xml, "cell %u: cores of host %s", base->vcpu_cells[i],
				    plan->cells[base->vcpu_cells[i]].host->name);
		last = base->vcpu_cells[i];
		xml_start(xml, "vcpupin");
		xml_attr(xml, "vcpu", "%u", i);
		xml_attr_ids(xml, "cpuset", pin->ids, pin->count);
		xml_end(xml);
	}
	if (base->lacks.own_threads && plan->reserved.count)
		write_own_threads(xml, plan);
}

void write_pins(struct xml *xml, const struct hgx_plan *plan)
{
	if (plan->base && plan->base->keeps_vcpus) {
		write_lacking_pins(xml, plan);
		return;
	}
	for (size_t i = 0; i < plan->vcpu_count; i++) {
		const struct hgx_vcpu *vcpu = &plan->vcpus[i];

		if (i == 0 || vcpu->cell != plan->vcpus[i - 1].cell)
			xml_comment(xml, "cell %u: cores of host %s", vcpu->cell,
				    plan->cells[vcpu->cell].host->name);
		xml_start(xml, "vcpupin");
		xml_attr(xml, "vcpu", "%u", vcpu->id);
		xml_attr(xml, "cpuset", "%u", vcpu->host_cpu);
		xml_end(xml);
	}
	if (plan->reserved.count)
		write_own_threads(xml, plan);
}

static bool has_cell_on(const struct hgx_plan *plan, const struct hgx_node *node)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (plan->cells[i].host == node)
			return true;
	return false;
}

/* The host nodes of all cells, ascending. The cells need not be. */
static void write_nodes(struct xml *xml, const struct hgx_plan *plan)
{
	uint32_t *ids = calloc(plan->cell_count, sizeof(*ids));
	size_t count = 0;

	for (const struct hgx_node *node = plan->host->root->first; ids && node; node = node->next)
		if (has_cell_on(plan, node))
			ids[count++] = node->memory->id;
	if (ids)
		xml_attr_ids(xml, "nodeset", ids, count);
	else
		xml_fail(xml);
	free(ids);
}

static bool lacks_memnode(const struct hgx_plan *plan, size_t cell)
{
	return !plan->base || !plan->base->keeps_vcpus || plan->base->lacks.memnodes[cell];
}

void write_memnodes(struct xml *xml, const struct hgx_plan *plan)
{
	bool kept = plan->base && plan->base->keeps_vcpus;

	for (size_t i = 0; i < plan->cell_count; i++) {
		if (!lacks_memnode(plan, i))
			continue;
		xml_start(xml, "memnode");
		xml_attr(xml, "cellid", "%zu", i);
		xml_attr(xml, "mode", "%s", kept ? plan->base->lacks.numa_mode : "strict");
		xml_attr(xml, "nodeset", "%u", plan->cells[i].host->memory->id);
		xml_end(xml);
	}
}

/* Writes nothing if a base domain leaves the memory to numad. */
void write_numatune(struct xml *xml, const struct hgx_plan *plan)
{
	if (!lacks_memnode(plan, 0))
		return;
	xml_start(xml, "numatune");
	xml_start(xml, "memory");
	xml_attr(xml, "mode", "strict");
	write_nodes(xml, plan);
	xml_end(xml);
	write_memnodes(xml, plan);
	xml_end(xml);
}

void write_ioapic(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->hardware.large_apic_ids)
		return;
	xml_start(xml, "ioapic");
	xml_attr(xml, "driver", "qemu");
	xml_end(xml);
}

void write_iommu(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->hardware.large_apic_ids)
		return;
	xml_start(xml, "iommu");
	xml_attr(xml, "model", "intel");
	xml_start(xml, "driver");
	xml_attr(xml, "intremap", "on");
	xml_attr(xml, "caching_mode", "on");
	xml_attr(xml, "eim", "on");
	if (plan->hardware.libvirt.dma_off)
		xml_attr(xml, "dma_translation", "off");
	xml_end(xml);
	xml_end(xml);
}

void write_topology(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "topology");
	xml_attr(xml, "sockets", "%u", plan->sockets);
	if (plan->hardware.libvirt.dies)
		xml_attr(xml, "dies", "%u", plan->dies);
	xml_attr(xml, "cores", "%u", plan->cores);
	xml_attr(xml, "threads", "%u", plan->threads);
	xml_end(xml);
}

void write_maxphysaddr(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->hardware.libvirt.address_bits)
		return;
	xml_comment(xml, "the guest sees all address bits of the host: large BARs need them");
	xml_start(xml, "maxphysaddr");
	xml_attr(xml, "mode", "passthrough");
	xml_end(xml);
}

void write_topoext(struct xml *xml, const struct hgx_plan *plan)
{
	if (!plan->hardware.topoext)
		return;
	xml_start(xml, "feature");
	xml_attr(xml, "policy", "require");
	xml_attr(xml, "name", "topoext");
	xml_end(xml);
}

static void write_distances(struct xml *xml, const struct hgx_plan *plan, size_t cell)
{
	if (!plan->tell_distances)
		return;
	xml_start(xml, "distances");
	for (size_t i = 0; i < plan->cell_count; i++) {
		xml_start(xml, "sibling");
		xml_attr(xml, "id", "%zu", i);
		xml_attr(xml, "value", "%u", plan->cells[cell].distances[i]);
		xml_end(xml);
	}
	xml_end(xml);
}

/* vCPUs by their numbers in the XML, which offline ones have too. */
static void write_cell_vcpus(struct xml *xml, const struct hgx_plan *plan, uint32_t cell)
{
	bool kept = plan->base && plan->base->keeps_vcpus;
	size_t all = kept ? plan->base->vcpu_count : plan->vcpu_count, count = 0;
	uint32_t *ids = calloc(all, sizeof(*ids));

	for (uint32_t i = 0; ids && i < all; i++)
		if ((kept ? plan->base->vcpu_cells[i] : plan->vcpus[i].cell) == cell)
			ids[count++] = i;
	if (ids)
		xml_attr_ids(xml, "cpus", ids, count);
	else
		xml_fail(xml);
	free(ids);
}

void write_numa(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "numa");
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		xml_start(xml, "cell");
		xml_attr(xml, "id", "%zu", i);
		write_cell_vcpus(xml, plan, (uint32_t)i);
		xml_attr(xml, "memory", "%llu",
			 (unsigned long long)(cell->memory - cell->modules) / 1024);
		xml_attr(xml, "unit", "KiB");
		if (plan->memory_access)
			xml_attr(xml, "memAccess", "%s", plan->memory_access);
		write_distances(xml, plan, i);
		xml_end(xml);
	}
	xml_end(xml);
}

void write_cpu(struct xml *xml, const struct hgx_plan *plan)
{
	xml_start(xml, "cpu");
	xml_attr(xml, "mode", "host-passthrough");
	xml_attr(xml, "check", "none");
	if (plan->hardware.libvirt.migratable)
		xml_attr(xml, "migratable", "off");
	write_topology(xml, plan);
	xml_start(xml, "cache");
	xml_attr(xml, "mode", "passthrough");
	xml_end(xml);
	write_maxphysaddr(xml, plan);
	write_topoext(xml, plan);
	write_numa(xml, plan);
	xml_end(xml);
}
