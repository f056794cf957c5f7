/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The versions of libvirt whose rules were measured: each defined thousands of random
 * domains, as Debian (9.0, 11.3, 12.8) and Ubuntu package it, with the QEMU of the same
 * release (7.2, 8.2, 9.2, 10.0, 10.1, 10.2, 11.0, 11.1). A rule may have appeared
 * anywhere between the version that has it here and the one before: libvirt's release
 * notes do not mention them. */
#include "domain/ruleset.h"
#include "util/macros.h"
#include "guest/version.h"

static const struct ruleset rulesets[] = {
	{ VERSION(9, 0), 0 },
	{ VERSION(10, 0), 0 },
	{ VERSION(11, 0), ADDS_IN_ORDER },
	{ VERSION(11, 3), ADDS_IN_ORDER },
	{ VERSION(11, 6), ADDS_IN_ORDER },
	{ VERSION(12, 0), ADDS_IN_ORDER | PORT_FOR_BRIDGE },
	{ VERSION(12, 6), ADDS_IN_ORDER | PORT_FOR_BRIDGE | PORT_FOR_NVME | SCSI_SAME_MODEL },
	{ VERSION(12, 8), ADDS_IN_ORDER | PORT_FOR_BRIDGE | PORT_FOR_NVME | SCSI_SAME_MODEL },
};

const struct ruleset *ruleset_of(unsigned libvirt)
{
	size_t i = ARRAY_SIZE(rulesets) - 1;

	while (i && rulesets[i].version > libvirt)
		i--;
	return &rulesets[i];
}
