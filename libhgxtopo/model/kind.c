/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each kind of node is called, and which kinds can be children of which. */
#include <stdbool.h>
#include <string.h>
#include "model/kind.h"
#include "util/macros.h"

static const struct kind kinds[] = {
	[HGX_MACHINE] = { "machine", "machine", false, false },
	[HGX_PACKAGE] = { "package", "CPU package", false, false },
	[HGX_CORE] = { "core", "core", false, false },
	[HGX_CPU] = { "cpu", "CPU", false, false },
	[HGX_NUMA] = { "numa", "NUMA node", false, false },
	[HGX_HOST_BRIDGE] = { "host-bridge", "PCI host bridge", false, true },
	[HGX_ROOT_PORT] = { "root-port", "root port", true, true },
	[HGX_SWITCH_UP] = { "switch-up", "switch upstream port", true, true },
	[HGX_SWITCH_DOWN] = { "switch-down", "switch downstream port", true, true },
	[HGX_BRIDGE] = { "bridge", "PCI bridge", true, true },
	[HGX_GPU] = { "gpu", "GPU", true, false },
	[HGX_NIC] = { "nic", "NIC", true, false },
	[HGX_NVME] = { "nvme", "NVMe drive", true, false },
	[HGX_NVSWITCH] = { "nvswitch", "NVSwitch", true, false },
	[HGX_OTHER] = { "other", "device", true, false },
	[HGX_NVLINK_MANAGER] = { "nvlink-manager", "NVLink manager", true, false },
};

const struct kind *kind_of(enum hgx_kind kind)
{
	return &kinds[kind];
}

const char *hgx_kind_name(enum hgx_kind kind)
{
	return (size_t)kind < ARRAY_SIZE(kinds) ? kinds[kind].name : NULL;
}

int kind_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return (int)i;
	return -1;
}

bool kind_may_hang_on(enum hgx_kind child, enum hgx_kind parent)
{
	switch (child) {
	case HGX_MACHINE:
		return false;
	case HGX_PACKAGE:
	case HGX_NUMA:
	case HGX_HOST_BRIDGE:
		return parent == HGX_MACHINE;
	case HGX_CORE:
		return parent == HGX_PACKAGE;
	case HGX_CPU:
		return parent == HGX_CORE || parent == HGX_MACHINE;
	default:
		return kinds[parent].bridge;
	}
}
