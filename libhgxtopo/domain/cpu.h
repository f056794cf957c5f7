/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vCPUs of a domain that is read. */
#ifndef HGX_DOMAIN_CPU_H
#define HGX_DOMAIN_CPU_H

#include <stdbool.h>
#include "guest/plan.h"

/* What the XML says of them. */
struct domain_vcpus {
	unsigned count;
	unsigned current; /* that are there from the start */
	bool topology;	  /* it is said; else every vCPU is a socket */
	uint32_t *cells;  /* by number in the XML; UINT32_MAX: of none */
};

/* Fills the cells and the topology of the plan from its base. */
int domain_vcpus_read(struct hgx_plan *plan, struct domain_vcpus *out, struct hgx_error *err);
/* Fills the vCPUs of the plan: those that are there from the start, as the guest numbers them.
 * What no cell has is in the first. @hosts: what is known of each, by number in the XML; or NULL.
 */
int domain_vcpus_add(struct hgx_plan *plan, const struct domain_vcpus *vcpus,
		     const struct hgx_node *const *hosts, struct hgx_error *err);
/* Both, of a domain that is shown as it is. */
int domain_cpu(struct hgx_plan *plan, struct hgx_error *err);

#endif
