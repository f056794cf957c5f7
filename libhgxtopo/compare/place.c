/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pairing functions by the places that they are wired to. */
#include <stdlib.h>
#include <string.h>
#include "compare/assign.h"
#include "compare/place.h"
#include "model/link.h"
#include "model/topo.h"
#include "match/match.h"
#include "util/text.h"

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

static bool same_numa(const struct hgx_node *a, const struct hgx_node *b)
{
	return a->numa && b->numa && numa_rank(a->numa) == numa_rank(b->numa);
}

static bool same_link(const struct hgx_node *a, const struct hgx_node *b)
{
	struct hgx_link x = link_met(a), y = link_met(b);

	return x.speed == y.speed && x.width == y.width;
}

/* How much two functions of one place are alike. Those that a number has joined are the same. */
static int64_t function_likeness(const struct pairs *pairs, const struct place *a,
				 const struct place *b)
{
	if (!match_alike(a->node, b->node))
		return 1;
	return 8 + (pairs->a.other[a->index] == b->index ? 16 : 0) +
	       2 * same_numa(a->node, b->node) + 2 * same_link(a->node, b->node) +
	       !memcmp(a->node->pci->bars, b->node->pci->bars, sizeof(a->node->pci->bars)) +
	       (a->node->pci->acs.control == b->node->pci->acs.control) +
	       text_equal(a->node->pci->driver, b->node->pci->driver);
}

typedef void visit(struct pairs *pairs, const struct place *a, const struct place *b);

/* How much two root buses are alike; what has the same place on both is visited. */
static int64_t likeness(const struct bus *a, const struct bus *b, visit *found, struct pairs *pairs)
{
	int64_t score = 4 * same_numa(a->places->bridge, b->places->bridge);

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		const struct place *x = &a->places[i], *y = &b->places[j];
		int order = compare_paths(x, y);

		if (!order) {
			score += function_likeness(pairs, x, y);
			if (found)
				found(pairs, x, y);
		}
		i += order <= 0;
		j += order >= 0;
	}
	return score;
}

/* The likeness of each root bus of one side with each of the other: score[i * b->count + j]. */
static bool score_buses(struct matrix *matrix, const struct buses *a, const struct buses *b,
			struct pairs *pairs)
{
	matrix->rows = a->count;
	matrix->columns = b->count;
	matrix->scores = calloc(a->count * b->count + 1, sizeof(*matrix->scores));
	for (size_t i = 0; matrix->scores && i < a->count; i++)
		for (size_t j = 0; j < b->count; j++) {
			const struct bus *x = &a->items[i], *y = &b->items[j];

			/* of several that are alike, that of the same number is the same */
			matrix->scores[i * b->count + j] = 2 * likeness(x, y, NULL, pairs) +
							   (x->places->bridge->order ==
							    y->places->bridge->order);
		}
	return matrix->scores != NULL;
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

static bool join_buses(struct pairs *pairs, const struct buses *a, const struct buses *b,
		       visit *join)
{
	struct matrix matrix;
	size_t *columns = calloc(a->count + 1, sizeof(*columns));
	bool fine = score_buses(&matrix, a, b, pairs) && columns && matrix_assign(&matrix, columns);

	for (size_t i = 0; fine && i < a->count; i++)
		if (columns[i] != ASSIGN_NONE)
			likeness(&a->items[i], &b->items[columns[i]], join, pairs);
	free(matrix.scores);
	free(columns);
	return fine;
}

bool join_by_place(struct pairs *pairs, bool any_model)
{
	struct buses a = { NULL, NULL, 0 }, b = { NULL, NULL, 0 };
	bool fine = buses_make(&a, &pairs->a) && buses_make(&b, &pairs->b) &&
		    join_buses(pairs, &a, &b, any_model ? join_any : join_same);

	buses_free(&a);
	buses_free(&b);
	return fine;
}
