/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which ids on the host's kernel command line keep the chosen devices from their drivers. */
#ifndef HGX_KERNEL_ID_H
#define HGX_KERNEL_ID_H

#include "guest/plan.h"

/* The ids parameter also takes subsystem ids: where the plain id would catch a device that
 * was not chosen, they may tell the two apart. */
struct id {
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	bool subsystem;
};

/* The devices that are held for VMs: those of all plans. */
struct held_back {
	struct hgx_plan *const *plans;
	size_t count;
};

/* The ids that keep all of them from their drivers, by number, each once; malloc. Refused if
 * one would also catch a device that the host needs. */
int kernel_ids(const struct held_back *held, struct id **out, size_t *count, struct hgx_error *err);
void kernel_notes(struct hgx_plan *plan);

#endif
