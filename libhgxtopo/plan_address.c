/* Guest bus numbers. SeaBIOS, OVMF and Linux agree: every root bus counts for itself; the
 * bridges on a bus are visited by slot and function, each gets the next number for the bus
 * below it, and that bus is scanned at once. */
#include "base.h"

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

/* Of pcie.0 and the ports on it. */
static unsigned root_buses(const struct hgx_plan *plan)
{
	return 1 + bridges_below(plan->root);
}

/* The first number from @next on where @needed buses are free beside the user's own. */
static unsigned first_free(const struct hgx_plan *plan, unsigned next, unsigned needed,
			   unsigned alignment)
{
	const struct port *bus = plan->base ? plan->base->expanders : NULL;

	next = align_up(next, alignment);
	for (; bus && bus->user; bus = bus->next) /* by number */
		if (bus->secondary < next + needed && next <= bus->secondary + bridges_below(bus))
			next = align_up(bus->secondary + bridges_below(bus) + 1, alignment);
	return next;
}

/* Gives each expander bus a number with at least the buses it needs after it, and as much
 * room as there is for what the user adds. False: it does not fit at this alignment. */
static bool spread(struct hgx_plan *plan, unsigned alignment)
{
	unsigned next = root_buses(plan);

	for (struct port *bus = plan->expanders; bus && !bus->user; bus = bus->next) {
		bus->secondary = first_free(plan, next, 1 + bridges_below(bus), alignment);
		next = bus->secondary + 1 + bridges_below(bus);
	}
	return next <= BUSES;
}

static int too_many(const struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned needed = root_buses(plan), expanders = 0, own = 0;

	for (const struct port *bus = plan->expanders; bus; bus = bus->next) {
		needed += 1 + bridges_below(bus);
		expanders += !bus->user;
		own += bus->user ? 1 + bridges_below(bus) : 0;
	}
	if (own)
		return fail(err, HGX_LIMIT,
			    "%u PCI buses are needed (%u for pcie.0 and its ports, %u for the "
			    "domain's own expander buses, %u for %u of the mirror, each in a row), "
			    "and a guest has %u; assign fewer devices or move the domain's own "
			    "(busNr)",
			    needed, root_buses(plan), own, needed - own - root_buses(plan),
			    expanders, BUSES);
	return fail(
		err, HGX_LIMIT,
		"%u PCI buses are needed (%u for pcie.0 and its spare ports, %u for %u expander buses "
		"and the ports below them), and a guest has %u; assign fewer devices",
		needed, root_buses(plan), needed - root_buses(plan), expanders, BUSES);
}

/* The user's own are where they are. */
static int check_own(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct port *bus = plan->base ? plan->base->expanders : NULL;
	unsigned next = root_buses(plan);

	for (; bus; bus = bus->next) {
		if (bus->secondary < next || bus->secondary + bridges_below(bus) >= BUSES)
			return fail(
				err, HGX_LIMIT,
				"%s: the expander bus of controller %u has busNr %u and needs %u "
				"buses, where a guest has %u and those below %u are taken; "
				"change its busNr",
				plan->base->name, bus->index, bus->secondary,
				1 + bridges_below(bus), BUSES, next);
		next = bus->secondary + bridges_below(bus) + 1;
	}
	return HGX_OK;
}

static void number_all(struct hgx_plan *plan)
{
	plan->root->secondary = 0;
	number_buses(plan->root);
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		number_buses(bus);
}

int plan_address_given(struct hgx_plan *plan, struct hgx_error *err)
{
	int code = check_own(plan, err);

	if (!code)
		number_all(plan);
	return code;
}

int plan_address(struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned alignment = 32;
	int code = check_own(plan, err);

	if (code)
		return code;
	while (!spread(plan, alignment)) {
		if (alignment == 1)
			return too_many(plan, err);
		alignment /= 2;
	}
	number_all(plan);
	return HGX_OK;
}
