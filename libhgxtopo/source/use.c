/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the devices that the host itself uses: drives and NICs in use, and the endpoints
 * that manage a PCIe switch. (source/pci.c marks the console by boot_vga.) */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "source/use.h"
#include "util/bdf.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/use_drive.h"
#include "source/use_mark.h"
#include "source/use_net.h"
#include "source/use_read.h"

/* Recognizes them by place and vendor: an endpoint below a switch from the same vendor,
 * or another function beside its upstream port. Cards with a switch of their own, such as
 * AMD's GPUs and BlueField NICs, also have the same vendor, so a function beside one of
 * another kind does not count. */
static bool manages_switch(const struct hgx_node *node)
{
	const struct hgx_node *parent = node->parent;
	bool beside_switch = false;

	if (node->kind != HGX_OTHER)
		return false;
	for (const struct hgx_node *beside = parent->first; beside; beside = beside->next) {
		if (!bdf_same_card(beside->pci->address, node->pci->address))
			continue;
		beside_switch |= beside->kind == HGX_SWITCH_UP;
		if (beside->kind != HGX_OTHER && beside->kind != HGX_SWITCH_UP)
			return false;
	}
	return beside_switch ||
	       (parent->kind == HGX_SWITCH_DOWN && parent->pci->vendor == node->pci->vendor);
}

void source_use(struct hgx_topo *topo, const struct root *root, bool blocks_known)
{
	struct use use = { .topo = topo, .root = root };

	if (!blocks_known)
		use_doubt(&use, "sys/class/block", "not every device there could be read");
	use_drives(&use);
	use_nics(&use);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci && !node->pci->host_use && manages_switch(node))
			node->pci->host_use = "management of the PCIe switch";
	while (use.block_count)
		free(use.blocks[--use.block_count]);
	free(use.blocks);
}
