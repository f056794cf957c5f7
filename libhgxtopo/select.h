/* Choosing the devices of a VM: what the rooms select*.c share. */
#ifndef HGX_SELECT_H
#define HGX_SELECT_H

#include "plan.h"

/* An endpoint, and what becomes of it. */
struct candidate {
	const struct hgx_node *node;
	const char *stay;   /* why it must stay with the host; NULL: it need not */
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

/* select_list.c: what the user names */
int list_read(struct selection *selection, const char *option, const char *text, bool numbers,
	      int (*each)(struct selection *, struct candidate *, const char *option));
struct candidate *candidate_of(const struct selection *selection, const struct hgx_node *node);
struct candidate *gpu_by_number(const struct selection *selection, unsigned number);
unsigned gpu_count(const struct selection *selection);
int check_free(struct selection *selection, const struct candidate *item, const char *option);

/* select_why.c: what must stay, and what is told of it */
void find_stays(struct selection *selection);
int check_groups(struct selection *selection);
void tell_left_out(struct selection *selection);
void tell_whole_host(struct selection *selection);

/* select_near.c: NICs and drives, shared out to the GPUs */
int choose_near(struct selection *selection, enum hgx_kind kind, enum mode mode);
unsigned nearest_owner(const struct selection *selection, const struct hgx_node *node);

/* select_vf.c: virtual functions of NICs that several VMs share */
int choose_function(struct selection *selection, struct candidate *nic, unsigned rank,
		    unsigned needed);
unsigned function_rank(const struct selection *selection, const struct candidate *nic,
		       const unsigned *sharers, size_t count, unsigned *needed);

#endif
