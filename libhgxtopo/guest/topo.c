/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest as a topology. Its ports have the links of the host ports they stand for, because the
 * emulated switch reports 2.5 GT/s x1. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "guest/topo.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/build.h"
#include "model/kind.h"
#include "model/link.h"
#include "model/topo.h"
#include "guest/controller.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/version.h"

static struct hgx_node *stand_for(struct hgx_node *node, const struct hgx_node *host)
{
	struct guest_node *guest;

	if (!node)
		return NULL;
	guest = arena_alloc(&node->topo->arena, sizeof(*guest));
	if (!guest)
		return NULL;
	guest->host = host;
	node->guest = guest;
	return node;
}

static struct hgx_node *package_of(const struct hgx_node *cpu)
{
	struct hgx_node *node = cpu->parent;

	while (node && node->kind != HGX_PACKAGE)
		node = node->parent;
	return node;
}

/* The guest has the host's processor. Its strings are copied, to live as long as the guest's
 * topology. */
static void copy_processor(struct hgx_node *node, const struct hgx_node *host)
{
	struct arena *arena = &node->topo->arena;
	struct hgx_processor *own = node->processor;
	uint32_t id = own->id;

	own->arch = "x86_64";
	if (!host)
		return;
	*own = *host->processor;
	own->id = id;
	own->arch = arena_string(arena, own->arch);
	own->vendor = arena_string(arena, own->vendor);
	own->name = arena_string(arena, own->name);
}

static const struct hgx_vcpu *first_of(const struct hgx_plan *plan, unsigned socket)
{
	for (size_t i = 0; i < plan->vcpu_count; i++)
		if (plan->vcpus[i].socket == socket)
			return &plan->vcpus[i];
	return NULL;
}

static int add_packages(struct hgx_plan *plan)
{
	for (unsigned socket = 0; socket < plan->sockets; socket++) {
		const struct hgx_vcpu *first = first_of(plan, socket);
		const struct hgx_node *cpu, *host;
		struct hgx_node *node;

		if (!first)
			continue;
		cpu = plan->vcpu_hosts[first->id];
		host = cpu ? package_of(cpu) : NULL;
		node = stand_for(build_package(plan->guest, socket), host);
		if (!node)
			return HGX_NO_MEMORY;
		copy_processor(node, host);
	}
	return HGX_OK;
}

static int add_cpus(struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->vcpu_count; i++) {
		const struct hgx_vcpu *vcpu = &plan->vcpus[i];
		struct hgx_cpu cpu = { .id = vcpu->id,
				       .package = (int)vcpu->socket,
				       .die = plan->dies > 1 ? (int)vcpu->die : -1,
				       .core = (int)vcpu->core,
				       .numa_node = (int)vcpu->cell,
				       .online = 1 };

		/* a vCPU that is not pinned to a single CPU stands for none */
		if (!stand_for(build_cpu(plan->guest, &cpu),
			       vcpu->host_cpu == HGX_CPU_NONE ? NULL : plan->vcpu_hosts[i]))
			return HGX_NO_MEMORY;
	}
	return HGX_OK;
}

static int add_numa(struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];
		struct hgx_node *node = stand_for(build_numa(plan->guest, (uint32_t)i), cell->host);
		uint32_t *row = arena_alloc(&plan->guest->arena, plan->cell_count * sizeof(*row));

		if (!node || !row)
			return HGX_NO_MEMORY;
		node->memory->bytes = cell->memory;
		if (!cell->distances)
			continue;
		memcpy(row, cell->distances, plan->cell_count * sizeof(*row));
		node->memory->distances = row;
		node->memory->distance_count = plan->cell_count;
	}
	return HGX_OK;
}

/* The ids and port type that QEMU emulates. The link is that of the host port. */
static void copy_port(struct hgx_pci *pci, const struct port *port)
{
	const struct pci_model *model = port->model ? port->model : pci_model_of(port);

	pci->class_code = 0x060400;
	pci->vendor = model->vendor;
	pci->device = model->device;
	pci->port_type = port->kind == HGX_ROOT_PORT   ? 4 :
			 port->kind == HGX_SWITCH_UP   ? 5 :
			 port->kind == HGX_SWITCH_DOWN ? 6 :
							 pci->port_type;
	if (port->host && port->kind != HGX_BRIDGE)
		pci->link_max = port->kind == HGX_SWITCH_UP ? link_met(port->host) :
							      port->host->pci->link_max;
}

