/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks the bus numbers of the user's expander buses. */
#include "domain/expander.h"
#include "util/error.h"
#include "guest/bus.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"

int base_check_expanders(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct port *bus = plan->base ? plan->base->expanders : NULL;
	unsigned next = bus_root_buses(plan);

	for (; bus; bus = bus->next) {
		if (bus->secondary < next || bus->secondary + bus_bridges_below(bus) >= BUSES)
			return fail_option(
				err, RULE_DOMAIN_BUS_NUMBER, base_option(plan->base),
				"%s: the expander bus of controller %u has busNr %u and needs %u "
				"bus%s, but a guest has %u and those below %u are taken; change "
				"its busNr",
				plan->base->name, bus->index, bus->secondary,
				1 + bus_bridges_below(bus), bus_bridges_below(bus) ? "es" : "",
				BUSES, next);
		next = bus->secondary + bus_bridges_below(bus) + 1;
	}
	return HGX_OK;
}
