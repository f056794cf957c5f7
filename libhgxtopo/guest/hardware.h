/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hardware of a guest beside its cells, vCPUs and ports. plan/hardware.c decides it; the
 * emitters spell what they find here, and ask neither a version nor the host.
 *
 * libvirt's and QEMU's emitter describe the same guest. They differ on purpose where a user of
 * QEMU is without libvirt: memory is touched at the start, by as many threads as the cell says,
 * and huge pages come from memfd, which needs no mount; ports get the chassis, slot and port
 * numbers that libvirt would give them; nothing is pinned, since QEMU has no argument for it;
 * and there is no console, which could not be taken away by appending. */
#ifndef HGX_GUEST_HARDWARE_H
#define HGX_GUEST_HARDWARE_H

#include <stdbool.h>

struct hardware {
	const char *vendor; /* of the processor, by CPUID: "AuthenticAMD"; NULL: unknown */
	bool amd;

	/* APIC ids above 254: an IOMMU of Intel's with interrupt remapping and extended
	 * interrupt mode, and with caching mode, without which assigned devices do not work
	 * behind it; the I/O APIC is then QEMU's, not KVM's. */
	bool large_apic_ids;
	/* The CPU feature: QEMU leaves it out of "host", and without it the guest of an AMD host
	 * sees no SMT siblings. */
	bool topoext;

	/* No port can hot-plug: OVMF before edk2-stable202308 reserves IO space for each that
	 * can, runs out of it, and leaves every device without BARs. Where the versions cannot
	 * say so, no root port reserves any. */
	bool hotplug_off, io_reserve_off;

	/* What the libvirt that the plan is for has an element for. QEMU's arguments can say it
	 * all in every version that is planned for; they name the firmware by its file. */
	struct {
		bool firmware_features; /* <os><firmware><feature> */
		bool dies;		/* <topology dies=''> */
		bool migratable;	/* <cpu migratable=''> */
		bool address_bits;	/* <maxphysaddr>: the guest has as many as the host */
		bool properties;	/* <qemu:override>: of a port's link, cliques */
	} libvirt;
};

#endif
