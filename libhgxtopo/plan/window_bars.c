/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of the 64-bit window that the BARs of a plan take, laid out as edk2 does it
 * (MdeModulePkg: PciBusDxe, PciHostBridgeDxe). */
#include <stdbool.h>
#include <string.h>
#include "plan/window_bars.h"
#include "util/arena.h"
#include "util/size.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"

#define MIB (1ull << 20)
#define MAX_BYTES (1ull << 57) /* larger sizes are cut to this, so that sums cannot overflow */

struct space {
	uint64_t size, alignment;
};

/* The spaces that a bus needs, in the order in which edk2 places them. */
struct spaces {
	struct space *items;
	size_t count;
};

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

static uint64_t power_above(uint64_t size)
{
	uint64_t power = 1;

	while (power < size)
		power *= 2;
	return power;
}

/* Larger alignments come first. For equal ones, edk2 compares the remainders of size
 * divided by alignment. */
static void spaces_insert(struct spaces *spaces, struct space space)
{
	size_t at = 0;

	if (!space.size)
		return;
	for (; at < spaces->count; at++) {
		const struct space *other = &spaces->items[at];
		uint64_t rest = space.size & (space.alignment - 1);

		if (space.alignment > other->alignment)
			break;
		if (space.alignment == other->alignment &&
		    (!rest || rest >= (other->size & (other->alignment - 1))))
			break;
	}
	memmove(&spaces->items[at + 1], &spaces->items[at],
		(spaces->count - at) * sizeof(*spaces->items));
	spaces->items[at] = space;
	spaces->count++;
}

static struct space spaces_sum(const struct spaces *spaces, uint64_t unit)
{
	struct space sum = { 0, unit };

	for (size_t i = 0; i < spaces->count; i++)
		sum.size = at_most(size_align(sum.size, spaces->items[i].alignment) +
					   spaces->items[i].size,
				   MAX_BYTES);
	sum.size = size_align(sum.size, unit);
	if (spaces->count && spaces->items[0].alignment > unit)
		sum.alignment = spaces->items[0].alignment;
	return sum;
}

/* Behind a bridge, only 64-bit prefetchable BARs go above 4 GiB. */
static void add_bars(struct spaces *spaces, const struct hgx_pci *pci)
{
	const uint32_t both = HGX_BAR_64BIT | HGX_BAR_PREFETCH;

	for (size_t i = 0; i < HGX_BARS - 1; i++) {
		const struct hgx_bar *bar = &pci->bars[i];
		uint64_t size = power_above(at_most(bar->size, MAX_BYTES));

		if (bar->size && (bar->flags & (both | HGX_BAR_IO)) == both)
			spaces_insert(spaces, (struct space){ size, size });
	}
}

static bool bus_space(struct hgx_plan *plan, const struct port *bus, struct space *out);

/* The BARs of the user's own devices are unknown, so each counts as 1 MiB; a virtio
 * device needs 16 KiB. */
static bool add_port(struct hgx_plan *plan, struct spaces *spaces, const struct port *port)
{
	struct space space = { MIB, MIB };

	if (port->host && port->host->pci && !kind_of(port->kind)->bridge) {
		add_bars(spaces, port->host->pci);
		return true;
	}
	if (port->first && !bus_space(plan, port, &space))
		return false;
	spaces_insert(spaces, space);
	return true;
}

/* On a root bus, edk2 combines prefetchable and other memory: it inserts the spaces once
 * more, from the front. */
static bool merge(struct hgx_plan *plan, struct spaces *spaces)
{
	struct spaces merged = { NULL, 0 };

	merged.items = arena_alloc(&plan->arena, spaces->count * sizeof(*merged.items) + 1);
	if (!merged.items)
		return false;
	for (size_t i = 0; i < spaces->count; i++)
		spaces_insert(&merged, spaces->items[i]);
	*spaces = merged;
	return true;
}

/* The space that a bus needs. Returns false if there is no memory. */
static bool bus_space(struct hgx_plan *plan, const struct port *bus, struct space *out)
{
	struct spaces spaces = { NULL, 0 };
	size_t most = 1;

	for (const struct port *port = bus->first; port; port = port->next)
		most += HGX_BARS;
	spaces.items = arena_alloc(&plan->arena, most * sizeof(*spaces.items));
	if (!spaces.items)
		return false;
	for (const struct port *port = bus->first; port; port = port->next)
		if (!add_port(plan, &spaces, port))
			return false;
	if (bus->kind == HGX_HOST_BRIDGE && !merge(plan, &spaces))
		return false;
	*out = spaces_sum(&spaces, bus->kind == HGX_HOST_BRIDGE ? 1 : MIB);
	return true;
}

/* The root buses share the window: each takes the first free place with its alignment. */
static uint64_t first_fit(const struct space *placed, const uint64_t *starts, size_t count,
			  const struct space *space)
{
	uint64_t start = 0;
	bool moved;

	do {
		moved = false;
		for (size_t i = 0; i < count; i++)
			if (start < starts[i] + placed[i].size && starts[i] < start + space->size) {
				start = size_align(starts[i] + placed[i].size, space->alignment);
				moved = true;
			}
	} while (moved);
	return start;
}

/* The root bus with the next bus number; NULL starts with pcie.0, and NULL ends. */
static const struct port *root_after(const struct hgx_plan *plan, const struct port *root)
{
	const struct port *next = NULL;

	if (!root)
		return plan->root;
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		if (bus->secondary > root->secondary && (!next || bus->secondary < next->secondary))
			next = bus;
	return next;
}

bool window_needed(struct hgx_plan *plan, uint64_t *out)
{
	const struct port *root = root_after(plan, NULL);
	struct space *spaces;
	uint64_t *starts;
	size_t count = 1;

	*out = 0;
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		count++;
	spaces = arena_alloc(&plan->arena, count * sizeof(*spaces));
	starts = arena_alloc(&plan->arena, count * sizeof(*starts));
	if (!spaces || !starts)
		return false;
	for (size_t i = 0; root && i < count; i++, root = root_after(plan, root)) {
		if (!bus_space(plan, root, &spaces[i]))
			return false;
		starts[i] = first_fit(spaces, starts, i, &spaces[i]);
		if (starts[i] + spaces[i].size > *out)
			*out = starts[i] + spaces[i].size;
	}
	return true;
}
