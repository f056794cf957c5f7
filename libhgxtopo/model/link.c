/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCIe link between a function and the port above it. */
#include <stdbool.h>
#include "model/link.h"
#include "model/distance.h"
#include "util/link.h"
#include "model/topo.h"

struct hgx_link link_usable(const struct hgx_node *node)
{
	const struct hgx_pci *port = node->parent->pci;

	return port ? link_both(node->pci->link_max, port->link_max) : node->pci->link_max;
}

struct hgx_link link_met(const struct hgx_node *node)
{
	const struct hgx_pci *port = node->parent->pci;
	struct hgx_link link = link_usable(node), now = node->pci->link_now;

	if (port)
		now = link_both(now, port->link_now);
	if (now.width && (!link.width || now.width < link.width))
		link.width = now.width;
	if (!link.speed) /* neither end tells: what an idle device runs at is better than nothing */
		link.speed = now.speed;
	return link;
}

static uint64_t bandwidth(struct hgx_link link)
{
	return link.speed && link.width ? (uint64_t)link.speed * link.width : UINT64_MAX;
}

struct hgx_link link_lesser(struct hgx_link a, struct hgx_link b)
{
	return bandwidth(b) < bandwidth(a) ? b : a;
}

static bool is_narrow(const struct hgx_node *up)
{
	uint64_t uplink = bandwidth(link_met(up));

	for (const struct hgx_node *node = up; node; node = node_next(up, node)) {
		uint64_t link;

		if ((node->kind != HGX_GPU && node->kind != HGX_NIC) ||
		    node->pci->physical_function)
			continue;
		link = bandwidth(link_met(node));
		if (link != UINT64_MAX && uplink < link)
			return true;
	}
	return false;
}

const struct hgx_node *kept_switch(const struct hgx_node *node)
{
	const struct hgx_node *top = top_switch(node);

	for (; node != top; node = node->parent)
		if (node->kind == HGX_SWITCH_UP && is_narrow(node))
			return node;
	return top;
}

struct hgx_link link_flattened(const struct hgx_node *node)
{
	const struct hgx_node *top = top_switch(node);
	struct hgx_link link = link_met(node);

	for (const struct hgx_node *up = node; top && up != top; up = up->parent)
		if (up->kind == HGX_SWITCH_UP)
			link = link_lesser(link, link_met(up));
	return link;
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
