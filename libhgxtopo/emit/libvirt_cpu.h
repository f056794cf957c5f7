/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * CPUs, memory and their pins as elements of a libvirt domain. */
#ifndef HGX_EMIT_LIBVIRT_CPU_H
#define HGX_EMIT_LIBVIRT_CPU_H

#include "format/xml.h"
#include "guest/plan.h"

/** Writes one part of the domain (enum libvirt_part), or nothing if the plan does not need it. */
typedef void libvirt_writer(struct xml *xml, const struct hgx_plan *plan);

libvirt_writer write_memory, write_hugepages, write_vcpu, write_iothreads, write_pins,
	write_numatune, write_memnodes, write_ioapic, write_cpu, write_topology, write_maxphysaddr,
	write_topoext, write_numa, write_iommu;

#endif
