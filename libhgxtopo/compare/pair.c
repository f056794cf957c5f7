/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which PCI function of one topology is which of another: by number, then by order. By place is in
 * place.c. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "compare/pair.h"
#include "compare/place.h"
#include "model/kind.h"
#include "model/topo.h"

static int by_address(const void *a, const void *b)
{
	const struct hgx_node *x = *(const struct hgx_node *const *)a;
	const struct hgx_node *y = *(const struct hgx_node *const *)b;

	return (x->order > y->order) - (x->order < y->order);
}

static bool collect(struct pair_side *side, const struct hgx_topo *topo)
{
	side->nodes = calloc(topo->count, sizeof(*side->nodes));
	side->other = calloc(topo->count, sizeof(*side->other));
	if (!side->nodes || !side->other)
		return false;
	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node))
		if (node->pci && !node->pci->physical_function)
			side->nodes[side->count++] = node;
	qsort(side->nodes, side->count, sizeof(*side->nodes), by_address);
	for (size_t i = 0; i < side->count; i++)
		side->other[i] = PAIR_NONE;
	return true;
}

size_t pair_index(const struct pair_side *side, const struct hgx_node *node)
{
	const struct hgx_node **found = side->count ? bsearch(&node, side->nodes, side->count,
							      sizeof(*side->nodes), by_address) :
						      NULL;

	return found && *found == node ? (size_t)(found - side->nodes) : PAIR_NONE;
}

/* A function that is still alone, and what it is recognized by among those of its model. */
struct candidate {
	const struct hgx_node *node;
	const char *number; /* NULL: none is asked for */
	unsigned function;  /* of a card, whose functions share a number; else 0 */
	size_t rank;	    /* of its NUMA node; 0 if none is asked for */
	size_t index;
};

typedef bool recognize(struct candidate *candidate);

static bool by_guid(struct candidate *candidate)
{
	return (candidate->number = candidate->node->pci->guid) != NULL;
}

static bool by_drive(struct candidate *candidate)
{
	return (candidate->number = candidate->node->pci->drive_serial) != NULL;
}

static bool by_card(struct candidate *candidate)
{
	candidate->function = candidate->node->pci->address.function;
	return (candidate->number = candidate->node->pci->device_serial) != NULL;
}

static bool by_numa(struct candidate *candidate)
{
	if (!kind_is_device(candidate->node->kind))
		return false;
	candidate->rank = candidate->node->numa ? 1 + numa_rank(candidate->node->numa) : 0;
	return true;
}

static bool by_order(struct candidate *candidate)
{
	return kind_is_device(candidate->node->kind);
}

static int compare_models(const struct hgx_node *a, const struct hgx_node *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->pci->vendor != b->pci->vendor)
		return a->pci->vendor < b->pci->vendor ? -1 : 1;
	return (a->pci->device > b->pci->device) - (a->pci->device < b->pci->device);
}

/* Equal for what is recognized as the same. */
static int compare_candidates(const struct candidate *a, const struct candidate *b)
{
	int order = compare_models(a->node, b->node);

	if (!order && a->number && b->number)
		order = strcmp(a->number, b->number);
	if (!order)
		order = (a->function > b->function) - (a->function < b->function);
	return order ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

static int sort_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = compare_candidates(x, y);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Those of a side that are alone and have what they are recognized by, sorted. */
static struct candidate *candidates_of(const struct pair_side *side, recognize *is_known,
				       size_t *count)
{
	struct candidate *all = calloc(side->count + 1, sizeof(*all));

	*count = 0;
	for (size_t i = 0; all && i < side->count; i++) {
		struct candidate candidate = { .node = side->nodes[i], .index = i };

		if (side->other[i] == PAIR_NONE && is_known(&candidate))
			all[(*count)++] = candidate;
	}
	if (all)
		qsort(all, *count, sizeof(*all), sort_candidates);
	return all;
}

/* How many from @start on are recognized as the same. */
static size_t run_length(const struct candidate *all, size_t count, size_t start)
{
	size_t end = start + 1;

	while (end < count && !compare_candidates(&all[start], &all[end]))
		end++;
	return end - start;
}

struct run {
	const struct candidate *first;
	size_t count;
};

/* A number that several have identifies none of them; otherwise the order decides. */
static void join_runs(struct pairs *pairs, struct run a, struct run b)
{
	if (a.first->number && (a.count > 1 || b.count > 1))
		return;
	for (size_t i = 0; i < a.count && i < b.count; i++)
		pair_join(pairs, a.first[i].index, b.first[i].index);
}

static void join_sorted(struct pairs *pairs, struct run a, struct run b)
{
	for (size_t i = 0, j = 0; i < a.count && j < b.count;) {
		int order = compare_candidates(&a.first[i], &b.first[j]);
		size_t here = run_length(a.first, a.count, i);
		size_t there = run_length(b.first, b.count, j);

		if (!order)
			join_runs(pairs, (struct run){ &a.first[i], here },
				  (struct run){ &b.first[j], there });
		i += order <= 0 ? here : 0;
		j += order >= 0 ? there : 0;
	}
}

static bool join_by(struct pairs *pairs, recognize *is_known)
{
	struct run a, b;
	struct candidate *x = candidates_of(&pairs->a, is_known, &a.count);
	struct candidate *y = candidates_of(&pairs->b, is_known, &b.count);
	bool fine = x && y;

	a.first = x;
	b.first = y;
	if (fine)
		join_sorted(pairs, a, b);
	free(x);
	free(y);
	return fine;
}

int pairs_make(struct pairs *pairs, const struct hgx_topo *a, const struct hgx_topo *b)
{
	bool fine;

	memset(pairs, 0, sizeof(*pairs));
	fine = collect(&pairs->a, a) && collect(&pairs->b, b) && join_by(pairs, by_guid) &&
	       join_by(pairs, by_drive) && join_by(pairs, by_card) && join_by_place(pairs, false) &&
	       join_by(pairs, by_numa) && join_by(pairs, by_order) && join_by_place(pairs, true);
	return fine ? HGX_OK : HGX_NO_MEMORY;
}

void pairs_free(struct pairs *pairs)
{
	free(pairs->a.nodes);
	free(pairs->a.other);
	free(pairs->b.nodes);
	free(pairs->b.other);
}
