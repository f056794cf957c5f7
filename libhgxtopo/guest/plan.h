/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A plan: the devices, CPUs and memory that one virtual machine gets, and how its guest is
 * laid out.
 *
 * hgx_plan_new() fills it part by part (plan/plan.c). Its arrays and strings live in its arena.
 * NUMA nodes of the guest are called cells; vCPUs and VMs are counted from 0. */
#ifndef HGX_GUEST_PLAN_H
#define HGX_GUEST_PLAN_H

#include "model/topo.h"
#include "util/cpulist.h"
#include "util/words.h"
#include "guest/hardware.h"

/** Root ports on pcie.0, at the lowest controller indexes, for the user's disks and networks. */
#define SPARE_PORTS 8
/** The first slot of pcie.0 for expander buses. */
#define FIRST_EXPANDER_SLOT 2
#define MAX_EXPANDERS 28

/** Distances between NUMA nodes, in the units of ACPI's SLIT (ACPI 6.5, 5.2.17). */
enum {
	SLIT_SELF = 10,	 /**< from a node to itself */
	SLIT_OTHER = 20, /**< to another, if the firmware gives none: QEMU's and Linux's default */
	SLIT_MAX = 255
};

/** A NUMA node of the guest, bound to one of the host. */
struct cell {
	const struct hgx_node *host; /**< NULL in a domain that is read */
	const uint32_t *distances;   /**< to each cell, as the guest sees them; NULL if unknown */
	uint64_t memory;	     /**< bytes */
	uint64_t modules;	     /**< bytes of @memory that are memory modules of the domain */
	uint32_t first_vcpu, vcpus;  /**< of a cell that the plan lays out */
	uint32_t cores;		     /**< of the host node, with the reserved ones */
	uint32_t reserved;	     /**< cores that stay with the host */
	unsigned prealloc_threads;   /**< with which QEMU touches the memory; 0: QEMU's default */
};

/** What a node of a planned guest has in addition. */
struct guest_node {
	const struct hgx_node *host; /**< hgx_plan_host_of() */
};

/** How a NUMA node is divided: each of these GPUs owns an equal part, in this order. */
struct sharers {
	const struct hgx_node *numa, *package;
	const struct hgx_node **gpus;
	size_t count;
};

/** What became of a PCI function of the host. */
struct verdict {
	const struct hgx_node *node;
	struct hgx_verdict told; /**< hgx_plan_verdict() */
};

/** Which VM gets which GPU, and with it which part of the machine (plan/share.c). */
struct share {
	const struct hgx_node **gpus;  /**< of all VMs, by NUMA node and address */
	const struct hgx_node **homes; /**< the NUMA node of each GPU; NULL if unknown */
	unsigned *owners;	       /**< the VM of each GPU */
	size_t count;		       /**< of GPUs */
	unsigned vm, vms;	       /**< this plan's VM, and how many there are */
	bool dealt;   /**< the other VMs are known, or those of all partitions: what is not this
		       *   VM's may be theirs */
	bool apart;   /**< the VM has the GPUs that are named, and is planned by itself: each other
		       *   GPU has an owner of its own, whoever that is */
	bool divided; /**< cores and memory are divided by GPU */
	bool whole_cores, whole_memory; /**< but not those of this VM, which is planned apart */
	bool equal;			/**< every VM gets the same */
	struct sharers *nodes;		/**< of each usable NUMA node; NULL: not divided */
	size_t node_count;
};

/** Versions that the plan is for, as numbers: guest/version.h. */
struct versions {
	unsigned libvirt, qemu, ovmf;
};

struct hgx_plan {
	struct arena arena;
	struct findings findings;
	const struct hgx_topo *host; /**< borrowed */
	struct hgx_topo *guest;	     /**< owned */
	const char *name;
	struct hgx_plan_options options; /**< its texts are borrowed until hgx_plan_new() returns */
	struct versions versions;
	struct hardware hardware;
	struct share share;

	struct base *base;		/**< the user's domain; NULL if none */
	const struct hgx_node **chosen; /**< devices of this VM, by address */
	size_t chosen_count;
	const struct hgx_node **others; /**< devices that go to the other VMs */
	size_t other_count;
	struct verdict *verdicts; /**< by address */
	size_t verdict_count;

	struct cell *cells;
	size_t cell_count;
	bool tell_distances; /**< write the distances of the cells; otherwise QEMU's defaults apply
			      */
	struct hgx_vcpu *vcpus;
	const struct hgx_node *
		*vcpu_hosts; /**< CPU each is pinned to; NULL in a domain that is read */
	const struct hgx_node **vcpu_nodes; /**< what a domain says: the NUMA node of the host that
					     *   each is pinned to; NULL where it is none */
	const struct hgx_node **cell_nodes; /**< and the one that each cell is on, likewise */
	bool only_pci;	    /**< nothing of the base domain changes but PCI places */
	bool without_cells; /**< of a domain that is read: its one cell is not in the XML */
	size_t vcpu_count;
	unsigned sockets, dies, cores, threads; /**< dies per socket, cores per die, and so on */
	struct cpuset reserved; /**< host CPUs for QEMU's own threads: no vCPU of another VM is on
				 *   one, and none of this VM unless `beside_vcpus` is set */
	bool beside_vcpus; /**< no core is left to the host: they are those of the first core */
	unsigned iothreads;
	const uint32_t *iothread_ids;

	uint64_t page_size;	   /**< bytes of a huge page; 0: normal pages */
	const char *memory_access; /**< of the base domain's cells; NULL if not given */
	const char *pages_used;	   /**< a sentence if huge pages in use keep the VM from starting */
	const struct hgx_node *pages_node; /**< the NUMA node of these pages */
	uint64_t window;	/**< bytes of the 64-bit window to ask OVMF for; 0: its default */
	struct port *root;	/**< pcie.0, with the spare ports */
	struct port *expanders; /**< the first expander bus; the others follow by port->next */
};

/** Bytes of all cells. */
uint64_t plan_memory_size(const struct hgx_plan *plan);
/** The option that sets the memory; OPTION_NONE if it is not set. */
enum option_id plan_memory_option(const struct hgx_plan *plan);
/** The name of that option; of OPTION_MEMORY if none is set. */
struct option_text plan_memory_name(const struct hgx_plan *plan);
/** The name of an option in the words of the plan's caller. */
struct option_text plan_option(const struct hgx_plan *plan, enum option_id option);
/** A flag that is set, in the words of the plan's caller: "uneven = 1", or "--uneven". */
struct option_text plan_flag(const struct hgx_plan *plan, enum option_id option);
/** Says that plan->reserved are the CPUs of the VM's own first core. */
void plan_beside_vcpus(struct hgx_plan *plan);
/** Whether this VM gets the device. */
bool plan_chose(const struct hgx_plan *plan, const struct hgx_node *node);
/** Whether another VM gets the device. */
bool plan_leaves(const struct hgx_plan *plan, const struct hgx_node *node);
/** Refuses if the VM cannot start now because its huge pages are in use. It may itself be running
 * on them. */
int plan_can_start(const struct hgx_plan *plan, struct hgx_error *err);
/** Refuses unless there is at least one plan and all are of one host. */
int plans_check(struct hgx_plan *const *plans, size_t count, struct hgx_error *err);
/** Adds a finding. @node and @remedy may be NULL; the text is copied. */
void plan_note(struct hgx_plan *plan, enum rule_id rule, enum hgx_severity severity,
	       const struct hgx_node *node, const char *remedy, const char *format, ...)
	PRINTF(6, 7);

#endif
