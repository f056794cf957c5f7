/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pairing functions by the places that they are wired to. */
#include <stdlib.h>
#include "compare/place.h"
#include "model/topo.h"
#include "match/match.h"

struct place {
	const struct hgx_node *bridge; /* the root bus */
	const struct hgx_node *node;
	size_t index;	/* of the function on its side */
	uint32_t depth; /* below the root bus */
	uint64_t path;	/* the numbers of the way down, as a hash */
};

/* The places below one root bus, by path. */
struct bus {
	struct place *places;
	size_t count;
};

struct buses {
	struct place *places; /* of all */
	struct bus *items;
	size_t count;
};

static uint64_t hash(uint64_t value, uint32_t number)
{
	return (value ^ number) * 0x100000001b3u; /* the prime of FNV-1a */
}

static struct place place_of(const struct hgx_node *node, size_t index)
{
	struct place place = { .node = node, .index = index, .path = 0xcbf29ce484222325u };

	for (; node->pci; node = node->parent) {
		place.path = hash(place.path, (uint32_t)node->pci->address.device << 3 |
						      node->pci->address.function);
		place.depth++;
	}
	place.bridge = node;
	return place;
}

static int compare_paths(const struct place *a, const struct place *b)
{
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return (a->path > b->path) - (a->path < b->path);
}

static int by_bus(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = node_compare(x->bridge, y->bridge);

	if (!order)
		order = compare_paths(x, y);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool buses_make(struct buses *buses, const struct pair_side *side)
{
	buses->count = 0;
	buses->places = calloc(side->count + 1, sizeof(*buses->places));
	buses->items = calloc(side->count + 1, sizeof(*buses->items));
	if (!buses->places || !buses->items)
		return false;
	for (size_t i = 0; i < side->count; i++)
		buses->places[i] = place_of(side->nodes[i], i);
	qsort(buses->places, side->count, sizeof(*buses->places), by_bus);
	for (size_t i = 0; i < side->count; i++) {
		if (!i || buses->places[i].bridge != buses->places[i - 1].bridge)
			buses->items[buses->count++].places = &buses->places[i];
		buses->items[buses->count - 1].count++;
	}
	return true;
}

static void buses_free(struct buses *buses)
{
	free(buses->places);
	free(buses->items);
}

static uint32_t same_numa(const struct hgx_node *a, const struct hgx_node *b)
{
	return a->numa && b->numa && numa_rank(a->numa) == numa_rank(b->numa);
}

typedef void visit(struct pairs *pairs, const struct place *a, const struct place *b);

/* How much two root buses are alike; what has the same place on both is visited. Of several that
 * are alike, the one of the same number is most likely the same. */
static uint32_t likeness(const struct bus *a, const struct bus *b, visit *found,
			 struct pairs *pairs)
{
	const struct hgx_node *one = a->places->bridge, *other = b->places->bridge;
	uint32_t score = same_numa(one, other) + (one->order == other->order);

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		const struct place *x = &a->places[i], *y = &b->places[j];
		int order = compare_paths(x, y);

		if (!order) {
			score += match_alike(x->node, y->node) ? 4 : 1;
			if (found)
				found(pairs, x, y);
		}
		i += order <= 0;
		j += order >= 0;
	}
	return score;
}

/* best[i * width + j]: the most likeness of the first i root buses of one side with the first j of
 * the other. */
struct table {
	uint32_t *best;
	size_t width;
};

static uint32_t *cell(const struct table *table, size_t i, size_t j)
{
	return &table->best[i * table->width + j];
}

static uint32_t most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void fill(const struct table *table, const struct buses *a, const struct buses *b)
{
	for (size_t i = 1; i <= a->count; i++)
		for (size_t j = 1; j <= b->count; j++) {
			uint32_t both = *cell(table, i - 1, j - 1) +
					likeness(&a->items[i - 1], &b->items[j - 1], NULL, NULL);

			*cell(table, i,
			      j) = most(both, most(*cell(table, i - 1, j), *cell(table, i, j - 1)));
		}
}

void pair_join(struct pairs *pairs, size_t a, size_t b)
{
	pairs->a.other[a] = b;
	pairs->b.other[b] = a;
}

static void join_any(struct pairs *pairs, const struct place *a, const struct place *b)
{
	if (pairs->a.other[a->index] == PAIR_NONE && pairs->b.other[b->index] == PAIR_NONE)
		pair_join(pairs, a->index, b->index);
}

static void join_same(struct pairs *pairs, const struct place *a, const struct place *b)
{
	if (match_alike(a->node, b->node))
		join_any(pairs, a, b);
}

/* Goes back through the table along the root buses that it paired. */
static void join_buses(struct pairs *pairs, const struct table *table, const struct buses *a,
		       const struct buses *b, visit *join)
{
	size_t i = a->count, j = b->count;

	while (i && j) {
		if (*cell(table, i, j) == *cell(table, i - 1, j))
			i--;
		else if (*cell(table, i, j) == *cell(table, i, j - 1))
			j--;
		else
			likeness(&a->items[--i], &b->items[--j], join, pairs);
	}
}

bool join_by_place(struct pairs *pairs, bool any_model)
{
	struct buses a = { NULL, NULL, 0 }, b = { NULL, NULL, 0 };
	struct table table = { NULL, 0 };
	bool fine = buses_make(&a, &pairs->a) && buses_make(&b, &pairs->b);

	if (fine) {
		table.width = b.count + 1;
		table.best = calloc((a.count + 1) * table.width, sizeof(*table.best));
		fine = table.best != NULL;
	}
	if (fine) {
		fill(&table, &a, &b);
		join_buses(pairs, &table, &a, &b, any_model ? join_any : join_same);
	}
	free(table.best);
	buses_free(&a);
	buses_free(&b);
	return fine;
}
