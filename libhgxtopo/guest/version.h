/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A version is that of the libvirt, QEMU or OVMF for which a plan is written. One table says what
 * each release can do; nothing else compares versions. */
#ifndef HGX_GUEST_VERSION_H
#define HGX_GUEST_VERSION_H

#include "guest/plan.h"

/** A version as a number, as libvirt writes it: 1000000 * major + 1000 * minor + release. */
#define VERSION(major, minor) (1000000u * (major) + 1000u * (minor))

/** Sets the plan's versions from its options, from the host, or from the defaults (libvirt 9.0,
 *  QEMU 7.2, OVMF 2022.11), and refuses those that are too old. */
int plan_versions(struct hgx_plan *plan, struct hgx_error *err);
/** Sets the version of libvirt only, and accepts any. @wanted may be NULL. */
int plan_libvirt(struct hgx_plan *plan, const char *wanted, struct hgx_error *err);
/** Sets the version of QEMU only, likewise. */
int plan_qemu(struct hgx_plan *plan, const char *wanted, struct hgx_error *err);
/** Sets the version of OVMF only. */
int plan_ovmf(struct hgx_plan *plan, struct hgx_error *err);

enum flaw {
	FLAW_PORTS_TAKE_IO,    /**< with many hot-pluggable ports, devices get no BARs */
	FLAW_SMALL_WINDOW,     /**< the 64-bit window of OVMF never has more than 32 GiB */
	FLAW_SLOW_PORTS,       /**< root ports have at most 16 GT/s */
	FLAW_IOMMUFD_NO_PEERS, /**< through iommufd, devices cannot reach each other's BARs */
};
/** Whether QEMU or OVMF still has it in the plan's versions. */
bool version_has_flaw(const struct hgx_plan *plan, enum flaw flaw);
/** Whether libvirt has <os><firmware><feature>. */
bool version_has_firmware_features(const struct hgx_plan *plan);
/** Whether libvirt has to be told that the firmware keeps variables. */
bool version_asks_for_variables(const struct hgx_plan *plan);
/** Whether libvirt and QEMU have dies in the CPU topology. */
bool version_has_dies(const struct hgx_plan *plan);
/** Whether ports have hotplug='off'. Without it, QEMU's -global pcie-root-port.io-reserve=0
 *  keeps OVMF from running out of IO space. */
bool version_has_hotplug_off(const struct hgx_plan *plan);
/** Whether libvirt has the attribute migratable of <cpu>. */
bool version_has_migratable(const struct hgx_plan *plan);
/** Whether libvirt has <maxphysaddr>. */
bool version_has_maxphysaddr(const struct hgx_plan *plan);
/** Whether libvirt takes interrupt remapping only beside <ioapic driver='qemu'/>. */
bool version_wants_ioapic(const struct hgx_plan *plan);
/** Whether libvirt has <qemu:override>. */
bool version_has_override(const struct hgx_plan *plan);
/** Whether the guest sees the host's address bits; otherwise it sees 40. */
bool version_shows_host_bits(const struct hgx_plan *plan);
/** Whether QEMU moves RAM out of the range that AMD reserves for HyperTransport. */
bool version_moves_ram(const struct hgx_plan *plan);
/** Whether QEMU's memory backends have prealloc-threads. */
bool version_has_prealloc_threads(const struct hgx_plan *plan);
/** Whether QEMU's Intel IOMMU can be told to remap interrupts only. */
bool version_turns_dma_off(const struct hgx_plan *plan);
/** Whether libvirt can tell it so. */
bool version_has_dma_translation(const struct hgx_plan *plan);
/** Whether devices can be assigned through iommufd. */
bool version_has_iommufd(const struct hgx_plan *plan);
/** Whether libvirt has <iommufd>: all devices of a domain at once. */
bool version_has_iommufd_default(const struct hgx_plan *plan);

struct version_text {
	char text[36];
};
/** "8.2", or "8.2.1". */
struct version_text version_text(unsigned version);
/** What a VM on a host of that architecture would need, and since when it exists: "" or the rest of
 * a sentence. */
const char *version_arm64(const char *arch);
/** Adds a finding for each thing that the versions lack for this plan. */
void version_notes(struct hgx_plan *plan);
/** The most vCPUs that a q35 of this QEMU can have. */
unsigned plan_max_vcpus(const struct hgx_plan *plan);
/** The fastest x-speed of QEMU's pcie-root-port ("16") that is at most @speed (MT/s per lane);
 *  NULL if there is none. */
const char *plan_port_speed(const struct hgx_plan *plan, uint32_t speed);
/** What such a text stands for, in MT/s; 0 for any other. */
uint32_t port_speed_of(const char *text);

#endif
