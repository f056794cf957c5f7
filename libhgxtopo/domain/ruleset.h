/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How libvirt completes a domain that leaves things open, as far as its versions differ. */
#ifndef HGX_DOMAIN_RULESET_H
#define HGX_DOMAIN_RULESET_H

/* Without them: at the end of the list; behind a bridge; refused; lsilogic. */
enum {
	ADDS_IN_ORDER = 1 << 0,	  /* a controller it adds goes among its type, by index */
	PORT_FOR_BRIDGE = 1 << 1, /* a pcie-to-pci-bridge that finds no port gets a new one */
	PORT_FOR_NVME = 1 << 2,	  /* an NVMe controller goes to a PCIe port */
	SCSI_ALIKE = 1 << 3 /* a SCSI controller without a model has that of the first with one */
};

struct ruleset {
	unsigned version; /* measured with this version, as VERSION() writes it */
	unsigned rules;
};

/* Of the newest measured version that is not newer than @libvirt; that of the oldest for all
 * that are older. */
const struct ruleset *ruleset_of(unsigned libvirt);

#endif
