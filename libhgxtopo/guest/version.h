/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HGX_GUEST_VERSION_H
#define HGX_GUEST_VERSION_H

#include "guest/plan.h"

/* Versions as libvirt writes them in a number: 1000000 * major + 1000 * minor + release. */
#define VERSION(major, minor) (1000000u * (major) + 1000u * (minor))
int plan_versions(struct hgx_plan *plan, struct hgx_error *err);
/* Only that of libvirt, any; @wanted may be NULL. */
int plan_libvirt(struct hgx_plan *plan, const char *wanted, struct hgx_error *err);
bool version_has_firmware_features(const struct hgx_plan *plan); /* <os><firmware> */
bool version_has_dies(const struct hgx_plan *plan);
/* On ports; else QEMU's -global pcie-root-port.io-reserve=0 keeps OVMF's IO space free. */
bool version_has_hotplug_off(const struct hgx_plan *plan);
bool version_has_migratable(const struct hgx_plan *plan); /* of <cpu> */
bool version_has_maxphysaddr(const struct hgx_plan *plan);
bool version_has_override(const struct hgx_plan *plan);	   /* <qemu:override> */
bool version_shows_host_bits(const struct hgx_plan *plan); /* of addresses; else 40 */
bool version_moves_ram(const struct hgx_plan *plan);	   /* out of AMD's HyperTransport range */
bool version_has_prealloc_threads(const struct hgx_plan *plan);
struct version_text {
	char text[36];
};
struct version_text version_text(unsigned version); /* "8.2", "8.2.1" */
void version_notes(struct hgx_plan *plan);	    /* what the versions lack for this plan */
unsigned plan_most_vcpus(const struct hgx_plan *plan);
/* What pcie-root-port's x-speed takes for a link ("16"); NULL: nothing near it. */
const char *plan_port_speed(const struct hgx_plan *plan, uint32_t speed);

#endif
