/* A libvirt domain that is read: one the user has already, into which the mirror goes (a
 * base domain), or one to be shown as it is. */
#ifndef HGX_BASE_H
#define HGX_BASE_H

#include "plan.h"
#include "xml_read.h"

#define MOST_CONTROLLERS 256
#define PCIE_SLOTS 32

/* An element of <devices>. */
struct base_item {
	const struct xml_element *element;
	bool assigned;		       /* a PCI function of the host */
	const struct hgx_node *source; /* the host's; NULL: none, unknown */
	const char *alias;
	int index; /* of a PCI controller; -1: of none, or not given */
	bool pci_controller;
	bool ours;		/* written by an earlier run */
	bool gone;		/* ours, or its device is assigned by the plan */
	bool placed;		/* it has a PCI address */
	struct hgx_bdf address; /* in libvirt's terms: the bus is the index of a controller */
	struct port *port;	/* NULL: it takes no part in the tree */
};

struct base {
	bool whole; /* no mirror goes into it: all of it stays */
	const char *text, *name;
	size_t length;
	const struct xml_element *domain, *devices;
	struct base_item *items;
	size_t count;
	struct port *by_index[MOST_CONTROLLERS]; /* the user's controllers */
	bool used_index[MOST_CONTROLLERS];	 /* by the user's, with those libvirt adds */
	bool used_slot[PCIE_SLOTS];		 /* of pcie.0, with those libvirt will take */
	struct port *expanders;			 /* the user's */
	unsigned unplaced;			 /* bridges on pcie.0 that libvirt will place */
	unsigned wanted, free; /* ports: for devices without an address, and without a device */
	uint32_t *iothreads;   /* their ids; plan->iothreads of them */
};

/* base.c: reads it into plan->base. */
int base_open(struct hgx_plan *plan, struct base *base, struct hgx_error *err);
int base_broken(const struct base *base, const struct xml_element *element, enum hgx_code code,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);
/* As libvirt reads it: decimal, or hexadecimal after 0x. */
bool base_number(const char *text, unsigned most, unsigned *out);

/* base_tree.c: what stays of the user's, as the first ports of the plan. */
int base_tree(struct hgx_plan *plan, struct hgx_error *err);
int base_refuse(const struct base *base, const struct base_item *item, enum hgx_code code,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);

/* base_settle.c: that, and whether the mirror fits in. */
int base_settle(struct hgx_plan *plan, struct hgx_error *err);
/* The numbers after @index and @slot that the user's own leave free; @index may come to
 * MOST_CONTROLLERS and @slot to PCIE_SLOTS, which are none. */
unsigned base_next_index(const struct hgx_plan *plan, unsigned index);
unsigned base_next_slot(const struct hgx_plan *plan, unsigned slot);
/* How many spare root ports are to be written. */
unsigned base_spares(const struct hgx_plan *plan);
/* The indexes left out below the user's highest, from @index on: libvirt would fill them. */
unsigned base_gap(const struct hgx_plan *plan, unsigned index);
const char *base_spare_alias(struct hgx_plan *plan, unsigned *number);
int base_check_chassis(const struct hgx_plan *plan, struct hgx_error *err);

/* base_device.c: what libvirt does with what has no address. */
struct base_wants {
	unsigned ports;		/* PCIe ports for devices */
	bool bridge;		/* a bridge for conventional PCI devices */
	bool slots[PCIE_SLOTS]; /* of pcie.0 */
};
bool base_replaces_iommu(const struct hgx_plan *plan);	  /* it lacks what so many vCPUs need */
bool base_names_vcpus(const struct xml_element *element); /* by numbers that change */
void base_count(const struct base *base, struct base_wants *wants);
bool base_is_unplaced(const struct base_item *item); /* a PCI device that has no address */
uint32_t base_class(const struct xml_element *element);

/* base_alias.c: strictly the forms that plan_pcie.c makes, but not those of spare ports. */
bool alias_is_ours(const char *alias);
bool alias_is_spare(const char *alias, unsigned *number);
/* The kind of the device that the alias names; HGX_OTHER: it tells none. */
enum hgx_kind alias_kind(const char *alias);

#endif
