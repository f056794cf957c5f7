/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a libvirt domain that a plan decides. A new domain is made of them; in a base
 * domain they replace what is there. */
#ifndef HGX_EMIT_LIBVIRT_PART_H
#define HGX_EMIT_LIBVIRT_PART_H

#include "format/xml.h"
#include "guest/plan.h"

enum libvirt_part {
	PART_MEMORY,
	PART_HUGEPAGES,
	PART_VCPU,
	PART_IOTHREADS,
	PART_PINS, /* the children of <cputune> */
	PART_NUMATUNE,
	PART_MEMNODES, /* of it, those that a base domain lacks */
	PART_IOAPIC,
	PART_CPU,
	PART_TOPOLOGY,
	PART_MAXPHYSADDR,
	PART_TOPOEXT,
	PART_NUMA,
	PART_SPARES, /* root ports of pcie.0 that are not the user's */
	PART_MIRROR, /* expander buses, ports, assigned devices */
	PART_IOMMU,
	PART_COMMANDLINE, /* the children of <qemu:commandline> */
	PART_OVERRIDE	  /* the children of <qemu:override> */
};

/* As text, indented; empty where the plan has nothing to say. */
int libvirt_part(const struct hgx_plan *plan, enum libvirt_part part, unsigned depth, char **out,
		 struct hgx_error *err);
void libvirt_write(struct xml *xml, const struct hgx_plan *plan, enum libvirt_part part);
bool libvirt_has(const struct hgx_plan *plan, enum libvirt_part part);

#endif
