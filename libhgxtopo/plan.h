/* A plan: what one virtual machine gets, how it is laid out, and what it will look like. */
#ifndef HGX_PLAN_H
#define HGX_PLAN_H

#include "internal.h"

/* On pcie.0, at the lowest controller indexes, for the user's own disks and networks. */
#define SPARE_PORTS 8
/* Slots of pcie.0 the expander buses sit in. */
#define FIRST_EXPANDER_SLOT 2
#define MOST_EXPANDERS 28

/* A cell: a NUMA node of the guest, bound to one of the host. */
struct cell {
	const struct hgx_node *host; /* NULL: of a domain that is read, not of a plan */
	const uint32_t *distances;   /* to each cell, of such a domain; NULL: unknown */
	uint64_t memory;	     /* bytes */
	uint32_t first_vcpu, vcpus;
	uint32_t cores; /* of the host node, before the reservation */
	uint32_t reserved;
};

struct vcpu {
	const struct hgx_node *host;		  /* NULL: unknown, in a domain that is read */
	uint32_t cell, socket, die, core, thread; /* die: within its socket, core: within its die */
};

struct pci_model; /* base.h */

/* A node of the guest's PCIe tree. With a base domain, what the user has there is in it too. */
struct port {
	enum hgx_kind kind;	     /* HGX_HOST_BRIDGE: pcie.0 or an expander bus */
	const struct hgx_node *host; /* what it stands for; NULL: nothing */
	const char *alias;
	struct port *parent, *first, *last, *next;
	bool user;			/* in the base domain, and stays there */
	int cell;			/* of an expander bus; -1: no NUMA node */
	const struct hgx_node *complex; /* of an expander bus: the host's root bus; or NULL */
	unsigned slot, function;	/* where it sits; of an expander bus: on pcie.0 */
	bool multifunction;
	bool unseen;	    /* an expander bus whose own function is in a slot without function 0 */
	unsigned index;	    /* of its libvirt controller */
	unsigned bus;	    /* the number of the bus it sits on */
	unsigned secondary; /* the number of the bus below it */
	uint32_t class_code;	       /* of a user's device, to go by its element */
	const struct pci_model *model; /* of a user's controller */
	int clique;		       /* GPUDirect clique id of a GPU; -1: none */
	const struct hgx_node *guest;
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

/* Versions as libvirt writes them in a number: 1000000 * major + 1000 * minor + release. */
#define VERSION(major, minor) (1000000u * (major) + 1000u * (minor))
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
	struct share share;
	struct base *base;		/* the user's domain; NULL: none */
	const struct hgx_node **chosen; /* by address */
	size_t chosen_count;
	const struct hgx_node **others; /* that go to the other VMs */
	size_t other_count;
	struct cell *cells;
	size_t cell_count;
	struct vcpu *vcpus;
	size_t vcpu_count;
	unsigned sockets, dies, cores, threads; /* dies per socket, cores per die, … */
	struct cpuset reserved; /* host CPUs for QEMU's own threads: left over, and no VM's */
	unsigned iothreads;
	uint64_t page_size;	/* of huge pages; 0: none */
	const char *pages_used; /* why the VM cannot start now: its pages are in use; or NULL */
	uint64_t window;	/* bytes to ask of OVMF as 64-bit window; 0: its own choice does */
	struct port *root;	/* pcie.0, with the spare ports */
	struct port *expanders; /* linked by next */
};

/* Each fills its part of the plan from the parts before it. */
int plan_versions(struct hgx_plan *plan, struct hgx_error *err); /* version.c */
int base_read(struct hgx_plan *plan, struct hgx_error *err);
bool base_is_bios(const struct hgx_plan *plan);
/* How the cells of the base domain share memory, as virtiofs needs it; NULL: not said. */
const char *base_memory_access(const struct hgx_plan *plan);
bool base_is_running(const struct hgx_plan *plan); /* its XML is that of a live domain */
int select_devices(struct hgx_plan *plan, struct hgx_error *err);
int plan_cpu(struct hgx_plan *plan, struct hgx_error *err);
int plan_memory(struct hgx_plan *plan, struct hgx_error *err);
int plan_pcie(struct hgx_plan *plan, struct hgx_error *err);
int plan_address(struct hgx_plan *plan, struct hgx_error *err);
/* Instead of it, where all expander buses have their numbers already. */
int plan_address_given(struct hgx_plan *plan, struct hgx_error *err);
int plan_window(struct hgx_plan *plan, struct hgx_error *err); /* window.c */
int plan_guest(struct hgx_plan *plan, struct hgx_error *err);
void plan_cliques(struct hgx_plan *plan); /* clique.c */
void kernel_notes(struct hgx_plan *plan); /* emit_kernel.c */

