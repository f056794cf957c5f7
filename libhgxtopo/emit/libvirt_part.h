/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The parts of a libvirt domain that a plan decides. A new domain is made of them; in a base
 * domain they replace what is there. */
#ifndef HGX_EMIT_LIBVIRT_PART_H
#define HGX_EMIT_LIBVIRT_PART_H

#include "format/xml.h"
#include "guest/plan.h"
#include "guest/port.h"

enum libvirt_part {
	PART_MEMORY,
	PART_HUGEPAGES, /**< the children of <memoryBacking> */
	PART_VCPU,
	PART_IOTHREADS,
	PART_PINS, /**< the children of <cputune> */
	PART_NUMATUNE,
	PART_MEMNODES, /**< the children of <numatune> that a base domain lacks */
	PART_IOMMUFD,
	PART_IOAPIC,
	PART_CPU, /**< <cpu>, which contains the next four */
	PART_TOPOLOGY,
	PART_MAXPHYSADDR,
	PART_TOPOEXT,
	PART_NUMA,
	PART_SPARES, /**< root ports of pcie.0 for the user's devices, except those already there */
	PART_IOMMU,
	PART_COMMANDLINE, /**< the children of <qemu:commandline> */
	PART_OVERRIDE	  /**< the children of <qemu:override> */
};

/** Writes a part as lines, indented by @depth levels; "" if the plan does not need it. *@out is
 *  for hgx_text_free(); NULL on failure. */
int libvirt_part(const struct hgx_plan *plan, enum libvirt_part part, unsigned depth, char **out,
		 struct hgx_error *err);
/** Writes an element for a port. */
typedef void port_writer(struct xml *xml, const struct hgx_plan *plan, const struct port *port);
/** One port or device as text, indented. */
int libvirt_port(const struct hgx_plan *plan, port_writer *writer, const struct port *port,
		 char **out, struct hgx_error *err);
/** Writes a part into a document. */
void libvirt_write(struct xml *xml, const struct hgx_plan *plan, enum libvirt_part part);
/** Whether the plan needs the part. False if there is no memory to tell: then the document fails.
 */
bool libvirt_has(struct xml *xml, const struct hgx_plan *plan, enum libvirt_part part);

#endif
