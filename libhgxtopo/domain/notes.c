/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain says that keeps its guest from working as the operator expects. */
#include <stdbool.h>
#include "domain/notes.h"
#include "util/bdf.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "guest/controller.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/version.h"
#include "domain/base.h"
#include "domain/override.h"

void domain_note_acpi(struct hgx_plan *plan)
{
	if (xml_child(xml_child(plan->base->domain, "features"), "acpi"))
		return;
	if (plan->base->whole || plan->only_pci)
		plan_note(plan, RULE_ACPI_MISSING, HGX_WARNING, NULL, "add <acpi/> to <features>",
			  "the domain has no <acpi/>: its guest sees no NUMA nodes");
	else
		plan_note(plan, RULE_ACPI_ADDED, HGX_NOTE, NULL, NULL,
			  "<acpi/> was added to the domain: without it a guest sees no NUMA nodes");
}

static bool has_uefi(const struct hgx_plan *plan)
{
	const struct xml_element *os = xml_child(plan->base->domain, "os");

	return xml_attribute_is(os, "firmware", "efi") ||
	       xml_attribute_is(xml_child(os, "loader"), "type", "pflash");
}

static bool can_hotplug(const struct base_item *item)
{
	return item->port && item->model &&
	       (item->model->kind == HGX_ROOT_PORT || item->model->kind == HGX_SWITCH_DOWN) &&
	       !xml_attribute_is(xml_child(item->element, "target"), "hotplug", "off");
}

/* That of QEMU's command line, in place of hotplug='off'. */
static bool reserves_none(const struct hgx_plan *plan)
{
	const struct xml_element *line = qemu_child(plan->base->domain, "commandline");

	for (const struct xml_element *e = line ? line->first : NULL; e; e = e->next)
		if (e->name && xml_attribute_is(e, "value", "pcie-root-port.io-reserve=0"))
			return true;
	return false;
}

static bool has_expanded_device(const struct hgx_plan *plan)
{
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		for (const struct port *port = bus; port; port = port_next(bus, port))
			if (!kind_of(port->kind)->bridge && port->kind != HGX_HOST_BRIDGE)
				return true;
	return false;
}

/* Tried with OVMF 2022.11: 20 such ports work, 30 do not. */
#define PORTS_THAT_WORK 20

void domain_note_ports(struct hgx_plan *plan)
{
	unsigned ports = 0;

	for (size_t i = 0; i < plan->base->count; i++)
		ports += can_hotplug(&plan->base->items[i]);
	if (ports <= PORTS_THAT_WORK || !has_uefi(plan) || reserves_none(plan) ||
	    !has_expanded_device(plan) || !version_has_flaw(plan, FLAW_PORTS_TAKE_IO))
		return;
	plan_note(plan, RULE_PORTS_TAKE_IO, HGX_WARNING, NULL,
		  "add <target hotplug='off'/> to the root ports and downstream ports",
		  "%u ports of the domain can hot-plug: with more than %d, OVMF before "
		  "edk2-stable202308 may leave all devices below expander buses without BARs",
		  ports, PORTS_THAT_WORK);
}

static const struct hgx_node *guest_nic(const struct base_item *item)
{
	const struct hgx_node *node = item->assigned && item->port ? item->port->guest : NULL;

	return node && node->kind == HGX_NIC ? node : NULL;
}

/* The file for NCCL has one leaf for all NICs of a bus: emit/nccl_tree.c. */
void domain_note_nics(struct hgx_plan *plan)
{
	const struct hgx_node *first[256] = { NULL }; /* by bus */
	const struct base *base = plan->base;

	for (size_t i = 0; i < base->count; i++) {
		const struct hgx_node *nic = guest_nic(&base->items[i]), **at;

		if (!nic)
			continue;
		at = &first[nic->pci->address.bus];
		if (!*at || bdf_compare(nic->pci->address, (*at)->pci->address) < 0)
			*at = nic;
	}
	for (size_t i = 0; i < base->count; i++) {
		const struct hgx_node *nic = guest_nic(&base->items[i]);
		const struct hgx_node *card = nic ? first[nic->pci->address.bus] : NULL;

		if (card && card->pci->address.device != nic->pci->address.device)
			plan_note(
				plan, RULE_NIC_MERGED, HGX_WARNING, nic,
				"put each NIC on a root port of its own, in slot 0",
				"%s is on one bus with %s: NCCL takes all NICs of a bus for ports "
				"of one card, so the file for NCCL leaves it out",
				node_title(nic).text, node_title(card).text);
	}
}