/* The numbers of a virtual function change when it is bound again, so they are left out. */
static void copy_ids(struct arena *arena, struct hgx_pci *pci, const struct hgx_pci *from)
{
	if (from->physical_function)
		return;
	pci->drive_serial = arena_string(arena, from->drive_serial);
	pci->guid = arena_string(arena, from->guid);
	pci->device_serial = arena_string(arena, from->device_serial);
}

/* What vfio-pci passes on; it hides SR-IOV. The link is what the device and its slot on the host
 * can both do. */
static void copy_device(struct hgx_plan *plan, struct hgx_pci *pci, const struct hgx_node *host)
{
	const struct hgx_pci *from = host->pci;

	pci->vendor = from->vendor;
	pci->device = from->device;
	pci->subsystem_vendor = from->subsystem_vendor;
	pci->subsystem_device = from->subsystem_device;
	pci->class_code = from->class_code;
	pci->revision = from->revision;
	pci->vendor_name = arena_string(&plan->guest->arena, from->vendor_name);
	pci->device_name = arena_string(&plan->guest->arena, from->device_name);
	memcpy(pci->bars, from->bars, sizeof(pci->bars));
	pci->port_type = from->port_type;
	copy_ids(&plan->guest->arena, pci, from);
	pci->link_max = link_flattened(host);
	pci->net_speed = from->net_speed;
}

/* What a root port shows of its link: what QEMU was told, or its default, 16 GT/s x32. */
static struct hgx_link shown_by(const struct port *port)
{
	if (port->kind != HGX_ROOT_PORT)
		return (struct hgx_link){ 0, 0 };
	if (!port->speed)
		return (struct hgx_link){ 16000, 32 };
	return (struct hgx_link){ port_speed_of(port->speed), port->width };
}

static int add_port(struct hgx_plan *plan, struct port *port, int cell)
{
	struct hgx_bdf address = { 0, (uint8_t)port->bus, (uint8_t)port->slot,
				   (uint8_t)port->function };
	struct hgx_node *node;
	char parent[24];

	if (port->parent->kind == HGX_HOST_BRIDGE)
		snprintf(parent, sizeof(parent), "pci0000:%02x", port->bus);
	else
		snprintf(parent, sizeof(parent), "%s", port->parent->guest->name);
	node = stand_for(build_pci(plan->guest, port->kind, address, parent), port->host);
	if (!node)
		return HGX_NO_MEMORY;
	port->guest = node;
	if (kind_of(port->kind)->bridge)
		copy_port(node->pci, port);
	else if (port->host)
		copy_device(plan, node->pci, port->host);
	else
		node->pci->class_code = port->class_code;
	node->pci->numa_node = cell;
	node->shown = shown_by(port);
	return HGX_OK;
}

static int add_tree(struct hgx_plan *plan, struct port *root, int cell)
{
	if (!stand_for(build_host_bridge(plan->guest, 0, (uint8_t)root->secondary), NULL))
		return HGX_NO_MEMORY;
	for (struct port *port = port_next(root, root); port; port = port_next(root, port))
		if (add_port(plan, port, cell))
			return HGX_NO_MEMORY;
	return HGX_OK;
}

/* An expander bus also shows as a function on pcie.0 (1b36:000b). */
static int add_expander(struct hgx_plan *plan, struct port *bus)
{
	struct hgx_bdf address = { 0, 0, (uint8_t)bus->slot, (uint8_t)bus->function };
	struct hgx_node *node;

	if (bus->unseen)
		return add_tree(plan, bus, bus->cell);
	node = stand_for(build_pci(plan->guest, HGX_OTHER, address, "pci0000:00"), NULL);
	if (!node)
		return HGX_NO_MEMORY;
	node->pci->class_code = 0x060000;
	node->pci->vendor = 0x1b36;
	node->pci->device = 0x000b;
	bus->guest = node;
	return add_tree(plan, bus, bus->cell);
}

int guest_topo(struct hgx_plan *plan, struct hgx_error *err)
{
	int code;

	plan->guest = build_new();
	if (!plan->guest)
		return fail_memory(err);
	plan->guest->guest = true;
	if (add_packages(plan) || add_numa(plan) || add_cpus(plan) ||
	    add_tree(plan, plan->root, -1))
		return fail_memory(err);
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		if (add_expander(plan, bus))
			return fail_memory(err);
	code = build_link(plan->guest, err);
	return code ? code : build_finish(plan->guest, err);
}
