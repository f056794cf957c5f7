/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus numbers, as firmware gives them. */
#include "guest/bus.h"
#include "model/kind.h"
#include "guest/plan.h"
#include "guest/port.h"

unsigned bus_bridges_below(const struct port *bus)
{
	unsigned count = 0;

	for (const struct port *port = port_next(bus, bus); port; port = port_next(bus, port))
		count += kind_of(port->kind)->bridge;
	return count;
}

unsigned bus_root_buses(const struct hgx_plan *plan)
{
	return 1 + bus_bridges_below(plan->root);
}

/* The tree is sorted by slot and function, the order in which firmware scans a bus. */
static void number_buses(struct port *root)
{
	unsigned current = root->secondary;

	for (struct port *port = port_next(root, root); port; port = port_next(root, port)) {
		port->bus = port->parent->secondary;
		if (kind_of(port->kind)->bridge)
			port->secondary = ++current;
	}
}

void bus_number_all(struct hgx_plan *plan)
{
	plan->root->secondary = 0;
	number_buses(plan->root);
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		number_buses(bus);
}
