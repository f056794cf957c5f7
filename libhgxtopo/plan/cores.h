/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cores of a host, and who has them. */
#ifndef HGX_CORES_H
#define HGX_CORES_H

#include "guest/plan.h"

#define MAX_THREADS 16

enum core_state {
	CORE_FREE,     /* for the guest */
	CORE_RESERVED, /* left to the host: QEMU's own threads run there */
	CORE_OTHERS    /* another VM's, or nobody's */
};

struct core {
	const struct hgx_node *cpus[MAX_THREADS]; /* online, by number */
	unsigned threads;
	unsigned package;
	const struct hgx_node *numa;
	enum core_state state;
};

struct cores {
	struct core *items; /* by package, NUMA node, number */
	size_t count;
};

int cores_collect(struct cores *cores, const struct hgx_topo *host);
size_t cores_on(const struct cores *cores, const struct hgx_node *numa, enum core_state state);
size_t cores_in(const struct cores *cores, unsigned package);
/* Leaves to the VM its part of every node. */
void cores_divide(const struct share *share, struct cores *cores, unsigned vm);
/* Gives cores back until every package has @most, or all as many as the smallest. Returns
 * how many, and what is left per package. */
size_t cores_level(struct cores *cores, size_t most, unsigned *packages, size_t *each);
/* Where every package has as many NUMA nodes, cuts these to one size too, if that costs no
 * more than a sixteenth: then nodes can be dies of the guest. Updates what is left per
 * package; returns how many cores were given back. */
size_t cores_level_nodes(struct cores *cores, size_t *each);

#endif
