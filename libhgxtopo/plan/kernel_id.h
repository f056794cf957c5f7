/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * PCI ids for the host's kernel command line (vfio-pci.ids), which keep the chosen devices from
 * their drivers. */
#ifndef HGX_PLAN_KERNEL_ID_H
#define HGX_PLAN_KERNEL_ID_H

#include "guest/plan.h"

/** An id as vfio-pci takes it. The subsystem ids are given only where vendor and device alone
 *  would also match a device that was not chosen. */
struct id {
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	bool subsystem; /**< the subsystem ids are part of the id */
};

/** The plans whose chosen devices are held back from the host's drivers. */
struct held_back {
	struct hgx_plan *const *plans;
	size_t count;
};

/** The ids that match all devices held back, by number, each once. The caller frees @out.
 *  Fails if an id would also match a device that the host needs. */
int kernel_ids(const struct held_back *held, struct id **out, size_t *count, struct hgx_error *err);
/** Warns of each id that also matches a device which neither the host needs nor a VM gets: the
 *  host will lose its driver at the next boot. */
void kernel_notes(struct hgx_plan *plan);

#endif
