/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that compare three places on the host: that of a device, and those of the memory and of the
 * vCPUs of the NUMA cell that the guest sees it in. */
#include <stdbool.h>
#include "check/cell.h"
#include "check/domain.h"
#include "check/tell.h"
#include "util/arena.h"
#include "model/kind.h"
#include "model/origin.h"
#include "format/xml_read.h"
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
				   NULL, "%s is on %s of the host, but %s",
				   node_title(item->source).text, place.device->name,
				   bound_text(check, &place));
	}
}

/* ------------------------------------------------- no cell at all */

/* The bus at the top of the tree that a device is in: pcie.0, or an expander bus. */
static const struct port *top_of(const struct base_item *item)
{
	const struct port *port = item->port;

	while (port && port->parent)
		port = port->parent;
	return port;
}

/* The cell whose memory or vCPUs are on a node of the host; the count of cells: there is none. */
static size_t cell_on(const struct domain *domain, const struct hgx_node *numa)
{
	const struct binding *binding = &domain->binding;
	size_t cell = 0;

	while (cell < binding->cell_count && binding->memory[cell] != numa &&
	       binding->pins[cell] != numa)
		cell++;
	return cell;
}

/* The cell that a device without one should be in; the count of cells: it has one, or there is none
 * for it. On pcie.0, only GPUs are told: what a user puts there is mostly not for NCCL. */
static size_t lacking_cell(const struct domain *domain, const struct base_item *item)
{
	const struct hgx_node *numa = item->source ? origin_numa_of(item->source) : NULL;
	const struct port *top = top_of(item);

	if (!numa || !top || top->cell >= 0 || item->held)
		return domain->binding.cell_count;
	if (top == domain->plan->root && !kind_computes(item->source->kind))
		return domain->binding.cell_count;
	return cell_on(domain, numa);
}

static const struct xml_element *element_of(const struct domain *domain, const struct port *port)
{
	for (size_t i = 0; i < domain->base.count; i++)
		if (domain->base.items[i].port == port)
			return domain->base.items[i].element;
	return NULL;
}

/* Of the devices below an expander bus, the first is told. */
static bool is_told(const struct domain *domain, const struct base_item *item)
{
	for (const struct base_item *other = domain->base.items; other < item; other++)
		if (top_of(other) == top_of(item) && top_of(item) != domain->plan->root &&
		    lacking_cell(domain, other) < domain->binding.cell_count)
			return true;
	return false;
}

static void add_lacking(struct domain_check *check, const struct domain *domain,
			const struct base_item *item, size_t cell)
{
	const struct port *top = top_of(item);
	const char *numa = origin_numa_of(item->source)->name;

	if (top == domain->plan->root)
		domain_add(
			check, domain, RULE_CELL_UNKNOWN, item->element, item->source, NULL,
			"%s is below pcie.0, so it has no NUMA node in the guest; it is on %s of "
			"the host, which is cell %zu",
			node_title(item->source).text, numa, cell);
	else
		domain_add(
			check, domain, RULE_CELL_UNKNOWN, element_of(domain, top), item->source,
			arena_format(&check->check.out->arena, "<node>%zu</node>", cell),
			"the expander bus of controller %u has no <node>, so what is below it has "
			"no NUMA node in the guest; %s is on %s of the host, which is cell %zu",
			top->index, node_title(item->source).text, numa, cell);
}

void cell_unknown(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0;
	     domain->whole && domain->binding.cell_count > 1 && i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];
		size_t cell = lacking_cell(domain, item);

		if (cell < domain->binding.cell_count && !is_told(domain, item))
			add_lacking(check, domain, item, cell);
	}
}

/* ------------------------------------------------- cells that are odd */

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

/* What binds the memory of a cell: its <memnode>, or the <memory> of all; NULL: there is none. */
static const struct xml_element *memory_element(const struct domain *domain, size_t cell)
{
	const struct xml_element *tune = xml_child(domain->base.domain, "numatune");
	unsigned number;

	for (const struct xml_element *node = xml_child(tune, "memnode"); node;
	     node = xml_following(node)) {
		const char *text = xml_attribute(node, "cellid");

		if (text && xml_number(text, UINT32_MAX, &number) && number == cell)
			return node;
	}
	return xml_child(tune, "memory");
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
		domain_add(check, domain, RULE_CELL_MEMORY, memory_element(domain, cell),
			   item->source, NULL,
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
