/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's PCIe tree. Each cell has an expander bus; each group of host switches
 * becomes a root port and one switch, since nested emulated switches cost NCCL most of
 * its bandwidth. Each card has a port of its own, with its functions at slot 0. Whole GPUs of AMD
 * are on root ports, each alone. */
#include <stdbool.h>
#include <string.h>
#include "plan/pcie.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "model/distance.h"
#include "model/kind.h"
#include "model/origin.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/version.h"
#include "domain/assigned.h"
#include "domain/base.h"
#include "plan/clique.h"

#define MAX_SLOTS 32

static size_t children(const struct port *port)
{
	size_t count = 0;

	for (const struct port *child = port->first; child; child = child->next)
		count++;
	return count;
}

/* libvirt keeps an alias only if it consists of "ua-" and letters, digits, '_' and '-'.
 * With @card, the function number is cut off. */
static const char *alias_of(struct hgx_plan *plan, const char *what, const char *name, bool card)
{
	char *alias = (char *)arena_format(&plan->arena, "ua-%s-%s", what, name);

	if (card && strrchr(alias, '.'))
		*strrchr(alias, '.') = '\0';
	for (char *c = alias; *c; c++)
		if (*c == ':' || *c == '.')
			*c = '_';
	return alias;
}

static int cell_by_host(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (plan->cells[i].host == numa)
			return (int)i;
	return -1;
}

/* Reported once its place in the guest is known, with the GPUs and NICs of the domain:
 * domain/origin.c. */
static bool is_noted_later(const struct hgx_plan *plan, const struct hgx_node *node)
{
	bool later = plan->base && numa_is_usable(node->numa);

	for (size_t i = 0; later && i < plan->chosen_count; i++)
		if (has_origin(plan->chosen[i]) &&
		    (plan->chosen[i] == node || top_switch(plan->chosen[i]) == node))
			return true;
	return false;
}

static void note_moved(struct hgx_plan *plan, const struct hgx_node *node, int cell)
{
	if (!is_noted_later(plan, node))
		plan_note(plan, RULE_NUMA_MOVED, HGX_NOTE, node, NULL,
			  "%s is on %s, which is not used: placed in the cell of %s, the nearest",
			  node_title(node).text, node->numa->name, plan->cells[cell].host->name);
}

static int nearest_cell(struct hgx_plan *plan, const struct hgx_node *node)
{
	uint32_t least = UINT32_MAX;
	int cell = -1;

	for (size_t i = 0; i < plan->cell_count; i++) {
		uint32_t distance = node->numa->memory->distances[numa_rank(plan->cells[i].host)];

		if (distance < least) {
			least = distance;
			cell = (int)i;
		}
	}
	return cell;
}

/* The cell of a device: that of its NUMA node, the only cell, or the nearest one by SLIT.
 * -1 if the node or its distances are unknown. */
static int cell_of(struct hgx_plan *plan, const struct hgx_node *node)
{
	int cell = node->numa ? cell_by_host(plan, node->numa) : -1;

	if (plan->without_cells)
		return -1; /* libvirt takes no expander bus of a cell that is not in the domain */
	if (cell >= 0)
		return cell;
	if (plan->cell_count == 1)
		cell = 0;
	else if (node->numa && node->numa->memory->distances)
		cell = nearest_cell(plan, node);
	if (cell >= 0 && node->numa)
		note_moved(plan, node, cell);
	if (cell < 0)
		plan_note(
			plan, RULE_NUMA_UNKNOWN, HGX_WARNING, node,
			"check the NUMA settings of the firmware",
			node->numa ?
				"%s is on a NUMA node that is not used, and the distances to the others "
				"are unknown: the guest will not know the node" :
				"the NUMA node of %s is unknown: the guest will not know it either",
			node_title(node).text);
	return cell;
}

static const struct hgx_node *root_bus_of(const struct hgx_node *node)
{
	while (node && node->kind != HGX_HOST_BRIDGE)
		node = node->parent;
	return node;
}

/* Orders expander buses by cell, the one without a NUMA node last; within a cell by the
 * address of the root bus. */
static bool comes_after(const struct port *bus, int cell, const struct hgx_node *complex)
{
	if (bus->cell != cell)
		return (unsigned)bus->cell < (unsigned)cell;
	return bus->complex && complex && node_compare(bus->complex, complex) < 0;
}

static const char *numbered(struct hgx_plan *plan, const char *alias, unsigned number)
{
	return number < 2 ? alias : arena_format(&plan->arena, "%s-%u", alias, number);
}

