/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus numbers of the guest: room for the user's later buses between the expander buses. */
#include <stdbool.h>
#include "plan/address.h"
#include "util/error.h"
#include "guest/bus.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"
#include "domain/expander.h"

static unsigned align_up(unsigned value, unsigned to)
{
	return (value + to - 1) / to * to;
}

/* The first number from @next on that starts @needed free buses, clear of the user's own. */
static unsigned first_free(const struct hgx_plan *plan, unsigned next, unsigned needed,
			   unsigned alignment)
{
	const struct port *bus = plan->base ? plan->base->expanders : NULL;

	next = align_up(next, alignment);
	for (; bus && bus->user; bus = bus->next) /* sorted by number */
		if (bus->secondary < next + needed &&
		    next <= bus->secondary + bus_bridges_below(bus))
			next = align_up(bus->secondary + bus_bridges_below(bus) + 1, alignment);
	return next;
}

/* Numbers the expander buses: each gets at least the buses it needs after its own number,
 * and as much room as the alignment leaves. Returns false if they do not fit at this
 * alignment. */
static bool spread(struct hgx_plan *plan, unsigned alignment)
{
	unsigned next = bus_root_buses(plan);

	for (struct port *bus = plan->expanders; bus && !bus->user; bus = bus->next) {
		bus->secondary = first_free(plan, next, 1 + bus_bridges_below(bus), alignment);
		next = bus->secondary + 1 + bus_bridges_below(bus);
	}
	return next <= BUSES;
}

static int too_many(const struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned needed = bus_root_buses(plan), expanders = 0, own = 0;

	for (const struct port *bus = plan->expanders; bus; bus = bus->next) {
		needed += 1 + bus_bridges_below(bus);
		expanders += !bus->user;
		own += bus->user ? 1 + bus_bridges_below(bus) : 0;
	}
	if (own)
		return fail_option(
			err, RULE_BUSES_EXHAUSTED, OPTION_BASE,
			"%u PCI buses are needed (%u for pcie.0 and its ports, %u for the "
			"domain's own expander buses, %u for %u of the mirror, each contiguous), "
			"but a guest has %u; assign fewer devices, or change busNr of the "
			"domain's own",
			needed, bus_root_buses(plan), own, needed - own - bus_root_buses(plan),
			expanders, BUSES);
	return fail(
		err, RULE_BUSES_EXHAUSTED,
		"%u PCI buses are needed (%u for pcie.0 and its spare ports, %u for %u expander "
		"buses and the ports below them), but a guest has %u; assign fewer devices",
		needed, bus_root_buses(plan), needed - bus_root_buses(plan), expanders, BUSES);
}

int plan_address(struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned alignment = 32;
	int code = base_check_expanders(plan, err);

	if (code)
		return code;
	while (!spread(plan, alignment)) {
		if (alignment == 1)
			return too_many(plan, err);
		alignment /= 2;
	}
	bus_number_all(plan);
	return HGX_OK;
}
