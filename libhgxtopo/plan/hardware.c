/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Properties of the guest's processor, and the elements and properties that the installed
 * versions of libvirt and QEMU support. */
#include <stdbool.h>
#include <string.h>
#include "plan/hardware.h"
#include "model/topo.h"
#include "guest/apic.h"
#include "guest/plan.h"
#include "guest/version.h"
#include "domain/base.h"

#define MAX_PREALLOC_THREADS 16u

/* The first vCPU's package speaks for all: the packages of a host are of one vendor. */
static const char *vendor_of(const struct hgx_plan *plan)
{
	const struct hgx_node *node = plan->vcpu_hosts[0];

	while (node && !node->processor)
		node = node->parent;
	return node ? node->processor->vendor : NULL;
}

static void find_processor(struct hgx_plan *plan)
{
	struct hardware *hardware = &plan->hardware;

	hardware->vendor = vendor_of(plan);
	hardware->amd = hardware->vendor && !strcmp(hardware->vendor, "AuthenticAMD");
	hardware->large_apic_ids = needs_eim(plan);
	hardware->dma_off = hardware->large_apic_ids && version_turns_dma_off(plan);
	hardware->topoext = hardware->amd && plan->threads > 1;
}

static void find_elements(struct hgx_plan *plan)
{
	struct hardware *hardware = &plan->hardware;

	hardware->hotplug_off = version_has_hotplug_off(plan);
	hardware->io_reserve_off = !hardware->hotplug_off;
	hardware->libvirt.firmware_features = version_has_firmware_features(plan);
	hardware->libvirt.variables = version_asks_for_variables(plan);
	hardware->libvirt.dies = version_has_dies(plan);
	hardware->libvirt.migratable = version_has_migratable(plan);
	hardware->libvirt.address_bits = version_has_maxphysaddr(plan);
	hardware->libvirt.properties = version_has_override(plan);
	hardware->libvirt.iommufd_default = version_has_iommufd_default(plan);
	hardware->libvirt.dma_off = hardware->dma_off && version_has_dma_translation(plan);
}

/* A single thread would take long to touch the memory of a cell. */
static void find_prealloc_threads(struct hgx_plan *plan)
{
	if (!version_has_prealloc_threads(plan))
		return;
	for (size_t i = 0; i < plan->cell_count; i++) {
		struct cell *cell = &plan->cells[i];

		cell->prealloc_threads = cell->vcpus < MAX_PREALLOC_THREADS ? cell->vcpus :
									      MAX_PREALLOC_THREADS;
	}
}

int plan_hardware(struct hgx_plan *plan, struct hgx_error *err)
{
	(void)err;
	find_processor(plan);
	find_elements(plan);
	plan->hardware.iommufd = plan->options.iommufd || base_uses_iommufd(plan);
	find_prealloc_threads(plan);
	return HGX_OK;
}
