/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the NIC of each Data Direct function. A ConnectX-8 has one near a GPU, by which it reads
 * and writes the GPU's memory (Linux drivers/infiniband/hw/mlx5/data_direct.c). Both have the same
 * value of the VPD keyword VU; without VPD it is the only NIC of its card or behind its switch. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "source/direct.h"
#include "util/bdf.h"
#include "model/distance.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/vpd.h"

#define MELLANOX 0x15b3
#define DATA_DIRECT 0x2100
#define MAX_VPD_BYTES 4096

struct unit {
	char text[256]; /* not terminated */
	size_t length;	/* 0: unknown */
};

static struct unit unit_of(const struct root *root, const struct hgx_node *node)
{
	char path[64], vpd[MAX_VPD_BYTES + 1];
	const unsigned char *value;
	struct unit unit = { .length = 0 };
	long length;
	int dir;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", node->name);
	dir = root_dir(root, path);
	if (dir < 0)
		return unit;
	length = root_read_at(dir, "vpd", vpd, sizeof(vpd));
	close(dir);
	if (length > 0)
		unit.length = vpd_value((const unsigned char *)vpd, (size_t)length, "VU", &value);
	if (unit.length)
		memcpy(unit.text, value, unit.length);
	return unit;
}

static bool is_nic(const struct hgx_node *node)
{
	return node->kind == HGX_NIC && !node->pf_name && node->pci->vendor == MELLANOX;
}

static const struct hgx_node *nic_by_unit(const struct root *root, const struct hgx_node *direct)
{
	struct unit own = unit_of(root, direct);
	const struct hgx_node *top = direct->topo->root;

	for (const struct hgx_node *node = top; own.length && node; node = node_next(top, node)) {
		struct unit unit = { .length = 0 };

		if (is_nic(node))
			unit = unit_of(root, node);
		if (unit.length == own.length && !memcmp(unit.text, own.text, own.length))
			return node;
	}
	return NULL;
}

/* NULL if several cards are there. */
static const struct hgx_node *nic_by_place(const struct hgx_node *direct)
{
	const struct hgx_node *top = top_switch(direct), *found = NULL;

	for (const struct hgx_node *node = direct->parent->first; node; node = node->next)
		if (is_nic(node) && bdf_same_card(node->pci->address, direct->pci->address))
			return node;
	for (const struct hgx_node *node = top; node; node = node_next(top, node)) {
		if (!is_nic(node))
			continue;
		if (found && !bdf_same_card(found->pci->address, node->pci->address))
			return NULL;
		found = found ? found : node;
	}
	return found;
}

void source_direct(struct hgx_topo *topo, const struct root *root)
{
	for (struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		const struct hgx_node *nic;

		if (!node->pci || node->kind != HGX_OTHER || node->pci->vendor != MELLANOX ||
		    node->pci->device != DATA_DIRECT)
			continue;
		nic = nic_by_unit(root, node);
		nic = nic ? nic : nic_by_place(node);
		node->direct_name = nic ? nic->name : NULL;
	}
}
