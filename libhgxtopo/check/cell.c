/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that compare three places on the host: that of a device, and those of the memory and of the
 * vCPUs of the NUMA cell that the guest sees it in. */
#include <stdbool.h>
#include "check/cell.h"
#include "check/domain.h"
#include "model/origin.h"
#include "guest/port.h"

/* NUMA nodes of the host; NULL where it is none, or several. */
struct place {
	size_t cell;
	const struct hgx_node *device, *memory, *pins;
};

enum odd { ODD_NONE, ODD_DEVICE, ODD_MEMORY, ODD_PINS };

/* The cell of a device; a guest with a single one has everything there. */
static bool cell_of(const struct domain *domain, const struct base_item *item, size_t *cell)
{
	const struct hgx_node *guest = item->port ? item->port->guest : NULL;

	if (!guest)
		return false;
	*cell = guest->numa ? (size_t)guest->numa->memory->id : 0;
	return (guest->numa || domain->binding.cell_count == 1) &&
	       *cell < domain->binding.cell_count;
}

bool cell_possible(const struct hgx_node *numa)
{
	const struct hgx_node *root = numa->topo->root, *node = root;

	while (node && (node->kind != HGX_CPU || node->numa != numa))
		node = node_next(root, node);
	return node && numa->memory->bytes;
}

static bool place_of(const struct domain *domain, const struct base_item *item, struct place *out)
{
	if (!item->source || !cell_of(domain, item, &out->cell))
		return false;
	out->device = origin_numa_of(item->source);
	out->memory = domain->binding.memory[out->cell];
	out->pins = domain->binding.pins[out->cell];
	return out->device && cell_possible(out->device);
}

static enum odd odd_of(const struct place *place)
{
	const struct hgx_node *bound = place->pins ? place->pins : place->memory;

	if (place->memory && place->pins && place->memory != place->pins) {
		if (place->device == place->memory)
			return ODD_PINS;
		return place->device == place->pins ? ODD_MEMORY : ODD_DEVICE;
	}
	return bound && bound != place->device ? ODD_DEVICE : ODD_NONE;
}

/* Where memory and vCPUs of a cell are: "the memory of its NUMA cell 0 is on node0". */
static const char *bound_text(struct domain_check *check, const struct place *place)
{
	struct arena *arena = &check->check.out->arena;

	if (place->memory && place->pins && place->memory != place->pins)
		return arena_format(arena,
				    "the memory of its NUMA cell %zu is on %s, and the vCPUs on %s",
				    place->cell, place->memory->name, place->pins->name);
	return arena_format(arena, "the %s of its NUMA cell %zu %s on %s",
			    !place->pins   ? "memory" :
			    !place->memory ? "vCPUs" :
					     "memory and vCPUs",
			    place->cell, place->pins ? "are" : "is",
			    (place->pins ? place->pins : place->memory)->name);
}

void cell_device(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; domain->whole && i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];
		struct place place;

		if (place_of(domain, item, &place) && odd_of(&place) == ODD_DEVICE)
			domain_add(check, domain, RULE_CELL_DEVICE, item->element, item->source,
				   domain_mirror(check, domain), "%s is on %s of the host, but %s",
				   node_title(item->source).text, place.device->name,
				   bound_text(check, &place));
	}
}

/* How many devices of a cell say that this is odd, and the first of them. */
static unsigned votes(const struct domain *domain, size_t cell, enum odd odd,
		      const struct base_item **first, struct place *place)
{
	unsigned count = 0;

	for (size_t i = 0; i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];
		struct place own;

		if (!place_of(domain, item, &own) || own.cell != cell || odd_of(&own) != odd)
			continue;
		if (!count++) {
			*first = item;
			*place = own;
		}
	}
	return count;
}

/* Where a cell's memory or vCPUs are odd, each of its devices would say the same. */
static void look_cell(struct domain_check *check, const struct domain *domain, size_t cell,
		      enum odd odd)
{
	enum odd other = odd == ODD_MEMORY ? ODD_PINS : ODD_MEMORY;
	const struct base_item *item, *unused;
	struct place place, not_used;
	unsigned count = votes(domain, cell, odd, &item, &place);
	unsigned against = votes(domain, cell, other, &unused, &not_used);

	if (!count || count < against || (count == against && odd == ODD_PINS))
		return;
	if (odd == ODD_MEMORY)
		domain_add(check, domain, RULE_CELL_MEMORY, NULL, item->source, NULL,
			   "the memory of NUMA cell %zu is on %s of the host, but its vCPUs and %u "
			   "of its devices are on %s (%s)",
			   cell, place.memory->name, count, place.device->name,
			   node_title(item->source).text);
	else
		domain_add(
			check, domain, RULE_CELL_PINS, NULL, item->source, NULL,
			"the vCPUs of NUMA cell %zu run on %s of the host, but its memory and %u "
			"of its devices are on %s (%s)",
			cell, place.pins->name, count, place.device->name,
			node_title(item->source).text);
}

static void look_cells(struct domain_check *check, const struct domain *domain, enum odd odd)
{
	for (size_t i = 0; domain->whole && i < domain->binding.cell_count; i++)
		look_cell(check, domain, i, odd);
}

void cell_memory(struct domain_check *check, const struct domain *domain)
{
	look_cells(check, domain, ODD_MEMORY);
}

void cell_pins(struct domain_check *check, const struct domain *domain)
{
	look_cells(check, domain, ODD_PINS);
}
