/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that compare the path from a GPU to a NIC on the host with the one that the guest shows. */
#include <stdbool.h>
#include "check/cell.h"
#include "check/domain.h"
#include "model/distance.h"
#include "model/kind.h"
#include "guest/port.h"

/* What matters of a path class: the guest need not tell nested switches, or the root buses of a
 * NUMA node, apart. */
enum path {
	PATH_SWITCH, /* PIX, PXB */
	PATH_NODE,   /* PHB, NODE */
	PATH_FAR     /* SYS */
};

static enum path path_between(const struct hgx_node *a, const struct hgx_node *b)
{
	enum hgx_distance distance = hgx_distance(a, b);

	return distance <= HGX_PXB ? PATH_SWITCH : distance <= HGX_NODE ? PATH_NODE : PATH_FAR;
}

struct pair {
	const struct base_item *gpu, *nic;
	enum path host, guest;
};

static bool is_seen(const struct base_item *item)
{
	return item->source && item->port && item->port->guest;
}

/* The node of a device may be unknown, or one that no cell can be on; then the distance to another
 * root bus says nothing. */
static bool is_known(const struct hgx_node *a, const struct hgx_node *b)
{
	if (hgx_distance(a, b) < HGX_NODE)
		return true;
	return a->numa && b->numa && cell_possible(a->numa) && cell_possible(b->numa);
}

static bool compare(struct pair *pair)
{
	if (!is_seen(pair->gpu) || !is_seen(pair->nic) || !kind_computes(pair->gpu->source->kind) ||
	    pair->nic->source->kind != HGX_NIC || !is_known(pair->gpu->source, pair->nic->source))
		return false;
	pair->host = path_between(pair->gpu->source, pair->nic->source);
	pair->guest = path_between(pair->gpu->port->guest, pair->nic->port->guest);
	return pair->host == PATH_SWITCH ||
	       is_known(pair->gpu->port->guest, pair->nic->port->guest);
}

/* Where the path turns: "below switch 0000:16:00.0", "on root bus pci0000:15", "on node0", "on
 * node0 and node1". */
static const char *meeting(struct domain_check *check, const struct hgx_node *a,
			   const struct hgx_node *b)
{
	const struct hgx_node *common = common_ancestor(a, b);
	struct arena *arena = &check->check.out->arena;

	if (common->kind == HGX_HOST_BRIDGE)
		return arena_format(arena, "on root bus %s", common->name);
	if (common->kind != HGX_MACHINE)
		return arena_format(arena, "below %s", node_title(common).text);
	if (!a->numa || !b->numa)
		return "on different root buses";
	if (a->numa == b->numa)
		return arena_format(arena, "on different root buses of %s", a->numa->name);
	return arena_format(arena, "on different nodes, %s and %s", a->numa->name, b->numa->name);
}

static void add(struct domain_check *check, const struct domain *domain, enum rule_id rule,
		const struct pair *pair)
{
	const struct hgx_node *gpu = pair->gpu->source, *nic = pair->nic->source;
	const struct hgx_node *own = pair->gpu->port->guest, *other = pair->nic->port->guest;

	domain_add(check, domain, rule, pair->gpu->element, gpu, domain_mirror(check, domain),
		   "%s and NIC %s are %s of the host (%s), but in the guest, at %s and %s, "
		   "they are %s (%s)",
		   node_title(gpu).text, nic->name, meeting(check, gpu, nic),
		   hgx_distance_name(hgx_distance(gpu, nic)), own->name, other->name,
		   meeting(check, own, other), hgx_distance_name(hgx_distance(own, other)));
}

typedef bool differing(const struct pair *pair);
typedef bool comparing(const struct pair *a, const struct pair *b);

/* Tells the worst pair of each GPU. */
static void look(struct domain_check *check, const struct domain *domain, enum rule_id rule,
		 differing *differs, comparing *is_worse)
{
	const struct base *base = &domain->base;

	for (size_t i = 0; domain->whole && i < base->count; i++) {
		struct pair worst = { 0 };

		for (size_t j = 0; j < base->count; j++) {
			struct pair pair = { .gpu = &base->items[i], .nic = &base->items[j] };

			if (compare(&pair) && differs(&pair) &&
			    (!worst.gpu || is_worse(&pair, &worst)))
				worst = pair;
		}
		if (worst.gpu)
			add(check, domain, rule, &worst);
	}
}

static bool seems_nearer(const struct pair *pair)
{
	return pair->guest < pair->host;
}

static bool seems_much_nearer(const struct pair *a, const struct pair *b)
{
	return a->guest != b->guest ? a->guest < b->guest : a->host > b->host;
}

void path_nearer(struct domain_check *check, const struct domain *domain)
{
	look(check, domain, RULE_PATH_NEARER, seems_nearer, seems_much_nearer);
}

/* An AMD GPU is on a root port on purpose: atomics_lost(). */
static bool seems_farther(const struct pair *pair)
{
	if (pair->guest == PATH_NODE && needs_atomics(pair->gpu->source))
		return false;
	return pair->guest > pair->host;
}

static bool is_nearer(const struct pair *a, const struct pair *b)
{
	return a->host < b->host;
}

void path_farther(struct domain_check *check, const struct domain *domain)
{
	look(check, domain, RULE_PATH_FARTHER, seems_farther, is_nearer);
}
