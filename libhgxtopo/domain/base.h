/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A libvirt domain that is read: one the user has already, into which the mirror goes (a
 * base domain), or one to be shown as it is. */
#ifndef HGX_DOMAIN_BASE_H
#define HGX_DOMAIN_BASE_H

#include "guest/controller.h"
#include "guest/port.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "format/xml_read.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define MAX_CONTROLLERS 256
#define PCIE_SLOTS 32

/* An element of <devices>. */
struct base_item {
	const struct xml_element *element;
	bool assigned;		       /* a PCI function of the host */
	const struct hgx_node *source; /* the host's; NULL: none, unknown */
	const char *alias;
	int index;	     /* of a PCI controller; -1: of none, or not given */
	unsigned type_index; /* of a controller, among those of its type; in base_tree() */
	bool pci_controller;
	const struct pci_model *model; /* of a PCI controller; NULL: a q35 has none such */
	bool ours;		       /* written by an earlier run */
	bool gone;		       /* ours, or its device is assigned by the plan */
	bool placed;		       /* it has a PCI address */
	struct hgx_bdf address; /* in libvirt's terms: the bus is the index of a controller */
	struct port *port;	/* NULL: it takes no part in the tree */
};

struct ruleset; /* domain/ruleset.h */

/* What a base domain does not say about its vCPUs and cells, and the plan adds. */
struct base_lacks {
	bool topology, cells;
	struct cpuset *pins;   /* by number of the vCPU in the XML; empty: none is added */
	bool own_threads;      /* pins of QEMU's other threads: plan->reserved */
	const bool *memnodes;  /* by cell */
	const char *numa_mode; /* of these */
};

struct base {
	bool whole; /* no mirror goes into it: all of it stays */
	const char *text, *name;
	size_t length;
	const struct xml_element *domain, *devices;
	const struct ruleset *libvirt; /* of the libvirt that is to define it */
	struct base_item *items;
	size_t count;
	struct port *by_index[MAX_CONTROLLERS]; /* the user's controllers */
	bool used_index[MAX_CONTROLLERS];	/* by the user's, with those libvirt adds */
	bool used_slot[PCIE_SLOTS];		/* of pcie.0, with those libvirt will take */
	struct port *expanders;			/* the user's */
	unsigned wanted, free; /* ports: for devices without an address, and without a device */
	bool has_pages;	       /* huge ones */
	uint64_t page_size;    /* of all of them; 0: none, or they differ */
	/* of a domain that is read as it is: by number of the vCPU in the XML */
	const uint32_t *vcpu_cells, *vcpu_ids; /* UINT32_MAX as id: not there from the start */
	unsigned vcpu_count;
	bool has_cells; /* it has a <numa>, and not one node because it has to have one */
	/* of a base domain: no option says otherwise */
	bool keeps_vcpus, keeps_memory, keeps_pages;
	struct base_lacks lacks; /* where it keeps its vCPUs */
};

/* Reads it into plan->base. */
int base_open(struct hgx_plan *plan, struct base *base, struct hgx_error *err);
int base_broken(const struct base *base, const struct xml_element *element, enum rule_id rule,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);
/* What of the options an error in the domain is about. */
enum option_id base_option(const struct base *base);

/* That of the plan's options, if there is one. */
int base_read(struct hgx_plan *plan, struct hgx_error *err);
bool base_is_bios(const struct hgx_plan *plan);
bool base_is_running(const struct hgx_plan *plan); /* its XML is that of a live domain */

#endif
