/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices have moved, told from the path classes that differ. Of two devices between which
 * the class differs, the one that differs from more others has moved. */
#include <stdlib.h>
#include "compare/path.h"
#include "compare/device.h"
#include "model/kind.h"
#include "model/topo.h"
#include "match/match.h"

/* A device in both topologies, the number of others to which its path differs, and whether it has
 * been told. */
struct mover {
	const struct hgx_node *is, *was;
	size_t others;
	bool told;
};

struct movers {
	struct mover *items;
	size_t count;
	bool same_nodes;
};

static bool has_path(const struct hgx_node *is, const struct hgx_node *was)
{
	return kind_of(is->kind)->column && match_alike(is, was);
}

static bool collect(struct movers *movers, const struct pairs *pairs)
{
	movers->items = calloc(pairs->b.count + 1, sizeof(*movers->items));
	if (!movers->items)
		return false;
	for (size_t i = 0; i < pairs->b.count; i++) {
		const struct hgx_node *is = pairs->b.nodes[i], *was;

		if (pairs->b.other[i] == PAIR_NONE)
			continue;
		was = pairs->a.nodes[pairs->b.other[i]];
		if (has_path(is, was) && (!movers->same_nodes || same_device_numa(is, was)))
			movers->items[movers->count++] = (struct mover){ .is = is, .was = was };
	}
	return true;
}

/* Without the same NUMA nodes, what leads beyond a root bus is one class. */
static enum hgx_distance path(const struct movers *movers, const struct hgx_node *a,
			      const struct hgx_node *b)
{
	enum hgx_distance distance = hgx_distance(a, b);

	return distance == HGX_NODE && !movers->same_nodes ? HGX_SYS : distance;
}

static bool differs(const struct movers *movers, const struct mover *a, const struct mover *b)
{
	return path(movers, a->is, b->is) != path(movers, a->was, b->was);
}

static void count(struct movers *movers)
{
	for (size_t i = 0; i < movers->count; i++)
		for (size_t j = i + 1; j < movers->count; j++)
			if (differs(movers, &movers->items[i], &movers->items[j])) {
				movers->items[i].others++;
				movers->items[j].others++;
			}
}

/* GPUs before NICs, and these before drives. */
static int rank(const struct mover *mover)
{
	if (kind_computes(mover->is->kind))
		return 0;
	return mover->is->kind == HGX_NIC ? 1 : 2;
}

static bool is_farther(const struct mover *one, const struct mover *than)
{
	return one->others > than->others ||
	       (one->others == than->others && rank(one) < rank(than));
}

static struct mover *farthest(const struct movers *movers)
{
	struct mover *most = NULL;

	for (size_t i = 0; i < movers->count; i++)
		if (movers->items[i].others && (!most || is_farther(&movers->items[i], most)))
			most = &movers->items[i];
	return most;
}

/* Whether a path to @one tells more about a move than one to @than: those to GPUs do, then the
 * nearer one. */
static bool tells_more(const struct mover *mover, const struct mover *one, const struct mover *than)
{
	if (rank(one) != rank(than))
		return rank(one) < rank(than);
	return hgx_distance(mover->was, one->was) < hgx_distance(mover->was, than->was);
}

/* The other device that tells most about the move. */
static const struct mover *nearest(const struct movers *movers, const struct mover *one)
{
	const struct mover *best = NULL;

	for (size_t i = 0; i < movers->count; i++) {
		const struct mover *other = &movers->items[i];

		if (other == one || other->told || !differs(movers, one, other))
			continue;
		if (!best || tells_more(one, other, best))
			best = other;
	}
	return best;
}

static void tell(struct differences *differences, struct movers *movers, struct mover *one)
{
	const struct mover *other = nearest(movers, one);

	differ(differences, RULE_DIFF_PATH, HGX_WARNING, one->is, one->was,
	       "%s to %s %s, expected %s", hgx_distance_name(hgx_distance(one->is, other->is)),
	       kind_of(other->is->kind)->label, other->is->name,
	       hgx_distance_name(hgx_distance(one->was, other->was)));
	for (size_t i = 0; i < movers->count; i++)
		if (&movers->items[i] != one && !movers->items[i].told &&
		    differs(movers, one, &movers->items[i]))
			movers->items[i].others--;
	one->others = 0;
	one->told = true;
}

int compare_paths_of(struct differences *differences, const struct pairs *pairs, bool same_nodes)
{
	struct movers movers = { .same_nodes = same_nodes };
	struct mover *mover;

	if (!collect(&movers, pairs))
		return HGX_NO_MEMORY;
	count(&movers);
	while ((mover = farthest(&movers)) != NULL)
		tell(differences, &movers, mover);
	free(movers.items);
	return HGX_OK;
}
