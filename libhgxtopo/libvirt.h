/* The parts of a libvirt domain that a plan decides. A new domain is made of them; in a base
 * domain they replace what is there. */
#ifndef HGX_LIBVIRT_H
#define HGX_LIBVIRT_H

#include "plan.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

enum libvirt_part {
	PART_MEMORY,
	PART_HUGEPAGES,
	PART_VCPU,
	PART_IOTHREADS,
	PART_PINS, /* the children of <cputune> */
	PART_NUMATUNE,
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
bool libvirt_has(const struct hgx_plan *plan, enum libvirt_part part);

/* libvirt_cpu.c, libvirt_pci.c */
typedef void libvirt_writer(struct xml *xml, const struct hgx_plan *plan);
libvirt_writer write_memory, write_hugepages, write_vcpu, write_iothreads, write_pins,
	write_numatune, write_ioapic, write_cpu, write_topology, write_maxphysaddr, write_topoext,
	write_numa, write_spares, write_mirror, write_iommu, write_commandline, write_override;
bool needs_eim(const struct hgx_plan *plan);
bool needs_topoext(const struct hgx_plan *plan);

/* emit_base.c */
int emit_base(const struct hgx_plan *plan, char **out, struct hgx_error *err);

#endif
