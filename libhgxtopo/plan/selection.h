/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a host while it is chosen among them. */
#ifndef HGX_PLAN_SELECTION_H
#define HGX_PLAN_SELECTION_H

#include <limits.h>
#include "guest/plan.h"
#include "util/error.h"

#define NO_VM UINT_MAX

/* An endpoint, and what becomes of it. Who owns what is decided for all VMs at once and does
 * not depend on which of them is planned: so the plans of all agree. */
struct candidate {
	const struct hgx_node *node;
	const char *stay; /* why it must stay with the host; NULL: it need not */
	enum rule_id stay_rule;
	const struct hgx_node *holder; /* the function that keeps it there; NULL: it itself */
	const char *reason;	       /* why it is not in this VM; NULL: nobody asked for it */
	const struct hgx_node *cause;  /* what that is due to; NULL: no other function */
	const struct hgx_node *with;   /* the function it came along with; NULL: none */
	unsigned owner;		       /* the VM that gets it, from 0; NO_VM */
	bool chosen;		       /* its owner is this VM */
	bool named;		       /* by its address or number */
	bool skipped;		       /* by the option skip */
	bool added;		       /* by the option add */
	bool others;		       /* another VM's */
	bool assigned;		       /* the base domain has it */
	bool held;		       /* the base domain has it, but its guest does not see it */
	bool shared;		       /* a NIC whose virtual functions go to the VMs */
	bool doubtful;		       /* may manage NVLinks: taken only if named */
	bool *served;		       /* the GPUs of the share that want it; NULL: none does */
};

/* How devices of a kind are chosen. MODE_OWN: those of the base domain. */
enum mode { MODE_NEAR, MODE_ALL, MODE_NONE, MODE_LIST, MODE_OWN };

struct selection {
	struct hgx_plan *plan;
	struct hgx_error *err;
	struct candidate *items; /* by address */
	size_t count;
	bool groups; /* the IOMMU is on */
	bool own;    /* of a base domain that has devices: nothing comes along by itself */
	enum mode gpus, nics, nvme;
};

/* A function of the board that its NVLinks need. */
bool is_of_fabric(const struct hgx_node *node);
/* To the VM @owner, or to NO_VM. */
void give(struct selection *selection, struct candidate *item, unsigned owner);

#endif
