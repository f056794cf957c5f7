/* A libvirt domain that is read: one the user has already, into which the mirror goes (a
 * base domain), or one to be shown as it is. */
#ifndef HGX_BASE_H
#define HGX_BASE_H

#include "plan.h"
#include "xml_read.h"

#define MOST_CONTROLLERS 256
#define PCIE_SLOTS 32

/* What a PCI controller or device plugs into, and what plugs into a controller. */
enum {
	JOIN_PCI = 1 << 0, /* a conventional device */
	JOIN_PCIE = 1 << 1,
	JOIN_ROOT_PORT = 1 << 2,
	JOIN_UP = 1 << 3, /* the ports of a switch */
	JOIN_DOWN = 1 << 4,
	JOIN_TO_PCI = 1 << 5, /* bridges: PCIe to PCI, DMI to PCI, PCI to PCI */
	JOIN_DMI_TO_PCI = 1 << 6,
	JOIN_BRIDGE = 1 << 7,
	JOIN_EXPANDER = 1 << 8,
	JOIN_AUTO = 1 << 9,   /* also of its own accord */
	JOIN_SHARED = 1 << 10 /* up to eight to a slot, of its own accord */
};

/* A model of PCI controller (base_model.c). */
struct pci_model {
	const char *name;
	enum hgx_kind kind;
	unsigned joins, accepts; /* JOIN_… */
	unsigned first_slot, last_slot;
	uint16_t vendor, device; /* as QEMU emulates it */
};

/* Where libvirt puts a device that has no address. */
enum seat {
	SEAT_NONE, /* no PCI device, or it has a place */
	SEAT_PCIE, /* a PCIe port */
	SEAT_PCI,  /* behind a bridge for conventional PCI devices */
	SEAT_ROOT  /* pcie.0 itself */
};

/* An element of <devices>. */
struct base_item {
	const struct xml_element *element;
	bool assigned;		       /* a PCI function of the host */
	const struct hgx_node *source; /* the host's; NULL: none, unknown */
	const char *alias;
	int index;	     /* of a PCI controller; -1: of none, or not given */
	unsigned type_index; /* of another controller, among those of its type */
	bool pci_controller;
	const struct pci_model *model; /* of a PCI controller; NULL: a q35 has none such */
	bool ours;		       /* written by an earlier run */
	bool gone;		       /* ours, or its device is assigned by the plan */
	bool placed;		       /* it has a PCI address */
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
	unsigned wanted, free; /* ports: for devices without an address, and without a device */
	uint32_t *iothreads;   /* their ids; plan->iothreads of them */
};

/* base.c: reads it into plan->base. */
int base_open(struct hgx_plan *plan, struct base *base, struct hgx_error *err);
int base_broken(const struct base *base, const struct xml_element *element, enum hgx_code code,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);
/* As libvirt reads it: decimal, or hexadecimal after 0x. */
bool base_number(const char *text, unsigned most, unsigned *out);

/* base_model.c */
const struct pci_model *pci_model_named(const char *name);     /* NULL: there is none */
const struct pci_model *pci_model_of(const struct port *port); /* of those in a mirror */

/* base_tree.c: what stays of the user's, as the first ports of the plan. */
int base_tree(struct hgx_plan *plan, struct hgx_error *err);
int base_refuse(const struct base *base, const struct base_item *item, enum hgx_code code,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);
/* A port of the user's, or of what libvirt adds for him; NULL: no memory. */
struct port *base_port(struct hgx_plan *plan, enum hgx_kind kind, const char *alias);
int base_add_device(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err);
/* Among the others, by bus number. */
void base_add_expander(struct base *base, struct port *expander);

/* base_place.c: gives what has no address the place that libvirt will give it, and adds what
 * libvirt will add; then leaves out what no guest sees. Every port of the plan is there and
 * has an index. */
int base_place(struct hgx_plan *plan, struct hgx_error *err);

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

/* base_device.c: the devices of a domain. */
bool base_replaces_iommu(const struct hgx_plan *plan);	  /* it lacks what so many vCPUs need */
bool base_names_vcpus(const struct xml_element *element); /* by numbers that change */
enum seat base_seat(const struct base_item *item);
enum seat base_sort(const struct xml_element *element);		   /* also if it has an address */
const struct base_item *base_first_video(const struct base *base); /* NULL: none */
bool base_is_controller(const struct base_item *item, const char *type); /* and stays */
/* The first SATA controller is of the chipset, which a guest's topology leaves out. */
bool base_is_built_in(const struct base_item *item);
uint32_t base_class(const struct xml_element *element);

/* base_added.c: those that libvirt adds, and the ports that all of them take. */
#define MOST_ADDED 64
struct base_added {
	struct base_added_item {
		const char *element;
		enum seat seat;
		uint32_t class_code;
	} items[MOST_ADDED];
	size_t count;
	const char *unsure; /* why that is not all; NULL: it is */
};
/* Slots of pcie.0 that libvirt tries first for some devices. */
enum { SLOT_VIDEO = 0x01, SLOT_USB_2 = 0x1a, SLOT_SOUND = 0x1b, SLOT_USB = 0x1d, SLOT_DMI = 0x1e };
struct base_wants {
	unsigned ports;		/* PCIe ports for devices */
	bool bridge;		/* a bridge for conventional PCI devices */
	bool slots[PCIE_SLOTS]; /* of pcie.0 */
};
void base_number_controllers(struct base *base); /* item.type_index */
void base_added(const struct base *base, struct base_added *added);
void base_count(const struct base *base, struct base_wants *wants);

/* base_alias.c: strictly the forms that plan_pcie.c makes, but not those of spare ports. */
bool alias_is_ours(const char *alias);
bool alias_is_spare(const char *alias, unsigned *number);
/* The kind of the device that the alias names; HGX_OTHER: it tells none. */
enum hgx_kind alias_kind(const char *alias);

#endif
