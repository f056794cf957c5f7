/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A port is a node of the guest's PCIe tree: pcie.0 or an expander bus, a root port, the port of a
 * switch, or a device at the end. The plan owns all of them, in its arena. */
#ifndef HGX_GUEST_PORT_H
#define HGX_GUEST_PORT_H

#include "guest/plan.h"

/** Functions of a PCI slot. */
#define MAX_FUNCTIONS 8

struct base_item; /* domain/base.h */
struct pci_model; /* guest/controller.h */

/** A bus, port or device of the tree. With a base domain, the user's are in it too. */
struct port {
	enum hgx_kind kind;	     /**< HGX_HOST_BRIDGE: pcie.0 or an expander bus */
	const struct hgx_node *host; /**< the host node it stands for; NULL if none */
	const char *alias;	     /**< libvirt alias and QEMU id; "" if it is unknown */
	const struct base_item *own; /**< the base domain's element that assigns it, or NULL */
	struct port *parent, *first, *last, *next; /**< children are sorted by slot and function */
	bool user;				   /**< in the base domain, and stays there */
	int cell;				   /**< of an expander bus; -1: no NUMA node */
	const struct hgx_node *complex; /**< of an expander bus: the host's root bus; or NULL */
	unsigned slot, function;	/**< on its bus; of an expander bus: on pcie.0 */
	bool multifunction;
	bool unseen;	     /**< an expander bus whose function is in a slot without function 0 */
	unsigned index;	     /**< of its libvirt controller */
	unsigned chassis;    /**< 0: libvirt's choice, the index */
	unsigned bus;	     /**< the number of the bus it is on */
	unsigned secondary;  /**< the number of the bus below it */
	uint32_t class_code; /**< of the user's device, as its element suggests */
	const struct pci_model *model; /**< of the user's controller */
	int clique;		       /**< GPUDirect clique id of a GPU; -1: none */
	/** The link speed that a root port shows, as QEMU's x-speed takes it. NULL: not set, so
	 *  it shows 16 GT/s x32. QEMU's switch has no such property. */
	const char *speed;
	unsigned width;		      /**< lanes that it shows: QEMU's x-width */
	const struct hgx_node *guest; /**< its node in the guest's topology */
};

/** The port after @port in the tree below @top, parents first. Pass NULL to start; NULL comes
 *  back at the end. */
struct port *port_next(const struct port *top, const struct port *port);
/** Makes pcie.0, the root of the plan's tree. */
int port_root(struct hgx_plan *plan, struct hgx_error *err);
/** Adds a port after the other children of @parent, which may be NULL. It lives in the plan's
 *  arena. NULL if there is no memory. */
struct port *port_add(struct hgx_plan *plan, struct port *parent, enum hgx_kind kind,
		      const struct hgx_node *host);
/** Whether a device of the host needs PCIe atomics, as AMD's driver and RCCL do. QEMU passes them
 * on only to a function 0 that is alone in the slot of a root port, since 8.1 (hw/vfio/pci.c); an
 *  emulated switch does not route them. Virtual functions take the host driver's word. */
bool needs_atomics(const struct hgx_node *host);
/** Puts a port among the children of @parent, by slot and function. */
void port_insert(struct port *parent, struct port *port);

#endif
