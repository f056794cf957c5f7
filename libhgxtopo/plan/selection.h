/* The devices of a host while it is chosen among them. */
#ifndef HGX_PLAN_SELECTION_H
#define HGX_PLAN_SELECTION_H

#include "guest/plan.h"
#include "util/error.h"

/* An endpoint, and what becomes of it. */
struct candidate {
	const struct hgx_node *node;
	const char *stay; /* why it must stay with the host; NULL: it need not */
	enum rule_id stay_rule;
	const char *reason; /* why it is not in this VM; NULL: nobody asked for it */
	bool chosen;
	bool named;    /* by its address or number */
	bool skipped;  /* by --skip */
	bool added;    /* by --add */
	bool others;   /* another VM's */
	bool doubtful; /* may manage NVLinks: taken only if named */
	bool *served;  /* the GPUs of the share that want it; NULL: none does */
};

/* How devices of a kind are chosen. */
enum mode { MODE_NEAR, MODE_ALL, MODE_NONE, MODE_LIST };

struct selection {
	struct hgx_plan *plan;
	struct hgx_error *err;
	struct candidate *items; /* by address */
	size_t count;
	bool groups; /* the IOMMU is on */
	enum mode gpus, nics, nvme;
};

#endif
