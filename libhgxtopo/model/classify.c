/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deciding the kind of a PCI function by class, vendor and place. */
#include <stdbool.h>
#include "model/classify.h"
#include "util/macros.h"
#include "model/topo.h"

/* PCI Code and ID Assignment Specification, class codes. Vendors: 10de NVIDIA, 1002 AMD,
 * 8086 Intel, 1da3 Habana. A BMC's VGA has class 0300 too, but another vendor. */
static const struct {
	uint16_t vendor; /* 0: any */
	uint32_t class_code, mask;
	bool behind_port; /* not on the root bus, where chipset graphics are */
	enum hgx_kind kind;
} rules[] = {
	{ 0x10de, 0x068000, 0xffff00, false, HGX_NVSWITCH },
	{ 0, 0x030200, 0xffff00, false, HGX_GPU },
	{ 0x10de, 0x030000, 0xffff00, true, HGX_GPU },
	{ 0x1002, 0x030000, 0xffff00, true, HGX_GPU },
	{ 0x10de, 0x038000, 0xffff00, true, HGX_GPU },
	{ 0x1002, 0x038000, 0xffff00, true, HGX_GPU },
	{ 0x8086, 0x038000, 0xffff00, true, HGX_GPU },
	{ 0x1002, 0x120000, 0xff0000, false, HGX_GPU },
	{ 0x1da3, 0x120000, 0xff0000, false, HGX_GPU },
	{ 0, 0x010800, 0xffff00, false, HGX_NVME },
	{ 0, 0x020000, 0xff0000, false, HGX_NIC },
};

static enum hgx_kind endpoint_kind(const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].vendor && rules[i].vendor != pci->vendor)
			continue;
		if ((pci->class_code & rules[i].mask) != rules[i].class_code)
			continue;
		if (rules[i].behind_port && node->parent->kind == HGX_HOST_BRIDGE)
			continue;
		return rules[i].kind;
	}
	return HGX_OTHER;
}

static bool has_endpoint_child(const struct hgx_node *node)
{
	for (const struct hgx_node *child = node->first; child; child = child->next)
		if ((child->pci->class_code & 0xffff00) != 0x060400)
			return true;
	return false;
}

/* Without the PCIe capability, the place decides: ports alternate on the way down. A bridge below
 * a root port or downstream port is a PCIe-to-PCI bridge, not a switch, if it has devices. */
static enum hgx_kind inferred_kind(const struct hgx_node *node)
{
	switch (node->parent->kind) {
	case HGX_HOST_BRIDGE:
		return HGX_ROOT_PORT;
	case HGX_SWITCH_UP:
		return HGX_SWITCH_DOWN;
	case HGX_ROOT_PORT:
	case HGX_SWITCH_DOWN:
		return node->first && !has_endpoint_child(node) ? HGX_SWITCH_UP : HGX_BRIDGE;
	default:
		return HGX_BRIDGE;
	}
}

static enum hgx_kind bridge_kind(const struct hgx_node *node)
{
	/* PCI Express Base Specification 7.5.3.2, Device/Port Type */
	switch (node->pci->port_type) {
	case 4:
		return HGX_ROOT_PORT;
	case 5:
		return HGX_SWITCH_UP;
	case 6:
		return HGX_SWITCH_DOWN;
	default:
		return node->pci->kind_inferred ? inferred_kind(node) : HGX_BRIDGE;
	}
}

static bool has_functions(const struct hgx_node *node)
{
	if (node->pci->sriov_enabled <= 0)
		return false;
	for (const struct hgx_node *other = node->topo->all; other; other = other->all)
		if (other->pci && other->pci->physical_function == node)
			return true;
	return false;
}

/* VMs with AMD's GPUs mostly get virtual functions; NVIDIA's are parts of a vGPU, which vfio-pci
 * cannot assign. */
bool is_shared_gpu(const struct hgx_node *node)
{
	return node->kind == HGX_GPU && node->pci->vendor == 0x1002 &&
	       !node->pci->physical_function && has_functions(node);
}

bool counts_as_gpu(const struct hgx_node *node)
{
	const struct hgx_node *physical = node->pci ? node->pci->physical_function : NULL;

	if (node->kind != HGX_GPU)
		return false;
	return physical ? is_shared_gpu(physical) : !is_shared_gpu(node);
}

void kind_classify(struct hgx_topo *topo)
{
	struct hgx_node *node = topo->root;

	while ((node = node_next(topo->root, node)) != NULL) {
		if (!node->pci)
			continue;
		if ((node->pci->class_code & 0xffff00) == 0x060400 || node->first)
			node->kind = bridge_kind(node);
		else
			node->kind = endpoint_kind(node);
	}
}

/* PCI Code and ID Assignment Specification. Behind a port, a memory controller or a system
 * peripheral may belong to a card. */
static const struct {
	uint32_t class_code, mask;
	bool on_root_bus;
} chipset[] = {
	{ 0x060000, 0xff0000, false }, /* host bridges, ISA bridges */
	{ 0x130000, 0xff0000, false }, /* non-essential instrumentation */
	{ 0x050000, 0xff0000, true },  /* memory controllers */
	{ 0x080000, 0xff0000, true },  /* interrupt controllers, timers, IOMMUs, event collectors */
	{ 0x0b0000, 0xff0000, true },  /* processors */
	{ 0x0c0500, 0xffff00, true },  /* SMBus */
	{ 0x110000, 0xff0000, true },  /* performance counters */
};

bool is_chipset(const struct hgx_node *node)
{
	bool other = node->kind == HGX_OTHER && !node->pci->host_use;

	for (size_t i = 0; other && i < ARRAY_SIZE(chipset); i++)
		if ((node->pci->class_code & chipset[i].mask) == chipset[i].class_code &&
		    (!chipset[i].on_root_bus || node->parent->kind == HGX_HOST_BRIDGE))
			return true;
	return false;
}
