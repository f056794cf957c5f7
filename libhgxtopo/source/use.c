/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the devices that the host itself uses: drives and NICs in use, CXL memory, and the
 * endpoints that manage a PCIe switch. (source/pci.c marks the console by boot_vga.) */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "source/use.h"
#include "util/bdf.h"
#include "util/macros.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/use_drive.h"
#include "source/use_mark.h"
#include "source/use_net.h"
#include "source/use_read.h"

/* Switches have endpoints that manage them, in the same slots as cards: told by id, because RAID
 * controllers and HBAs have the same vendor and class. (Broadcom's mpt3sas driver, Linux
 * drivers/scsi/mpt3sas/mpi/mpi2_cnfg.h; switchtec is a memory controller beside its port.) */
static bool is_management(const struct hgx_pci *pci)
{
	static const uint16_t devices[] = { 0x00b2, 0x02b0, 0x02b1, 0x02b2 };

	if (pci->vendor != 0x1000)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (pci->device == devices[i])
			return true;
	return pci->subsystem_vendor == 0x1000 &&
	       (pci->subsystem_device == 0x2004 || pci->subsystem_device == 0x2005);
}

/* Another function of an upstream port's device is part of the switch. Cards with a switch of their
 * own, such as AMD's GPUs and BlueField NICs, have a function of another kind there. */
static bool is_beside_port(const struct hgx_node *node)
{
	bool beside_switch = false;

	for (const struct hgx_node *beside = node->parent->first; beside; beside = beside->next) {
		if (!bdf_same_card(beside->pci->address, node->pci->address))
			continue;
		beside_switch |= beside->kind == HGX_SWITCH_UP;
		if (beside->kind != HGX_OTHER && beside->kind != HGX_SWITCH_UP)
			return false;
	}
	return beside_switch;
}

static bool manages_switch(const struct hgx_node *node)
{
	return node->kind == HGX_OTHER && (is_management(node->pci) || is_beside_port(node));
}

/* The memory of a CXL card may be a NUMA node of the host's, and the host stops if the card is
 * taken away. Which card a node is on is in sys/bus/cxl, which captures lack; the driver is bound
 * for nothing else. */
static bool lends_memory(const struct hgx_pci *pci)
{
	const uint32_t cxl_memory = 0x0502;

	return pci->class_code >> 8 == cxl_memory && pci->driver && !strcmp(pci->driver, "cxl_pci");
}

void source_use(struct hgx_topo *topo, const struct root *root, bool blocks_known)
{
	struct use use = { .topo = topo, .root = root };

	if (!blocks_known)
		use_doubt(&use, "sys/class/block", "not every device there could be read");
	use_drives(&use);
	use_nics(&use);
	for (struct hgx_node *node = topo->all; node; node = node->all) {
		if (!node->pci || node->pci->host_use)
			continue;
		if (manages_switch(node))
			node->pci->host_use = "management of the PCIe switch";
		else if (lends_memory(node->pci))
			node->pci->host_use =
				"CXL memory that its driver, cxl_pci, can give to the host";
	}
	while (use.block_count)
		free(use.blocks[--use.block_count]);
	free(use.blocks);
}
