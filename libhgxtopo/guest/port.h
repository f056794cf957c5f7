/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HGX_GUEST_PORT_H
#define HGX_GUEST_PORT_H

#include "guest/plan.h"

struct pci_model; /* guest/controller.h */
struct base_item; /* domain/base.h */

/* A node of the guest's PCIe tree. With a base domain, what the user has there is in it too. */
struct port {
	enum hgx_kind kind;	     /* HGX_HOST_BRIDGE: pcie.0 or an expander bus */
	const struct hgx_node *host; /* what it stands for; NULL: nothing */
	const char *alias;	     /* "": none that is known */
	const struct base_item *own; /* the user's element that assigns it; NULL: none yet */
	struct port *parent, *first, *last, *next;
	bool user;			/* in the base domain, and stays there */
	int cell;			/* of an expander bus; -1: no NUMA node */
	const struct hgx_node *complex; /* of an expander bus: the host's root bus; or NULL */
	unsigned slot, function;	/* where it sits; of an expander bus: on pcie.0 */
	bool multifunction;
	bool unseen;	    /* an expander bus whose own function is in a slot without function 0 */
	unsigned index;	    /* of its libvirt controller */
	unsigned chassis;   /* 0: libvirt's choice, the index */
	unsigned bus;	    /* the number of the bus it sits on */
	unsigned secondary; /* the number of the bus below it */
	uint32_t class_code;	       /* of a user's device, to go by its element */
	const struct pci_model *model; /* of a user's controller */
	int clique;		       /* GPUDirect clique id of a GPU; -1: none */
	/* The link that a root port shows, as QEMU's x-speed and x-width take it; NULL: not set,
	 * and it shows 16 GT/s x32. The emulated switch has no such properties. */
	const char *speed;
	unsigned width;
	const struct hgx_node *guest;
};

/* The ports of one tree, parents first; NULL starts and ends. */
struct port *port_next(const struct port *top, const struct port *port);
/* pcie.0, as the root of the plan's tree. */
int port_root(struct hgx_plan *plan, struct hgx_error *err);
struct port *port_add(struct hgx_plan *plan, struct port *parent, enum hgx_kind kind,
		      const struct hgx_node *host);
void port_insert(struct port *parent, struct port *port); /* by slot and function */
#define MAX_FUNCTIONS 8

#endif
