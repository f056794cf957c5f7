/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each kind of node is called, and which kinds can be children of which. */
#include <stdbool.h>
#include <string.h>
#include "model/kind.h"
#include "util/macros.h"

#define NAMES(name_, one, many) .name = (name_), .label = (one), .plural = (many)

/* What the columns mean is in kind.h. A column that a row does not mention is "no". */
static const struct kind kinds[] = {
	[HGX_MACHINE] = { NAMES("machine", "machine", "machines") },
	[HGX_PACKAGE] = { NAMES("package", "CPU package", "CPU packages") },
	[HGX_CORE] = { NAMES("core", "core", "cores") },
	[HGX_CPU] = { NAMES("cpu", "CPU", "CPUs") },
	[HGX_NUMA] = { NAMES("numa", "NUMA node", "NUMA nodes") },
	[HGX_HOST_BRIDGE] = { NAMES("host-bridge", "PCI host bridge", "PCI host bridges"),
			      .bridge = true },
	[HGX_ROOT_PORT] = { NAMES("root-port", "root port", "root ports"), .pci = true,
			    .bridge = true },
	[HGX_SWITCH_UP] = { NAMES("switch-up", "switch upstream port", "switch upstream ports"),
			    .pci = true, .bridge = true },
	[HGX_SWITCH_DOWN] = { NAMES("switch-down", "switch downstream port",
				    "switch downstream ports"),
			      .pci = true, .bridge = true },
	[HGX_BRIDGE] = { NAMES("bridge", "PCI bridge", "PCI bridges"), .pci = true,
			 .bridge = true },
	[HGX_GPU] = { NAMES("gpu", "GPU", "GPUs"), .pci = true, .matched = true, .computes = true,
		      .counted = COUNT_ALWAYS, .column = "GPU" },
	[HGX_NIC] = { NAMES("nic", "NIC", "NICs"), .pci = true, .matched = true,
		      .counted = COUNT_ALWAYS, .column = "NIC" },
	[HGX_NVME] = { NAMES("nvme", "NVMe drive", "NVMe drives"), .pci = true, .matched = true,
		       .counted = COUNT_ALWAYS, .column = "NVME" },
	[HGX_NVSWITCH] = { NAMES("nvswitch", "NVSwitch", "NVSwitches"), .pci = true, .fabric = true,
			   .matched = true, .counted = COUNT_ALWAYS },
	[HGX_OTHER] = { NAMES("other", "device", "devices"), .pci = true },
	[HGX_NVLINK_MANAGER] = { NAMES("nvlink-manager", "NVLink manager", "NVLink managers"),
				 .pci = true, .fabric = true, .counted = COUNT_IF_ANY },
	[HGX_ACCELERATOR] = { NAMES("accelerator", "accelerator", "accelerators"), .pci = true,
			      .matched = true, .computes = true, .counted = COUNT_IF_ANY,
			      .column = "ACC" },
};

unsigned kind_count(void)
{
	return ARRAY_SIZE(kinds);
}

const struct kind *kind_of(enum hgx_kind kind)
{
	return &kinds[kind];
}

bool kind_is_device(enum hgx_kind kind)
{
	return kinds[kind].pci && !kinds[kind].bridge;
}

bool kind_computes(enum hgx_kind kind)
{
	return kinds[kind].computes;
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
