/* A plan: what one virtual machine gets, how it is laid out, and what it will look like. */
#ifndef HGX_PLAN_H
#define HGX_PLAN_H

#include "internal.h"

/* QEMU 7.2's q35 takes no more (hw/i386/pc_q35.c, max_cpus). */
#define MOST_VCPUS 288
/* On pcie.0, at the lowest controller indexes, for the user's own disks and networks. */
#define SPARE_PORTS 8
/* Slots of pcie.0 the expander buses sit in. */
#define FIRST_EXPANDER_SLOT 2
#define MOST_EXPANDERS 28

/* A cell: a NUMA node of the guest, bound to one of the host. */
struct cell {
	const struct hgx_node *host;
	uint64_t memory; /* bytes */
	uint32_t first_vcpu, vcpus;
	uint32_t cores; /* of the host node, before the reservation */
	uint32_t reserved;
};

struct vcpu {
	const struct hgx_node *host;
	uint32_t cell, socket, core, thread; /* core: within its socket */
};

/* A node of the guest's PCIe tree. */
struct port {
	enum hgx_kind kind;	     /* HGX_HOST_BRIDGE: pcie.0 or an expander bus */
	const struct hgx_node *host; /* what it stands for; NULL: nothing */
	const char *alias;
	struct port *parent, *first, *last, *next;
	int cell;		 /* of an expander bus; -1: no NUMA node */
	unsigned slot, function; /* where it sits; of an expander bus: on pcie.0 */
	bool multifunction;
	unsigned index;	    /* of its libvirt controller */
	unsigned bus;	    /* the number of the bus it sits on */
	unsigned secondary; /* the number of the bus below it */
	const struct hgx_node *guest;
};

/* Beside a node of a planned guest. */
struct guest_node {
	const struct hgx_node *host;
};

struct hgx_plan {
	struct arena arena;
	struct findings findings;
	const struct hgx_topo *host;
	struct hgx_topo *guest;
	const char *name;
	const struct hgx_node **chosen; /* by address */
	size_t chosen_count;
	struct cell *cells;
	size_t cell_count;
	struct vcpu *vcpus;
	size_t vcpu_count;
	unsigned sockets, cores, threads; /* cores per socket, threads per core */
	struct cpuset reserved; /* host CPUs beside the pinned ones, on the cells' nodes */
	struct port *root;	/* pcie.0, with the spare ports */
	struct port *expanders; /* linked by next */
};

/* Each fills its part of the plan from the parts before it. */
int select_devices(struct hgx_plan *plan, struct hgx_error *err);
int plan_cpu(struct hgx_plan *plan, const struct hgx_plan_options *options, struct hgx_error *err);
int plan_memory(struct hgx_plan *plan, const struct hgx_plan_options *options,
		struct hgx_error *err);
int plan_pcie(struct hgx_plan *plan, struct hgx_error *err);
int plan_address(struct hgx_plan *plan, struct hgx_error *err);
int plan_guest(struct hgx_plan *plan, struct hgx_error *err);
void kernel_notes(struct hgx_plan *plan); /* emit_kernel.c */

bool plan_chose(const struct hgx_plan *plan, const struct hgx_node *node);
/* The highest APIC ID of the guest: each level is rounded up to a power of two. */
unsigned plan_highest_apic_id(const struct hgx_plan *plan);
/* The ports of one tree, parents first; NULL starts and ends. */
struct port *port_next(const struct port *top, const struct port *port);
void note(struct hgx_plan *plan, const char *rule, enum hgx_severity severity,
	  const struct hgx_node *node, const char *remedy, const char *format, ...) PRINTF(6, 7);

#endif
