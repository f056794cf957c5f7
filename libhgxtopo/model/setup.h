/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How a host is set up for VMs, beside its devices: what a check wants to know and no plan needs.
 * It is read with the host and is not in its JSON. */
#ifndef HGX_MODEL_SETUP_H
#define HGX_MODEL_SETUP_H

#include "hgxtopo.h"

/** Where a value is enum hgx_known, HGX_UNKNOWN means that the capture does not tell. */
struct setup {
	int virtualizes;      /**< the processor has VT-x or AMD-V, and the firmware leaves it on */
	int guest;	      /**< the machine is itself a virtual machine */
	int kvm;	      /**< /dev/kvm exists */
	int qemu, libvirt;    /**< the program is there, whatever its version */
	int ovmf;	      /**< a UEFI for guests is there */
	const char *cmdline;  /**< of the running kernel; NULL unknown */
	const char *vfio_ids; /**< all that vfio-pci was told, separated by commas; NULL: none */
	const char *iommu; /**< how the host's own devices use it: "identity", "DMA", "DMA-FQ"; NULL
			    * unknown */
};

#endif