static const char *expander_alias(struct hgx_plan *plan, int cell, const struct hgx_node *complex)
{
	unsigned number = 1;

	/* devices of one root bus may be on several NUMA nodes */
	for (const struct port *bus = plan->expanders; complex && bus; bus = bus->next)
		number += bus->complex == complex;
	if (complex)
		return numbered(plan, alias_of(plan, "pxb", complex->name, false), number);
	return cell < 0 ? "ua-pxb-unknown" :
			  alias_of(plan, "pxb", plan->cells[cell].host->name, false);
}

/* The expander bus of a cell, or of the device's root bus on the host; made if it is
 * missing. */
static struct port *expander(struct hgx_plan *plan, int cell, const struct hgx_node *node)
{
	const struct hgx_node *complex = plan->options.mirror == HGX_MIRROR_ROOT_COMPLEX ?
						 root_bus_of(node) :
						 NULL;
	struct port **link = &plan->expanders, *port;

	while (*link && ((*link)->user || comes_after(*link, cell, complex)))
		link = &(*link)->next;
	if (*link && (*link)->cell == cell && (*link)->complex == complex)
		return *link;
	port = port_add(plan, NULL, HGX_HOST_BRIDGE, cell < 0 ? NULL : plan->cells[cell].host);
	if (!port)
		return NULL;
	port->cell = cell;
	port->complex = complex;
	port->alias = expander_alias(plan, cell, complex);
	port->next = *link;
	*link = port;
	return port;
}

/* Shows the link of the host port, with a speed that the emulated port supports. */
static void show_link(const struct hgx_plan *plan, struct port *port)
{
	if (!port->host || !port->host->pci->link_max.width)
		return;
	port->speed = plan_port_speed(plan, port->host->pci->link_max.speed);
	port->width = port->host->pci->link_max.width;
}

/* Fills all functions of a slot before the next slot, as the vendor's guide does. */
static struct port *add_root_port(struct hgx_plan *plan, struct port *bus,
				  const struct hgx_node *host, const char *alias)
{
	size_t number = children(bus);
	struct port *port = port_add(plan, bus, HGX_ROOT_PORT, host);

	if (!port)
		return NULL;
	port->alias = alias;
	port->slot = (unsigned)(number / MAX_FUNCTIONS);
	port->function = (unsigned)(number % MAX_FUNCTIONS);
	port->multifunction = port->function == 0;
	show_link(plan, port);
	return port;
}

static struct port *find_switch(struct hgx_plan *plan, const struct hgx_node *top)
{
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus->first; port; port = port->next)
			if (port->first && port->first->kind == HGX_SWITCH_UP &&
			    port->first->host == top && children(port->first) < MAX_SLOTS)
				return port->first;
	return NULL;
}

static struct port *add_switch(struct hgx_plan *plan, const struct hgx_node *top, int cell)
{
	const struct hgx_node *root = top->parent->pci ? top->parent : NULL;
	struct port *bus = expander(plan, cell, top), *port, *up;
	unsigned number = 1;

	if (!bus)
		return NULL;
	/* an emulated switch has 32 ports: a larger group gets further switches */
	for (const struct port *any = plan->expanders; any; any = any->next)
		for (const struct port *other = any->first; other; other = other->next)
			number += other->first && other->first->host == top;
	port = add_root_port(plan, bus, root,
			     numbered(plan, alias_of(plan, "rp", top->name, false), number));
	up = port ? port_add(plan, port, HGX_SWITCH_UP, top) : NULL;
	if (up)
		up->alias = numbered(plan, alias_of(plan, "up", top->name, false), number);
	return up;
}

/* The port above a card: a downstream port of its group's switch, or a root port. */
static struct port *add_card_port(struct hgx_plan *plan, const struct hgx_node *card, bool further)
{
	const struct hgx_node *top = top_switch(card);
	const struct hgx_node *host = card->parent->pci ? card->parent : NULL;
	const char *name = alias_of(plan, "port", card->name, true);
	const char *alias = further ? arena_format(&plan->arena, "%s-%u", name,
						   card->pci->address.function) :
				      name;
	struct port *up = top ? find_switch(plan, top) : NULL, *port;

	if (!top) {
		struct port *bus = expander(plan, cell_of(plan, card), card);

		return bus ? add_root_port(plan, bus, host, alias) : NULL;
	}
	if (!up)
		up = add_switch(plan, top, cell_of(plan, top->numa ? top : card));
	if (!up)
		return NULL;
	port = port_add(plan, up, HGX_SWITCH_DOWN, host);
	if (port) {
		port->alias = alias;
		port->slot = (unsigned)children(up) - 1;
	}
	return port;
}

/* Functions keep their numbers if function 0 is among them, and none is virtual. Otherwise they are
 * numbered from 0, since a guest skips slots without function 0. */
