/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The vCPUs of a domain that is read. */
#ifndef HGX_DOMAIN_CPU_H
#define HGX_DOMAIN_CPU_H

#include "guest/plan.h"

/** Fills the cells and vCPUs of the plan from its base domain. */
int domain_cpu(struct hgx_plan *plan, struct hgx_error *err);

#endif
