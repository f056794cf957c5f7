/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stays of the user's domain, as the first ports of the plan. */
#ifndef HGX_DOMAIN_TREE_H
#define HGX_DOMAIN_TREE_H

#include "domain/base.h"
#include "util/error.h"

int base_tree(struct hgx_plan *plan, struct hgx_error *err);
int base_refuse(const struct base *base, const struct base_item *item, enum rule_id rule,
		struct hgx_error *err, const char *format, ...) PRINTF(5, 6);
/* A port of the user's, or of what libvirt adds for him; NULL: no memory. */
struct port *base_port(struct hgx_plan *plan, enum hgx_kind kind, const char *alias);
int base_add_device(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err);
/* Among the others, by bus number. */
void base_add_expander(struct base *base, struct port *expander);

#endif
