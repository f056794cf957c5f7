/* Guest bus numbers. SeaBIOS, OVMF and Linux agree: every root bus counts for itself; the
 * bridges on a bus are visited by slot and function, each gets the next number for the bus
 * below it, and that bus is scanned at once. */
#include "plan.h"

#define BUSES 256

static unsigned bridges_below(const struct port *bus)
{
	unsigned count = 0;

	for (const struct port *port = port_next(bus, bus); port; port = port_next(bus, port))
		count += kind_of(port->kind)->bridge;
	return count;
}

/* The ports are kept in the order of slot and function. */
static void number_buses(struct port *root)
{
	unsigned current = root->secondary;

	for (struct port *port = port_next(root, root); port; port = port_next(root, port)) {
		port->bus = port->parent->secondary;
		if (kind_of(port->kind)->bridge)
			port->secondary = ++current;
	}
}

static unsigned align_up(unsigned value, unsigned to)
{
	return (value + to - 1) / to * to;
}

/* Gives each expander bus a number with at least the buses it needs after it, and as much
 * room as there is for what the user adds. False: it does not fit at this alignment. */
static bool spread(struct hgx_plan *plan, unsigned alignment)
{
	unsigned next = 1 + bridges_below(plan->root);

	for (struct port *bus = plan->expanders; bus; bus = bus->next) {
		bus->secondary = align_up(next, alignment);
		next = bus->secondary + 1 + bridges_below(bus);
	}
	return next <= BUSES;
}

static int too_many(const struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned needed = 1 + bridges_below(plan->root), expanders = 0;

	for (const struct port *bus = plan->expanders; bus; bus = bus->next, expanders++)
		needed += 1 + bridges_below(bus);
	return fail(
		err, HGX_LIMIT,
		"%u PCI buses are needed (%u for pcie.0 and its spare ports, %u for %u expander buses "
		"and the ports below them), and a guest has %u; assign fewer devices",
		needed, 1 + bridges_below(plan->root), needed - 1 - bridges_below(plan->root),
		expanders, BUSES);
}

int plan_address(struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned alignment = 32;

	while (!spread(plan, alignment)) {
		if (alignment == 1)
			return too_many(plan, err);
		alignment /= 2;
	}
	plan->root->secondary = 0;
	number_buses(plan->root);
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		number_buses(bus);
	return HGX_OK;
}