static int add_functions(struct hgx_plan *plan, struct port *port,
			 const struct hgx_node **functions, size_t count)
{
	bool keep = functions[0]->pci->address.function == 0;

	for (size_t i = 0; i < count; i++)
		keep &= !functions[i]->pci->physical_function;
	for (size_t i = 0; port && i < count; i++) {
		struct port *device = port_add(plan, port, functions[i]->kind, functions[i]);

		if (!device)
			return HGX_NO_MEMORY;
		device->own = plan->base ? base_item_of(plan->base, functions[i]) : NULL;
		if (device->own)
			device->alias = device->own->alias ? device->own->alias : "";
		else
			device->alias = alias_of(plan, kind_of(functions[i]->kind)->name,
						 functions[i]->name, false);
		device->function = keep ? functions[i]->pci->address.function : (unsigned)i;
		device->multifunction = i == 0 && count > 1;
	}
	return port ? HGX_OK : HGX_NO_MEMORY;
}

static bool any_needs_atomics(const struct hgx_node **functions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (needs_atomics(functions[i]))
			return true;
	return false;
}

/* A root port for each function of a card, in the cell of the card's switch. */
static int add_apart(struct hgx_plan *plan, const struct hgx_node **functions, size_t count)
{
	const struct hgx_node *card = functions[0], *top = top_switch(card);
	const struct hgx_node *host = card->parent->pci ? card->parent : NULL;
	const char *alias = alias_of(plan, "port", card->name, true);
	struct port *bus = expander(plan, cell_of(plan, top && top->numa ? top : card), card);

	for (size_t i = 0; bus && i < count; i++) {
		unsigned number = functions[i]->pci->address.function;
		const char *own = i ? arena_format(&plan->arena, "%s-%u", alias, number) : alias;

		if (add_functions(plan, add_root_port(plan, bus, host, own), &functions[i], 1))
			return HGX_NO_MEMORY;
	}
	return bus ? HGX_OK : HGX_NO_MEMORY;
}

static int add_card(struct hgx_plan *plan, const struct hgx_node **functions, size_t count)
{
	if (any_needs_atomics(functions, count))
		return add_apart(plan, functions, count);
	for (size_t i = 0; i < count; i += MAX_FUNCTIONS)
		if (add_functions(plan, add_card_port(plan, functions[i], i > 0), functions + i,
				  count - i < MAX_FUNCTIONS ? count - i : MAX_FUNCTIONS))
			return HGX_NO_MEMORY;
	return HGX_OK;
}

/* The virtual functions of a NIC's ports are on one card, as the ports are: NCCL takes NICs in
 * different slots for cards with a link each. */
static struct hgx_bdf card_of(const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;

	return node->kind == HGX_NIC && pci->physical_function ?
		       pci->physical_function->pci->address :
		       pci->address;
}

/* Lists the chosen functions card by card. */
static const struct hgx_node **sort_cards(struct hgx_plan *plan)
{
	size_t count = 0, all = plan->chosen_count;
	const struct hgx_node **cards = arena_alloc(&plan->arena, (all + 1) * sizeof(*cards));
	bool *taken = arena_alloc(&plan->arena, all + 1);

	for (size_t i = 0; cards && taken && i < all; i++)
		for (size_t j = i; !taken[i] && j < all; j++)
			if (!taken[j] && (j == i || bdf_same_card(card_of(plan->chosen[i]),
								  card_of(plan->chosen[j])))) {
				cards[count++] = plan->chosen[j];
				taken[j] = j != i;
			}
	return taken ? cards : NULL;
}

/* The user's expander buses follow those of the plan, which are sorted by cell. */
static void add_user_expanders(struct hgx_plan *plan)
{
	struct port **link = &plan->expanders;

	while (*link)
		link = &(*link)->next;
	if (plan->base)
		*link = plan->base->expanders;
}

static int check_slots(const struct hgx_plan *plan, struct hgx_error *err)
{
	const size_t max_ports = MAX_SLOTS * MAX_FUNCTIONS;

	/* switches never overflow: a larger group gets further switches */
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		if (!bus->user && children(bus) > max_ports)
			return fail_node(
				err, RULE_SLOTS_EXHAUSTED, bus->host ? bus->host->name : NULL,
				"%s: %zu ports are needed below it, but an emulated expander bus "
				"has %zu; assign fewer devices",
				bus->host ? bus->host->name : bus->alias, children(bus), max_ports);
	return HGX_OK;
}

int plan_pcie(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct hgx_node **cards = sort_cards(plan);

	if (!cards)
		return fail_memory(err);
	for (size_t i = 0, count; i < plan->chosen_count; i += count) {
		for (count = 1; i + count < plan->chosen_count; count++)
			if (!bdf_same_card(card_of(cards[i]), card_of(cards[i + count])))
				break;
		if (add_card(plan, &cards[i], count))
			return fail_memory(err);
	}
	add_user_expanders(plan);
	plan_cliques(plan);
	return check_slots(plan, err);
}
