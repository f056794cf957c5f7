/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A libvirt domain that is read: a base domain, which the user has and into which the mirror
 * goes, or a domain whose guest is shown as it is. */
#ifndef HGX_DOMAIN_BASE_H
#define HGX_DOMAIN_BASE_H

#include "guest/controller.h"
#include "guest/port.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "format/xml_read.h"
#include "domain/refuse.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define MAX_CONTROLLERS 256
#define PCIE_SLOTS 32

/** An element of <devices>. */
struct base_item {
	const struct xml_element *element;
	bool assigned;		       /**< a PCI function of the host */
	bool held;		       /**< assigned, but the guest does not see it */
	struct hgx_bdf source_address; /**< of that function */
	const struct hgx_node *source; /**< that function; NULL if it is unknown */
	const char *alias;	       /**< NULL without one */
	int index;	     /**< of a PCI controller; -1 if not given, and for other elements */
	unsigned type_index; /**< of a controller among those of its type; set by base_tree() */
	bool pci_controller;
	const struct pci_model *model; /**< of a PCI controller; NULL until base_tree() */
	bool ours;		       /**< an earlier run wrote it */
	bool gone;   /**< not part of what stays: removed, rewritten or kept with another address */
	bool kept;   /**< its device is in the mirror: only its address changes */
	bool adrift; /**< its port goes with an earlier mirror: so does its address */
	bool placed; /**< has a PCI address */
	struct hgx_bdf address; /**< as libvirt writes it: the bus is the index of a controller */
	struct port *port;	/**< its port in the plan's tree; NULL if it has none */
};

struct ruleset; /* domain/ruleset.h */

/** What a base domain does not say about its vCPUs and cells, and the plan adds. */
struct base_lacks {
	bool topology;
	struct cpuset *pins;   /**< by number of the vCPU in the XML; empty: none is added */
	bool own_threads;      /**< pins of QEMU's own threads, to plan->reserved */
	const bool *memnodes;  /**< by cell */
	const char *numa_mode; /**< of these memnodes */
};

/** A domain. Elements and strings live in the arena of the plan. */
struct base {
	bool whole; /**< no mirror goes into it: all of it stays */
	const char *text, *name;
	size_t length;
	const struct xml_element *domain, *devices;
	const struct ruleset *libvirt; /**< rules of the libvirt that will define it */
	struct base_item *items;
	size_t count;				/**< of items */
	struct port *by_index[MAX_CONTROLLERS]; /**< the user's controllers */
	bool used_index[MAX_CONTROLLERS]; /**< indexes of the user's controllers and of ports that
					   *   libvirt adds for addresses on missing ones */
	bool used_slot[PCIE_SLOTS];	  /**< of pcie.0: taken, or the first that libvirt tries */
	struct port *expanders;		  /**< the user's expander buses, by bus number */
	unsigned ports_needed;		  /**< by devices without an address */
	unsigned ports_free;		  /**< ports of the user without a device */
	bool has_pages;			  /**< it uses huge pages */
	uint64_t page_size; /**< of all its huge pages, in bytes; 0: it has none, or they differ */
	const uint32_t *vcpu_cells; /**< the cell of each vCPU, by its number in the XML */
	const uint32_t *vcpu_ids;   /**< its number in the guest; UINT32_MAX: not there at boot */
	unsigned vcpu_count;
	/* what a base domain keeps: no option says otherwise */
	bool keeps_vcpus, keeps_memory, keeps_pages, keeps_iommufd;
	bool keeps_cells;	 /**< it keeps its vCPUs, and has cells for them */
	const bool *spread;	 /**< by cell: its pins name several nodes, so it is on none */
	struct base_lacks lacks; /**< where it keeps its vCPUs */
};

/** Parses base->text and reads the devices of the domain. The plan borrows @base. */
int base_open(struct hgx_plan *plan, struct base *base, struct hgx_error *err);
/** Reads a size as libvirt does: @value, with blanks around it, in the attribute unit of @element,
 *  or in KiB. */
int base_size(const struct base *base, const struct xml_element *element, const char *value,
	      uint64_t *out, struct hgx_error *err);

/** Reads the base domain that the plan's options give. Without one, plan->base stays NULL. */
int base_read(struct hgx_plan *plan, struct hgx_error *err);
/** Whether the base domain boots with SeaBIOS. */
bool base_is_bios(const struct hgx_plan *plan);
/** Whether the base domain hides KVM from the drivers of its guest. */
bool base_hides_kvm(const struct hgx_plan *plan);
/** Whether the base domain assigns devices through iommufd. */
bool base_uses_iommufd(const struct hgx_plan *plan);
/** Whether the base domain is the XML of a running one: it has an id. */
bool base_is_running(const struct hgx_plan *plan);

#endif
