/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A libvirt domain as it is, as the guest that it would be. */
#ifndef HGX_DOMAIN_TOPO_H
#define HGX_DOMAIN_TOPO_H

#include "guest/plan.h"

/** The base domain of @plan without the mirror, as a plan that has a guest: each device of the
 *  guest knows its device of the host. For hgx_plan_free(). Fails as hgx_topo_from_domain() does.
 */
int domain_as_plan(struct hgx_plan **out, const struct hgx_plan *plan, struct hgx_error *err);

#endif
