/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCIe link between a function and the port above it. */
#include <stdbool.h>
#include "model/link.h"
#include "util/link.h"
#include "model/topo.h"

struct hgx_link link_usable(const struct hgx_node *node)
{
	const struct hgx_pci *port = node->parent->pci;

	return port ? link_both(node->pci->link_max, port->link_max) : node->pci->link_max;
}

/* Only root ports and downstream ports have a link below them; there is none on a root bus, inside
 * a switch or behind another bridge. */
static bool has_link(const struct hgx_node *node)
{
	return node && node->pci &&
	       (node->parent->kind == HGX_ROOT_PORT || node->parent->kind == HGX_SWITCH_DOWN);
}

int hgx_node_link(const struct hgx_node *node, struct hgx_link *now, struct hgx_link *possible)
{
	struct hgx_link none = { 0, 0 };
	bool there = has_link(node);

	if (now)
		*now = there ? link_both(node->pci->link_now, node->parent->pci->link_now) : none;
	if (possible)
		*possible = there ? link_usable(node) : none;
	return there;
}