/* share.c, partition.c */
int share_gpus(struct hgx_plan *plan, const struct hgx_node *const *gpus, size_t count,
	       struct hgx_error *err);
/* @board: the GPUs by number. The partition is VM 0, every other GPU one of its own. */
int share_partition(struct hgx_plan *plan, const struct hgx_node *const *board, size_t count,
		    struct hgx_error *err);
int share_nodes(struct hgx_plan *plan);
const struct sharers *sharers_of(const struct share *share, const struct hgx_node *numa);
size_t share_parts(const struct share *share, const struct sharers *node, unsigned vm);
bool share_owns(const struct share *share, const struct hgx_node *gpu, unsigned vm);

/* version.c: what the libvirt and QEMU of the plan have. */
bool version_has_firmware_features(const struct hgx_plan *plan); /* <os><firmware> */
bool version_has_dies(const struct hgx_plan *plan);
/* On ports; else QEMU's -global pcie-root-port.io-reserve=0 keeps OVMF's IO space free. */
bool version_has_hotplug_off(const struct hgx_plan *plan);
bool version_has_migratable(const struct hgx_plan *plan); /* of <cpu> */
bool version_has_maxphysaddr(const struct hgx_plan *plan);
bool version_has_override(const struct hgx_plan *plan);	   /* <qemu:override> */
bool version_shows_host_bits(const struct hgx_plan *plan); /* of addresses; else 40 */
bool version_moves_ram(const struct hgx_plan *plan);	   /* out of AMD's HyperTransport range */
bool version_has_prealloc_threads(const struct hgx_plan *plan);
struct version_text {
	char text[36];
};
struct version_text version_text(unsigned version); /* "8.2", "8.2.1" */
void version_notes(struct hgx_plan *plan);	    /* what the versions lack for this plan */
unsigned plan_most_vcpus(const struct hgx_plan *plan);
/* What pcie-root-port's x-speed takes for a link ("16"); NULL: nothing near it. */
const char *plan_port_speed(const struct hgx_plan *plan, uint32_t speed);

/* window_bars.c: from the start of the window to the end of the last BAR; false: no memory. */
bool window_needed(struct hgx_plan *plan, uint64_t *out);

bool plan_chose(const struct hgx_plan *plan, const struct hgx_node *node);
/* Whether the VM could be started now: it or another may run on its huge pages. */
int plan_can_start(const struct hgx_plan *plan, struct hgx_error *err);
/* At least one, and all of one host. */
int plans_check(const struct hgx_plan *const *plans, size_t count, struct hgx_error *err);
bool plan_leaves(const struct hgx_plan *plan, const struct hgx_node *node); /* to another VM */
/* The highest APIC ID of the guest: each level is rounded up to a power of two. */
unsigned plan_highest_apic_id(const struct hgx_plan *plan);
/* The ports of one tree, parents first; NULL starts and ends. */
struct port *port_next(const struct port *top, const struct port *port);
struct port *port_add(struct hgx_plan *plan, struct port *parent, enum hgx_kind kind,
		      const struct hgx_node *host);
void port_insert(struct port *parent, struct port *port); /* by slot and function */
#define MOST_FUNCTIONS 8
/* plan_index.c: free root ports for the user's own devices; then the indexes of all. */
int plan_spares(struct hgx_plan *plan, unsigned count, struct hgx_error *err);
int plan_index(struct hgx_plan *plan, struct hgx_error *err);
void note(struct hgx_plan *plan, const char *rule, enum hgx_severity severity,
	  const struct hgx_node *node, const char *remedy, const char *format, ...) PRINTF(6, 7);

#endif
