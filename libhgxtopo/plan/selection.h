/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A selection is the endpoints of a host while a plan chooses among them: for each, which VM gets
 * it and why. It lasts for one call of plan/select.c. */
#ifndef HGX_PLAN_SELECTION_H
#define HGX_PLAN_SELECTION_H

#include <limits.h>
#include "guest/plan.h"
#include "util/error.h"

#define NO_VM UINT_MAX

/** An endpoint of the host. Its owner does not depend on the VM that is planned, so the plans
 *  of all VMs agree. Texts and nodes are borrowed. */
struct candidate {
	const struct hgx_node *node;
	const char *stay;	       /**< why it must stay with the host; NULL if it need not */
	enum rule_id stay_rule;	       /**< the refusal, if the user names it nevertheless */
	const struct hgx_node *holder; /**< another function that makes it stay, or NULL */
	const char *reason;	       /**< why it is not in this VM; NULL if nobody asked for it */
	const struct hgx_node *cause;  /**< another function that `reason` is about, or NULL */
	const struct hgx_node *with;   /**< the function it came along with, or NULL */
	unsigned owner;		       /**< the VM that gets it, from 0, or NO_VM */
	bool chosen;		       /**< this VM gets it */
	bool other_vm;		       /**< another VM gets it */
	bool named;		       /**< the user names it by address or number */
	bool skipped;		       /**< the option skip names it */
	bool added;		       /**< the option add names it */
	bool assigned;		       /**< the base domain has it */
	bool held;		       /**< the base domain has it, but its guest does not see it */
	unsigned usable_functions, needed_functions; /**< of a NIC that gives one to this VM */
	bool shared;   /**< a NIC whose virtual functions go to the VMs */
	bool doubtful; /**< may manage NVLinks: taken only if named */
	/* its IOMMU group; the last three are of the first member only */
	struct candidate *group;      /**< the first member, by address; NULL: it has no group */
	struct candidate *group_next; /**< the next member, by address */
	const struct candidate
		*keeper; /**< the first member that must stay with the host, or NULL */
	const struct candidate *lacking; /**< the first that should have come along, or NULL */
	bool owned;			 /**< a VM owns a member */
	const struct hgx_node *needed;	 /**< its first virtual function that the host needs, or
					  *   NULL */
	size_t twins, twin;		 /**< how many of its kind serve the same GPUs as it
					  *   does, and its number among them, by address */
	bool *served; /**< for each GPU of the share whether it serves it, or NULL */
};

/** How devices of a kind are chosen. MODE_OWN: those that the base domain has. */
enum mode { MODE_NEAR, MODE_ALL, MODE_NONE, MODE_LIST, MODE_OWN };

struct selection {
	struct hgx_plan *plan;
	struct hgx_error *err;
	struct candidate *items; /**< by address */
	size_t count;
	bool groups; /**< the host has IOMMU groups */
	bool own;    /**< of a base domain that decides of the devices: nothing comes along by
		      *   itself */
	enum mode gpus, nics, nvme;
	bool whole_board; /**< the VM has every GPU of the board with the NVSwitches */
};

/** Whether it is a function of the board that its NVLinks need. */
bool is_of_fabric(const struct hgx_node *node);
/** Why the VM of a domain that has devices does not get another one. */
const char *why_not_assigned(void);
/** Makes a VM, or NO_VM, the owner of a device. */
void give(struct selection *selection, struct candidate *item, unsigned owner);

#endif
