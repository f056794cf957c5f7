/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NCCL walks up two levels at a time, from a device to the upstream port of its switch, until there
 * is no bridge; root ports and expander buses are no nodes to it. A link is the slower and narrower
 * of both ends' maximum, as sysfs has them. */
#include <stdio.h>
#include <string.h>
#include "forecast/from_tree.h"
#include "forecast/net_speed.h"
#include "forecast/pcie.h"
#include "model/link.h"
#include "util/error.h"

/* What the ports that QEMU emulates show: the upstream port of a switch, and a root port on which
 * nothing is set. A downstream port shows none. */
static const struct hgx_link emulated_switch = { 2500, 1 }, emulated_port = { 16000, 32 };

/* More than NCCL takes of any machine; the caller refuses it. */
#define MAX_TOLD 1024

struct walker {
	struct telling *told;
	const struct hgx_topo *topo;
};

static struct hgx_link shown_by(const struct hgx_node *node)
{
	struct hgx_link none = { 0, 0 };

	if (!node->pci)
		return none;
	if (!node->topo->guest)
		return node->pci->link_max;
	if (node->kind == HGX_SWITCH_UP)
		return emulated_switch;
	if (node->kind == HGX_SWITCH_DOWN)
		return none;
	if (node->shown.speed || node->shown.width)
		return node->shown;
	return node->kind == HGX_ROOT_PORT ? emulated_port : node->pci->link_max;
}

static float link_of(const struct hgx_node *node)
{
	struct hgx_link own = shown_by(node), port = shown_by(node->parent);
	unsigned width = own.width < port.width ? own.width : port.width;

	if (port.speed && (!own.speed || port.speed < own.speed))
		own.speed = port.speed;
	return pcie_bandwidth_of(own.speed, (int)width);
}

/* Two levels up; NULL: it is below a root port, or on a root bus. */
static const struct hgx_node *switch_above(const struct hgx_node *node)
{
	const struct hgx_node *port = node->parent;

	return port->pci && port->parent->pci ? port->parent : NULL;
}

static struct told_node *cpu_for(struct walker *walker, const struct hgx_node *numa)
{
	const struct hgx_processor *processor = processor_of(walker->topo, numa);
	struct told_node *cpu;
	char id[16];

	snprintf(id, sizeof(id), "%d", numa ? (int)numa->memory->id : -1);
	for (cpu = walker->told->root.first; cpu; cpu = cpu->next)
		if (!strcmp(cpu->name, id))
			return cpu;
	cpu = told_add(walker->told, &walker->told->root, TOLD_CPU, id);
	if (cpu && (!processor || !told_processor(cpu, processor->arch, processor->vendor,
						  processor->family, processor->model)))
		told_processor(cpu, NULL, NULL, -1, -1);
	return cpu;
}

static struct told_node *known(struct telling *told, const char *name)
{
	for (struct told_node *node = NULL; (node = told_next(told, node)) != NULL;)
		if (node->kind != TOLD_CPU && !strcmp(node->name, name))
			return node;
	return NULL;
}

static struct told_node *place_for(struct walker *walker, const struct hgx_node *node)
{
	const struct hgx_node *above = switch_above(node);
	struct told_node *parent, *made;

	if (!above)
		return cpu_for(walker, node->numa);
	made = known(walker->told, above->name);
	if (made)
		return made;
	parent = place_for(walker, above);
	made = parent ? told_add(walker->told, parent, TOLD_SWITCH, above->name) : NULL;
	if (!made)
		return NULL;
	made->link = link_of(above);
	made->ids = (uint64_t)above->pci->vendor << 48 | (uint64_t)above->pci->device << 32 |
		    (uint64_t)above->pci->subsystem_vendor << 16 | above->pci->subsystem_device;
	return made;
}

/* The function that NCCL takes a NIC for: device 00, function 0 of its bus. It may be none that the
 * machine has. */
static const struct hgx_node *card_of(const struct hgx_node *nic, struct hgx_bdf *address)
{
	*address = nic->pci->address;
	if (nic->kind != HGX_NIC)
		return nic;
	address->device = address->function = 0;
	return topo_find(nic->topo, bdf_text(*address).text);
}

static bool add(struct walker *walker, const struct hgx_node *node)
{
	struct hgx_bdf address;
	const struct hgx_node *card = card_of(node, &address);
	struct told_node *parent, *made;

	for (made = NULL; (made = told_next(walker->told, made)) != NULL;)
		if (made->kind == TOLD_NIC && node->kind == HGX_NIC &&
		    !bdf_compare(made->address, address)) {
			made->ports++;
			made->speed += (float)node->pci->net_speed / NET_MBPS;
			return true;
		}
	parent = place_for(walker, card ? card : node);
	made = parent ? told_add(walker->told, parent, node->kind == HGX_NIC ? TOLD_NIC : TOLD_GPU,
				 node->name) :
			NULL;
	if (!made)
		return false;
	made->address = address;
	made->ports = 1;
	made->speed = (float)node->pci->net_speed / NET_MBPS;
	made->link = card ? link_of(card) : pcie_bandwidth_of(0, 0);
	return true;
}

int told_from_tree(struct telling *told, const struct hgx_topo *topo, struct nccl_choice choice,
		   struct hgx_error *err)
{
	struct walker walker = { told, topo };

	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		if (!nccl_listed(node, choice))
			continue;
		told->rccl |= node->kind == HGX_GPU && node->pci->vendor == 0x1002;
		if (told->count < MAX_TOLD && !add(&walker, node))
			return fail_memory(err);
	}
	return told->arena.failed ? fail_memory(err) : HGX_OK;
}
