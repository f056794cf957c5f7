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

const struct hgx_node *kernel_id_caught(const struct held_back *held, const struct id *id);
struct id kernel_id_of(const struct held_back *held, const struct hgx_pci *pci);
bool kernel_id_same(const struct id *a, const struct id *b);
void kernel_notes(struct hgx_plan *plan);

#endif
