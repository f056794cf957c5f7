/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the vCPUs of a domain: how many there are, and how they make up sockets and cells. */
#include <stdbool.h>
#include <stdlib.h>
#include "check/domain.h"
#include "check/tell.h"
#include "util/cpulist.h"
#include "guest/apic.h"
#include "guest/version.h"
#include "format/xml_read.h"

static const struct xml_element *cpu_child(const struct domain *domain, const char *name)
{
	return xml_child(xml_child(domain->base.domain, "cpu"), name);
}

/* ------------------------------------------------- sockets and cells */

/* Counts the vCPUs that a socket and a cell have in common, and all of either. */
static void count_both(const struct hgx_plan *plan, uint32_t socket, uint32_t cell, unsigned *both,
		       unsigned *of_socket, unsigned *of_cell)
{
	*both = *of_socket = *of_cell = 0;
	for (size_t i = 0; i < plan->vcpu_count; i++) {
		bool in_socket = plan->vcpus[i].socket == socket;
		bool in_cell = plan->vcpus[i].cell == cell;

		*both += in_socket && in_cell;
		*of_socket += in_socket;
		*of_cell += in_cell;
	}
}

/* Each socket has to lie in one cell, or to be made of whole cells. */
void cells_cut_sockets(struct domain_check *check, const struct domain *domain)
{
	const struct hgx_plan *plan = domain->plan;

	for (size_t i = 0; domain->whole && i < plan->vcpu_count; i++) {
		uint32_t socket = plan->vcpus[i].socket, cell = plan->vcpus[i].cell;
		unsigned both, of_socket, of_cell;

		count_both(plan, socket, cell, &both, &of_socket, &of_cell);
		if (both == of_socket || both == of_cell)
			continue;
		domain_add(check, domain, RULE_CELLS_CUT_SOCKETS, cpu_child(domain, "numa"), NULL,
			   NULL,
			   "NUMA cell %u has %u of the %u vCPUs of socket %u, and %u of other "
			   "sockets: Linux warns of such a topology, and hwloc drops parts of it",
			   cell, both, of_socket, socket, of_cell - both);
		return;
	}
}

/* libvirt puts the vCPUs that no cell lists into cell 0. */
void cell_cpus_missing(struct domain_check *check, const struct domain *domain)
{
	const struct xml_element *cell = xml_child(cpu_child(domain, "numa"), "cell");
	unsigned vcpus = domain->base.vcpu_count;
	struct arena arena = { 0 };
	size_t listed = 0;
	struct cpuset set;

	if (!domain->whole || !cell)
		return;
	for (const struct xml_element *e = cell; e; e = xml_following(e)) {
		const char *list = xml_attribute(e, "cpus");

		if (list && cpulist_read(&arena, list, &set))
			listed += set.count;
	}
	if (arena.failed)
		check->check.out->arena.failed = true;
	else if (listed < vcpus)
		domain_add(check, domain, RULE_CELL_CPUS_MISSING, cell, NULL, NULL,
			   "the NUMA cells list %zu of the %u vCPUs: libvirt puts the others into "
			   "cell 0",
			   listed, vcpus);
	arena_free(&arena);
}

/* ------------------------------------------------- many vCPUs */

static bool extends_interrupts(const struct domain *domain)
{
	const struct xml_element *iommu = xml_child(domain->base.devices, "iommu");
	const struct xml_element *driver = xml_child(iommu, "driver");

	return xml_attribute_is(driver, "intremap", "on") && xml_attribute_is(driver, "eim", "on");
}

#define MANY_VCPUS 255

void vcpus_many(struct domain_check *check, const struct domain *domain)
{
	unsigned most = domain->whole ? plan_max_vcpus(domain->plan) : 0;

	if (!domain->whole)
		return;
	if (domain->base.vcpu_count > MANY_VCPUS && !extends_interrupts(domain))
		domain_add(
			check, domain, RULE_VCPUS_MANY, xml_child(domain->base.domain, "vcpu"),
			NULL, NULL,
			"%u vCPUs, more than %u, need an IOMMU with interrupt remapping and eim: "
			"libvirt refuses the domain",
			domain->base.vcpu_count, MANY_VCPUS);
	else if (domain->base.vcpu_count > most)
		domain_add(check, domain, RULE_VCPUS_MANY, xml_child(domain->base.domain, "vcpu"),
			   NULL, NULL, "%u vCPUs are more than a q35 of QEMU %s has: %u",
			   domain->base.vcpu_count, version_text(domain->plan->versions.qemu).text,
			   most);
}

void apic_ids_high(struct domain_check *check, const struct domain *domain)
{
	const struct hgx_plan *plan = domain->plan;

	if (!domain->whole || domain->base.vcpu_count > MANY_VCPUS || !needs_eim(plan) ||
	    extends_interrupts(domain))
		return;
	domain_add(check, domain, RULE_APIC_IDS_HIGH, cpu_child(domain, "topology"), NULL, NULL,
		   "with this topology, the highest APIC id is %u: interrupts do not reach vCPUs "
		   "above 254 without an IOMMU that has interrupt remapping and eim",
		   plan_highest_apic_id(plan));
}

/* libvirt 9.0 wants the I/O APIC split; newer releases do not (tried with 11.3). */
void ioapic_missing(struct domain_check *check, const struct domain *domain)
{
	const struct xml_element *features = xml_child(domain->base.domain, "features");
	const struct xml_element *iommu = xml_child(domain->base.devices, "iommu");
	const struct xml_element *driver = xml_child(iommu, "driver");

	if (!domain->whole || !xml_attribute_is(driver, "intremap", "on") ||
	    xml_attribute_is(xml_child(features, "ioapic"), "driver", "qemu") ||
	    !version_wants_ioapic(domain->plan))
		return;
	domain_add(check, domain, RULE_IOAPIC_MISSING, iommu, NULL, NULL,
		   "the interrupt remapping of the <iommu> needs a split I/O APIC: libvirt %s "
		   "refuses the domain",
		   version_text(domain->plan->versions.libvirt).text);
}
