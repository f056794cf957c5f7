/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A libvirt domain that is read: a base domain, which the user has and into which the mirror
 * goes, or a domain whose guest is shown as it is. */
#ifndef HGX_DOMAIN_BASE_H
#define HGX_DOMAIN_BASE_H

#include "guest/controller.h"
#include "guest/port.h"
#include "util/error.h"
#include "format/xml_read.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define MAX_CONTROLLERS 256
#define PCIE_SLOTS 32

/** An element of <devices>. */
struct base_item {
	const struct xml_element *element;
	bool assigned;		       /**< a PCI function of the host */
	const struct hgx_node *source; /**< that function; NULL if it is unknown */
	const char *alias;	       /**< NULL without one */
	int index;	     /**< of a PCI controller; -1 if not given, and for other elements */
	unsigned type_index; /**< of a controller among those of its type; set by base_tree() */
	bool pci_controller;
	const struct pci_model *model; /**< of a PCI controller; NULL until base_tree() */
	bool ours;		       /**< an earlier run wrote it */
	bool gone;   /**< leaves the domain: it is ours, or the plan assigns its device */
	bool placed; /**< has a PCI address */
	struct hgx_bdf address; /**< as libvirt writes it: the bus is the index of a controller */
	struct port *port;	/**< its port in the plan's tree; NULL if it has none */
};

struct ruleset; /* domain/ruleset.h */

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
	uint64_t page_size;		  /**< of its huge pages, in bytes; 0 without any */
};

/** Parses base->text and reads the devices of the domain. The plan borrows @base. */
int base_open(struct hgx_plan *plan, struct base *base, struct hgx_error *err);
/** Fails with "NAME:LINE: text": the name of the domain, and the line of @element in it. */
int base_broken(const struct base *base, const struct xml_element *element, enum rule_id rule,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);
/** Reads a size as libvirt does: @value, with blanks around it, in the attribute unit of @element,
 *  or in KiB. */
int base_size(const struct base *base, const struct xml_element *element, const char *value,
	      uint64_t *out, struct hgx_error *err);
/** The option that an error in the domain is about. */
enum option_id base_option(const struct base *base);

/** Reads the base domain that the plan's options give. Without one, plan->base stays NULL. */
int base_read(struct hgx_plan *plan, struct hgx_error *err);
/** Whether the base domain boots with SeaBIOS. */
bool base_is_bios(const struct hgx_plan *plan);
/** Whether the base domain is the XML of a running one: it has an id. */
bool base_is_running(const struct hgx_plan *plan);

#endif
