/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan: what one virtual machine gets, how it is laid out, and what it will look like. */
#ifndef HGX_GUEST_PLAN_H
#define HGX_GUEST_PLAN_H

#include "model/topo.h"
#include "util/cpulist.h"
#include "util/words.h"
#include "guest/hardware.h"

/* On pcie.0, at the lowest controller indexes, for the user's own disks and networks. */
#define SPARE_PORTS 8
/* Slots of pcie.0 the expander buses sit in. */
#define FIRST_EXPANDER_SLOT 2
#define MAX_EXPANDERS 28

/* Distances between NUMA nodes, in the units of ACPI's SLIT (ACPI 6.5, 5.2.17): from a node to
 * itself; to others, where the firmware tells none (QEMU's and Linux's default); the most. */
enum { SLIT_SELF = 10, SLIT_OTHER = 20, SLIT_MOST = 255 };

/* A cell: a NUMA node of the guest, bound to one of the host. */
struct cell {
	const struct hgx_node *host; /* NULL: of a domain that is read, not of a plan */
	const uint32_t *distances;   /* to each cell, as the guest sees them; NULL: unknown */
	uint64_t memory;	     /* bytes */
	uint64_t modules;	     /* bytes of it that are memory modules of a base domain */
	uint32_t first_vcpu, vcpus;  /* of a cell that the plan lays out */
	uint32_t cores;		     /* of the host node, before the reservation */
	uint32_t reserved;
	unsigned prealloc_threads; /* of QEMU, to touch the memory at the start; 0: not said */
};

/* Beside a node of a planned guest. */
struct guest_node {
	const struct hgx_node *host;
};

/* How a NUMA node is divided: each of the GPUs that share it owns an equal part, in order. */
struct sharers {
	const struct hgx_node *numa, *package;
	const struct hgx_node **gpus;
	size_t count;
};

/* What became of a PCI function of the host. */
struct verdict {
	const struct hgx_node *node;
	struct hgx_verdict told;
};

/* Who gets which GPU, and with them which part of the machine (share.c). */
struct share {
	const struct hgx_node **gpus;  /* of all VMs, by NUMA node and address */
	const struct hgx_node **homes; /* the node each works with; NULL: unknown */
	unsigned *owners;	       /* the VM of each, from 0 */
	size_t count;
	unsigned vm, vms;      /* this plan's VM, from 0 */
	bool divided;	       /* cores and memory are divided by GPU */
	bool equal;	       /* every VM gets the same */
	struct sharers *nodes; /* of each usable NUMA node; NULL: not divided */
	size_t node_count;
};

struct versions {
	unsigned libvirt, qemu, ovmf;
};

struct hgx_plan {
	struct arena arena;
	struct findings findings;
	const struct hgx_topo *host;
	struct hgx_topo *guest;
	const char *name;
	struct hgx_plan_options options; /* its texts are borrowed until hgx_plan_new() ends */
	struct versions versions;
	struct hardware hardware;
	struct share share;
	struct base *base;		/* the user's domain; NULL: none */
	const struct hgx_node **chosen; /* by address */
	size_t chosen_count;
	const struct hgx_node **others; /* that go to the other VMs */
	size_t other_count;
	struct verdict *verdicts; /* by address */
	size_t verdict_count;
	struct cell *cells;
	size_t cell_count;
	bool tell_distances; /* write those of the cells; else the guest has the defaults */
	struct hgx_vcpu *vcpus;
	const struct hgx_node **vcpu_hosts; /* pinned to; NULL: unknown, in a domain that is read */
	size_t vcpu_count;
	unsigned sockets, dies, cores, threads; /* dies per socket, cores per die, … */
	struct cpuset reserved; /* host CPUs for QEMU's own threads: left over, and no VM's */
	unsigned iothreads;
	const uint32_t *iothread_ids;
	uint64_t page_size;	   /* of huge pages; 0: none */
	const char *memory_access; /* of the cells of the base domain; NULL: not said */
	const char *pages_used;	   /* why the VM cannot start now: its pages are in use; or NULL */
	const struct hgx_node *pages_node; /* where they are */
	uint64_t window;	/* bytes to ask of OVMF as 64-bit window; 0: its own choice does */
	struct port *root;	/* pcie.0, with the spare ports */
	struct port *expanders; /* linked by next */
};

uint64_t plan_memory_size(const struct hgx_plan *plan); /* bytes, of all cells */
/* The option that gives the memory; OPTION_NONE if none does. */
enum option_id plan_memory_option(const struct hgx_plan *plan);
/* It in words, that of the whole guest if none does. */
struct option_text plan_memory_name(const struct hgx_plan *plan);
/* An option in the words of the plan's caller. */
struct option_text plan_option(const struct hgx_plan *plan, enum option_id option);
struct option_text plan_flag(const struct hgx_plan *plan, enum option_id option); /* being set */
bool plan_chose(const struct hgx_plan *plan, const struct hgx_node *node);
/* Whether the VM could be started now: it or another may run on its huge pages. */
int plan_can_start(const struct hgx_plan *plan, struct hgx_error *err);
/* At least one, and all of one host. */
int plans_check(struct hgx_plan *const *plans, size_t count, struct hgx_error *err);
bool plan_leaves(const struct hgx_plan *plan, const struct hgx_node *node); /* to another VM */
void plan_note(struct hgx_plan *plan, enum rule_id rule, enum hgx_severity severity,
	       const struct hgx_node *node, const char *remedy, const char *format, ...)
	PRINTF(6, 7);

#endif
