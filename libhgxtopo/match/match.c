/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which device of a running guest is which planned one: by the numbers that identify it,
 * otherwise by its place. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "match/match.h"
#include "util/error.h"
#include "model/distance.h"
#include "model/kind.h"
#include "model/origin.h"
#include "model/topo.h"

#define MAX_DEVICES 4096 /* every device is compared with every other */

bool match_alike(const struct hgx_node *a, const struct hgx_node *b)
{
	return a->kind == b->kind && a->pci->vendor == b->pci->vendor &&
	       a->pci->device == b->pci->device;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool same_guid(const struct match_device *a, const struct match_device *b)
{
	return match_alike(a->node, b->node) && same_text(a->guid, b->guid);
}

/* The functions of a card share its serial number, and keep their function numbers in the
 * guest. */
static bool same_serial(const struct match_device *a, const struct match_device *b)
{
	const struct hgx_pci *x = a->node->pci, *y = b->node->pci;

	return match_alike(a->node, b->node) &&
	       (same_text(a->drive, b->drive) || (same_text(x->device_serial, y->device_serial) &&
						  x->address.function == y->address.function));
}

/* Whether they can be the same device: different numbers rule it out. */
static bool may_be(const struct match_device *a, const struct match_device *b)
{
	return match_alike(a->node, b->node) &&
	       (!a->guid || !b->guid || !strcmp(a->guid, b->guid)) &&
	       (!a->drive || !b->drive || !strcmp(a->drive, b->drive));
}

typedef bool same_device(const struct match_device *a, const struct match_device *b);

/* The only unmatched device of @side that is the same as @one; NULL if there is none, or several,
 * which the number then does not identify. */
static struct match_device *only(const struct match_side *side, const struct match_device *one,
				 same_device *same)
{
	struct match_device *found = NULL;

	for (size_t i = 0; i < side->count; i++) {
		struct match_device *device = &side->devices[i];

		if (device->other || !same(device, one))
			continue;
		if (found)
			return NULL;
		found = device;
	}
	return found;
}

static void join(struct match_device *seen, struct match_device *planned, enum match_way way)
{
	seen->other = planned;
	planned->other = seen;
	seen->way = planned->way = way;
}

static void join_by_number(struct match *match, same_device *same, enum match_way way)
{
	for (size_t i = 0; i < match->seen.count; i++) {
		struct match_device *seen = &match->seen.devices[i], *planned;

		planned = seen->other ? NULL : only(&match->planned, seen, same);
		if (planned && only(&match->seen, planned, same) == seen)
			join(seen, planned, way);
	}
}

static int by_order(const void *a, const void *b)
{
	const struct hgx_node *x = ((const struct match_device *)a)->node;
	const struct hgx_node *y = ((const struct match_device *)b)->node;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* Where a place tells nothing: a guest whose devices are on plain root ports has neither the
 * switches nor the NUMA nodes that would tell one device from the next of its model. */
static bool place_tells(const struct match_device *seen, const struct match_device *planned)
{
	const struct hgx_node *a = seen->node, *b = planned->node;

	if (top_switch(b) || top_switch(a))
		return top_switch(a) && top_switch(b);
	return a->numa || !b->numa || b->topo->numa_count == 1;
}

static bool may_be_there(const struct match_device *planned, const struct match_device *seen)
{
	return !planned->other && may_be(planned, seen) && place_tells(seen, planned);
}

/* The unmatched device at the same address. */
static struct match_device *at_place(const struct match *match, const struct match_device *seen)
{
	struct match_device *found = bsearch(seen, match->planned.devices, match->planned.count,
					     sizeof(*seen), by_order);

	return found && may_be_there(found, seen) ? found : NULL;
}

/* An additional device shifts bus numbers, and may put one device where another was
 * planned. So addresses decide only if every unmatched device is where it was planned. */
static bool all_in_place(const struct match *match, const struct match_device *one)
{
	for (size_t i = 0; i < match->seen.count; i++) {
		const struct match_device *seen = &match->seen.devices[i];

		if (!seen->other && match_alike(seen->node, one->node) && !at_place(match, seen))
			return false;
	}
	return true;
}

static struct match_device *next_in_order(const struct match *match,
					  const struct match_device *seen)
{
	for (size_t i = 0; i < match->planned.count; i++) {
		struct match_device *planned = &match->planned.devices[i];

		if (may_be_there(planned, seen))
			return planned;
	}
	return NULL;
}

static bool same_model(const struct match_device *a, const struct match_device *b)
{
	return may_be(a, b);
}

/* The only device of its model on both sides needs no place. */
static void join_by_model(struct match *match)
{
	for (size_t i = 0; i < match->seen.count; i++) {
		struct match_device *seen = &match->seen.devices[i], *planned = NULL;
		size_t here = 0, there = 0;

		for (size_t j = 0; j < match->seen.count; j++)
			here += match_alike(match->seen.devices[j].node, seen->node);
		for (size_t j = 0; j < match->planned.count; j++)
			there += match_alike(match->planned.devices[j].node, seen->node);
		if (!seen->other && here == 1 && there == 1)
			planned = only(&match->planned, seen, same_model);
		if (planned && !place_tells(seen, planned))
			join(seen, planned, MATCH_MODEL);
	}
}

static void join_by_place(struct match *match)
{
	for (size_t i = 0; i < match->seen.count; i++) {
		struct match_device *seen = &match->seen.devices[i], *planned;

		if (!seen->other && all_in_place(match, seen))
			join(seen, at_place(match, seen), MATCH_ADDRESS);
		else if (!seen->other && (planned = next_in_order(match, seen)))
			join(seen, planned, MATCH_ORDER);
	}
}

/* A number that several devices have identifies none of them. */
static void take_numbers(struct match_side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		const struct hgx_pci *pci = side->devices[i].node->pci;
		bool guid = pci->guid != NULL, drive = pci->drive_serial != NULL;

		for (size_t j = 0; (guid || drive) && j < side->count; j++) {
			const struct hgx_pci *other = side->devices[j].node->pci;

			guid = guid && (i == j || !same_text(pci->guid, other->guid));
			drive = drive &&
				(i == j || !same_text(pci->drive_serial, other->drive_serial));
		}
		side->devices[i].guid = guid ? pci->guid : NULL;
		side->devices[i].drive = drive ? pci->drive_serial : NULL;
	}
}

static int collect(struct match_side *side, const struct hgx_topo *topo, struct hgx_error *err)
{
	side->count = 0;
	side->devices = calloc(topo->count, sizeof(*side->devices));
	if (!side->devices)
		return fail_memory(err);
	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node))
		if (kind_of(node->kind)->matched)
			side->devices[side->count++].node = node;
	if (side->count > MAX_DEVICES)
		return fail(err, RULE_NCCL_LIMIT,
			    "%zu GPUs, NICs, drives and NVSwitches are too many: NCCL reads 255",
			    side->count);
	qsort(side->devices, side->count, sizeof(*side->devices), by_order);
	take_numbers(side);
	return HGX_OK;
}

int match_make(struct match *match, const struct hgx_topo *seen, const struct hgx_topo *planned,
	       struct hgx_error *err)
{
	int code;

	memset(match, 0, sizeof(*match));
	code = collect(&match->seen, seen, err);
	if (!code)
		code = collect(&match->planned, planned, err);
	if (code)
		return code;
	join_by_number(match, same_guid, MATCH_GUID);
	join_by_number(match, same_serial, MATCH_SERIAL);
	join_by_model(match);
	join_by_place(match);
	return HGX_OK;
}

void match_free(struct match *match)
{
	free(match->seen.devices);
	free(match->planned.devices);
}

static bool below_switch(const struct match_side *side)
{
	for (size_t i = 0; i < side->count; i++)
		if (has_origin(side->devices[i].node) && top_switch(side->devices[i].node))
			return true;
	return false;
}

bool match_is_flat(const struct match *match)
{
	return below_switch(&match->planned) && !below_switch(&match->seen);
}
