/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The part of the user's domain that stays, as the first ports of the plan. */
#ifndef HGX_DOMAIN_TREE_H
#define HGX_DOMAIN_TREE_H

#include "domain/base.h"
#include "util/error.h"

/** Gives the controllers without an index one, and puts controllers and devices with an address
 *  into the plan's tree. */
int base_tree(struct hgx_plan *plan, struct hgx_error *err);
/** Fails as base_broken() does, with the element's name and alias before the text. */
int base_refuse(const struct base *base, const struct base_item *item, enum rule_id rule,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);
/** A new port of the user, or one that libvirt adds for the user; NULL if there is no memory. */
struct port *base_port(struct hgx_plan *plan, enum hgx_kind kind, const char *alias);
/** The kind of an assigned device: that of the host's, else what its element or alias tells. */
enum hgx_kind base_kind(const struct base *base, const struct base_item *item);
/** Makes a port of a device of the domain: item->port. */
int base_add_device(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err);
/** Adds an expander bus to those of the domain, by bus number. */
void base_add_expander(struct base *base, struct port *expander);

#endif
