/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Where the devices that a domain assigns are on its host, and which vCPUs are near them. */
#ifndef HGX_DOMAIN_ORIGIN_H
#define HGX_DOMAIN_ORIGIN_H

#include "guest/plan.h"

/** Stores the origins of plan->guest, made from plan->base and plan->host. Of a domain that is
 * shown as it is, notes each device whose place in the guest contradicts that on the host. Nothing
 * to do without a host or an assigned GPU or NIC. HGX_OK or HGX_NO_MEMORY. */
int domain_origins(struct hgx_plan *plan);

#endif
