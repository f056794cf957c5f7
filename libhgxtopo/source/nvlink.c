/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the NVLink managers. On a board whose NVSwitches are not PCI devices (HGX B200),
 * functions that look like NICs manage them. Only their VPD distinguishes them: it
 * contains "SMDL=SW_MNG" (NVIDIA Fabric Manager User Guide). */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>
#include "source/nvlink.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/vpd.h"

#define NVIDIA 0x10de
#define MELLANOX 0x15b3
#define CONNECTX_7 0x1021
#define CLASS_3D 0x0302
#define ASK "keep it on the host, or ask the board's vendor what it is"
#define MAX_VPD_BYTES 4096 /* one read from sysfs; the read-only section comes first */

static bool is_board(const struct hgx_topo *topo)
{
	size_t gpus = 0;

	for (const struct hgx_node *node = topo->all; node; node = node->all) {
		if (node->kind == HGX_NVSWITCH)
			return false;
		gpus += node->pci && !node->pf_name && node->pci->vendor == NVIDIA &&
			node->pci->class_code >> 8 == CLASS_3D;
	}
	return gpus >= 2;
}

static bool is_candidate(const struct hgx_node *node)
{
	return node->kind == HGX_NIC && !node->pf_name && node->pci->vendor == MELLANOX;
}

/* Whether a NIC with unknown VPD may be a manager: a ConnectX-7 that is near no GPU
 * although other NICs are, and without virtual functions, which nobody creates on a
 * manager. */
static bool may_manage(const struct hgx_node *node)
{
	bool others = false;

	if (node->pci->device != CONNECTX_7 || node->pci->sriov_enabled ||
	    shares_switch_with_gpu(node))
		return false;
	for (const struct hgx_node *n = node->topo->all; n && !others; n = n->all)
		others = is_candidate(n) && shares_switch_with_gpu(n);
	return others;
}

static void warn(struct hgx_topo *topo, const struct hgx_node *node, const char *why,
		 const char *remedy)
{
	if (may_manage(node))
		finding_add(&topo->findings, &topo->arena, RULE_NVLINK_MANAGER_UNKNOWN, HGX_WARNING,
			    node, remedy,
			    "%s may manage the NVLinks of the board, and then it must not go to "
			    "a VM: its VPD, which would tell, %s",
			    node_title(node).text, why);
}

/* On the running machine, a missing file means that the function has no VPD. */
static void warn_unread(struct hgx_topo *topo, const struct root *root, const struct hgx_node *node,
			int error)
{
	if (root->live && error == ENOENT)
		return;
	warn(topo, node, error == ENOENT ? "is not in the captured root" : "cannot be read",
	     !root->live ? "capture the machine with the vpd files of its NICs" :
	     error == EACCES || error == EPERM ? "run as root" :
						 ASK);
}

static void classify(struct hgx_topo *topo, const struct root *root, struct hgx_node *node, int dir)
{
	char vpd[MAX_VPD_BYTES + 1];
	long length = root_read_at(dir, "vpd", vpd, sizeof(vpd));

	if (length < 0) {
		warn_unread(topo, root, node, errno);
		return;
	}
	switch (vpd_says((const unsigned char *)vpd, (size_t)length, "SMDL=SW_MNG")) {
	case VPD_WITH:
		node->kind = HGX_NVLINK_MANAGER;
		break;
	case VPD_BROKEN:
		warn(topo, node, "is damaged", ASK);
		break;
	case VPD_WITHOUT:
		break;
	}
}

/* Reading VPD takes milliseconds per function, so only candidates are read. */
void source_nvlink(struct hgx_topo *topo, const struct root *root)
{
	if (!is_board(topo))
		return;
	for (struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		char path[64];
		int dir;

		if (!is_candidate(node))
			continue;
		snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", node->name);
		dir = root_dir(root, path);
		if (dir < 0)
			continue;
		classify(topo, root, node, dir);
		close(dir);
	}
}
