/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A libvirt domain as it is, as the guest that it would be. */
#ifndef HGX_DOMAIN_TOPO_H
#define HGX_DOMAIN_TOPO_H

#include "guest/plan.h"

/** Reads a domain as it is, as a plan that has a guest: @base->text, length, name and whole are
 * set, and it must outlive the plan. @host may be NULL; @libvirt: the version that will define it;
 * NULL: that of the host. For hgx_plan_free(). Fails as hgx_topo_from_domain() does; what was read
 * until then goes into *@out, if there is enough memory for it. */
int domain_read(struct hgx_plan **out, struct base *base, const struct hgx_topo *host,
		const char *libvirt, int words, struct hgx_error *err);
/** The base domain of @plan without the mirror, as a plan that has a guest: each device of the
 *  guest knows its device of the host. For hgx_plan_free(). Fails as hgx_topo_from_domain() does.
 */
int domain_as_plan(struct hgx_plan **out, const struct hgx_plan *plan, struct hgx_error *err);

#endif
