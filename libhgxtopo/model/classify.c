/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deciding the kind of a PCI function by class, vendor and place. */
#include <stdbool.h>
#include "model/classify.h"
#include "model/kind.h"
#include "util/macros.h"
#include "model/topo.h"

/* PCI Code and ID Assignment Specification, class codes. Vendors: 10de NVIDIA, 1002 AMD,
 * 1da3 Habana. AMD's Instinct GPUs are processing accelerators by class. */
static const struct {
	uint16_t vendor; /* 0: any */
	uint32_t class_code, mask;
	bool behind_port; /* not on the root bus, where graphics and NPUs of processors are */
	bool card;	  /* has memory and is nobody's console: is_card() */
	enum hgx_kind kind;
} rules[] = {
	{ 0x10de, 0x068000, 0xffff00, false, false, HGX_NVSWITCH },
	{ 0, 0x030200, 0xffff00, false, false, HGX_GPU },
	{ 0x10de, 0x030000, 0xffff00, true, false, HGX_GPU },
	{ 0x1002, 0x030000, 0xffff00, true, false, HGX_GPU },
	{ 0x10de, 0x038000, 0xffff00, true, false, HGX_GPU },
	{ 0x1002, 0x038000, 0xffff00, true, false, HGX_GPU },
	{ 0, 0x030000, 0xffff00, true, true, HGX_GPU },
	{ 0, 0x038000, 0xffff00, true, true, HGX_GPU },
	{ 0x1002, 0x120000, 0xff0000, false, false, HGX_GPU },
	{ 0x1da3, 0x120000, 0xff0000, false, false, HGX_ACCELERATOR },
	{ 0, 0x120000, 0xff0000, true, false, HGX_ACCELERATOR },
	{ 0, 0x010800, 0xffff00, false, false, HGX_NVME },
	{ 0, 0x020000, 0xff0000, false, false, HGX_NIC },
};

/* Makers of displays for the console of a server (1a03 ASPEED, 102b Matrox, 126f Silicon Motion,
 * 18ca XGI, 19e5 Huawei) or of a virtual machine (1013 Cirrus, 1234 and 1b36 QEMU, 15ad VMware,
 * 1af4 virtio, 1414 Hyper-V, 80ee VirtualBox). */
static bool makes_consoles(uint16_t vendor)
{
	static const uint16_t vendors[] = { 0x1a03, 0x102b, 0x126f, 0x18ca, 0x19e5, 0x1013,
					    0x1234, 0x1b36, 0x15ad, 0x1af4, 0x1414, 0x80ee };

	for (size_t i = 0; i < ARRAY_SIZE(vendors); i++)
		if (vendors[i] == vendor)
			return true;
	return false;
}

/* BARs of virtual functions are part of their physical function. */
static bool has_memory(const struct hgx_node *node)
{
	for (int i = 0; i < HGX_BARS - 1; i++)
		if (node->pci->bars[i].size && !(node->pci->bars[i].flags & HGX_BAR_IO))
			return true;
	return node->pf_name;
}

/* Whether a display is a card that computes, not the console of the host. Conventional PCI is for
 * consoles. */
static bool is_card(const struct hgx_node *node)
{
	return node->parent->kind != HGX_BRIDGE && !node->pci->host_use &&
	       !makes_consoles(node->pci->vendor) && has_memory(node);
}

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
		if (rules[i].card && !is_card(node))
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
		return kind_computes(node->kind) && !physical;
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

bool is_storage_card(const struct hgx_node *node)
{
	/* RAID and SAS controllers, not SCSI as virtio has it; on the root bus is the chipset's */
	uint32_t class_code = node->pci->class_code >> 8;

	return node->kind == HGX_OTHER && node->parent->kind != HGX_HOST_BRIDGE &&
	       (class_code == 0x0104 || class_code == 0x0107);
}

/* PCI Code and ID Assignment Specification: unclassified, other peripherals, processors,
 * encryption, signal processing, and those that no class fits. */
bool is_unknown_card(const struct hgx_node *node)
{
	static const struct {
		uint32_t class_code, mask;
	} classes[] = {
		{ 0x000000, 0xffff00 }, { 0x088000, 0xffff00 }, { 0x0b0000, 0xff0000 },
		{ 0x100000, 0xff0000 }, { 0x118000, 0xffff00 }, { 0xff0000, 0xff0000 },
	};

	if (node->kind != HGX_OTHER || node->pci->host_use || !has_memory(node) ||
	    (node->parent->kind != HGX_ROOT_PORT && node->parent->kind != HGX_SWITCH_DOWN))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if ((node->pci->class_code & classes[i].mask) == classes[i].class_code)
			return true;
	return false;
}

/* Linux drivers/pci/controller/vmd.c, vmd_ids */
bool is_vmd(const struct hgx_node *node)
{
	static const uint16_t devices[] = { 0x201d, 0x28c0, 0x467f, 0x4c3d, 0xa77f, 0x7d0b,
					    0xad0b, 0x9a0b, 0xb60b, 0xb06f, 0xb07f };

	for (size_t i = 0; node->kind == HGX_OTHER && i < ARRAY_SIZE(devices); i++)
		if (node->pci->vendor == 0x8086 && node->pci->device == devices[i])
			return true;
	return false;
}

const struct hgx_node *vmd_of(const struct hgx_node *node)
{
	const struct hgx_node *first = NULL;

	if (node->pci->address.domain <= 0xffff)
		return NULL;
	for (const struct hgx_node *vmd = node->topo->all; vmd; vmd = vmd->all) {
		if (!vmd->pci || !is_vmd(vmd))
			continue;
		if (vmd->pci->iommu_group >= 0 && vmd->pci->iommu_group == node->pci->iommu_group)
			return vmd;
		first = first ? first : vmd;
	}
	return first;
}

bool is_board_gpu(const struct hgx_node *node)
{
	return node->kind == HGX_GPU && !node->pci->physical_function &&
	       node->pci->vendor == 0x10de && node->pci->class_code >> 8 == 0x0302;
}
