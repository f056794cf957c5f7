/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How libvirt completes a domain: the rules in which its versions differ. */
#ifndef HGX_DOMAIN_RULESET_H
#define HGX_DOMAIN_RULESET_H

/** Rules of newer versions. The comments also say what versions without the rule do. */
enum {
	ADDS_IN_ORDER = 1 << 0,	  /**< lists an added controller among its type, by index; else at
				   *   the end */
	PORT_FOR_BRIDGE = 1 << 1, /**< adds a port for a pcie-to-pci-bridge that finds none; else
				   *   refuses the domain */
	PORT_FOR_NVME = 1 << 2,	  /**< puts an NVMe controller on a PCIe port; else behind a bridge
				   *   for conventional devices */
	SCSI_SAME_MODEL = 1 << 3  /**< gives a SCSI controller without a model that of the first
				   *   with one; else lsilogic */
};

struct ruleset {
	unsigned version; /**< the version that was measured, as VERSION() encodes it */
	unsigned rules;
};

/** The rules of the newest measured version up to @libvirt; those of the oldest one for any
 *  version before it. */
const struct ruleset *ruleset_of(unsigned libvirt);

#endif
