/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What QEMU emulates for a guest besides cells, vCPUs and ports.
 *
 * plan/hardware.c decides it. The emitters spell what they find here and look at neither
 * versions nor the host.
 *
 * The emitters for libvirt and for QEMU describe the same guest. They differ only where someone
 * who starts QEMU without libvirt needs something else:
 * - QEMU touches all memory at the start, with as many threads as the cell says;
 * - huge pages come from memfd, which needs no mount;
 * - ports get the chassis, slot and port numbers that libvirt would give them;
 * - nothing is pinned, because QEMU has no argument for it;
 * - there is no console, because appended arguments could not remove it. */
#ifndef HGX_GUEST_HARDWARE_H
#define HGX_GUEST_HARDWARE_H

#include <stdbool.h>

struct hardware {
	const char *vendor; /**< of the processor, by CPUID: "AuthenticAMD"; NULL if unknown */
	bool amd;

	/** The guest has APIC ids above 254. It gets an Intel IOMMU with interrupt remapping and
	 *  extended interrupt mode, and with caching mode, which assigned devices behind it need.
	 *  The I/O APIC is then QEMU's, not KVM's. */
	bool large_apic_ids;
	/** The CPU feature. QEMU leaves it out of "host", and the guest of an AMD host sees no
	 *  SMT siblings without it. */
	bool topoext;

	/** No port can hot-plug. OVMF before edk2-stable202308 reserves IO space for each port that
	 *  can, runs out of it, and leaves every device without BARs. */
	bool hotplug_off;
	/** No root port reserves IO space: for versions that cannot turn hot-plug off. */
	bool io_reserve_off;

	/** Devices are assigned through /dev/iommu, not through a container of VFIO. */
	bool iommufd;

	/** The elements that the libvirt of the plan knows. QEMU's arguments have an equivalent
	 *  in every supported version; they name the firmware by its file. */
	struct {
		bool firmware_features; /**< <os><firmware><feature> */
		bool dies;		/**< the attribute dies of <topology> */
		bool migratable;	/**< the attribute migratable of <cpu> */
		bool address_bits;	/**< <maxphysaddr>: the guest has the host's address bits */
		bool properties;	/**< <qemu:override>: links of ports, clique ids */
		bool iommufd_default;	/**< <iommufd>: the default of every device */
		bool dma_off;		/**< the attribute dma_translation of that IOMMU */
		bool variables;		/**< <loader stateless='no'/>: no firmware for AMD SEV */
	} libvirt;

	/** With large APIC ids: the IOMMU remaps interrupts only. One that also translates DMA is
	 *  used for it by many guests' kernels, and QEMU then follows every mapping of an assigned
	 *  device. */
	bool dma_off;
};

#endif
