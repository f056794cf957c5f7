/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The elements of a domain that assign PCI functions of its host. */
#ifndef HGX_DOMAIN_ASSIGNED_H
#define HGX_DOMAIN_ASSIGNED_H

#include "domain/base.h"

/** Whether the element assigns a PCI function. */
bool base_assigns(const struct xml_element *element);
/** Reads which function that is. It stays unknown if @host is NULL or does not have it. */
int base_read_source(const struct hgx_topo *host, const struct base *base, struct base_item *item,
		     struct hgx_error *err);
/** Refuses a function that is assigned twice, as libvirt does. What an earlier run wrote may be
 *  assigned by the user too: it goes then. */
int base_check_sources(struct hgx_plan *plan, const struct base *base, struct hgx_error *err);
/** The element that assigns a function of the host, the user's before ours; NULL if none does. */
struct base_item *base_item_of(const struct base *base, const struct hgx_node *device);

#endif
