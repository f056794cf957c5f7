/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which drivers hold the devices that VMs are to get, and what vfio-pci was told to hold. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "check/host.h"
#include "util/arena.h"
#include "model/setup.h"

/* vfio-pci, and the variants of it for some devices, such as mlx5_vfio_pci. */
static bool is_for_vms(const char *driver)
{
	return !driver || strstr(driver, "vfio") || !strcmp(driver, "pci-stub");
}

void driver_bound(struct host_check *host)
{
	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *node = host->chosen.nodes[i];

		if (!is_for_vms(node->pci->driver))
			check_add(&host->check, RULE_DRIVER_BOUND, node,
				  arena_format(&host->check.out->arena,
					       "driverctl set-override %s vfio-pci", node->name),
				  "%s: held by the driver %s", node_title(node).text,
				  node->pci->driver);
	}
}

/* Whether an id as vfio-pci takes it, "vendor:device[:subvendor:subdevice…]", is the device's. */
static bool id_matches(const char *id, const struct hgx_pci *pci)
{
	unsigned vendor, device, subvendor = 0xffffffff, subdevice = 0xffffffff;

	if (sscanf(id, "%x:%x:%x:%x", &vendor, &device, &subvendor, &subdevice) < 2)
		return false;
	return vendor == pci->vendor && device == pci->device &&
	       (subvendor == 0xffffffff || subvendor == pci->subsystem_vendor) &&
	       (subdevice == 0xffffffff || subdevice == pci->subsystem_device);
}

/* The id of the list that is the device's; NULL: none. */
static const char *find_id(const char *ids, const struct hgx_pci *pci)
{
	for (const char *id = ids; id; id = strchr(id, ',') ? strchr(id, ',') + 1 : NULL)
		if (id_matches(id, pci))
			return id;
	return NULL;
}

void driver_ids(struct host_check *host)
{
	const struct setup *setup = host->host->setup;

	if (!setup || !setup->vfio_ids)
		return;
	for (const struct hgx_node *node = host->host->root; node;
	     node = node_next(host->host->root, node)) {
		const char *id = node->pci && node->pci->host_use ?
					 find_id(setup->vfio_ids, node->pci) :
					 NULL;

		if (id)
			check_add(&host->check, RULE_VFIO_IDS_HOST, node, NULL,
				  "%s: vfio-pci is told %.*s, but the host needs it (%s)",
				  node_title(node).text, (int)strcspn(id, ","), id,
				  node->pci->host_use);
	}
}
