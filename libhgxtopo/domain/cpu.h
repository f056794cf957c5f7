/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The vCPUs of a domain that is read. */
#ifndef HGX_DOMAIN_CPU_H
#define HGX_DOMAIN_CPU_H

#include <stdbool.h>
#include "guest/plan.h"

/** What the XML says about the vCPUs. */
struct domain_vcpus {
	unsigned count;
	unsigned current; /**< present at boot */
	bool topology;	  /**< the XML gives one; otherwise each vCPU is a socket */
	uint32_t *cells;  /**< the cell of each, by its number in the XML; UINT32_MAX: no cell lists
			   *   it */
};

/** Fills the cells and the topology of the plan from its base domain. */
int domain_vcpus_read(struct hgx_plan *plan, struct domain_vcpus *out, struct hgx_error *err);
/** Fills the vCPUs of the plan: those present at boot, as the guest numbers them. A vCPU that no
 *  cell lists belongs to cell 0. @hosts: the host CPU that stands for each, by its number in the
 *  XML; NULL if none does. */
int domain_vcpus_add(struct hgx_plan *plan, const struct domain_vcpus *vcpus,
		     const struct hgx_node *const *hosts, struct hgx_error *err);
/** Fills the cells and vCPUs of the plan from its base domain, which is shown as it is. */
int domain_cpu(struct hgx_plan *plan, struct hgx_error *err);

#endif
