/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks the bus numbers of the user's expander buses. */
#include <stdbool.h>
#include "domain/expander.h"
#include "util/error.h"
#include "guest/bus.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"

/* A device on a PCI controller that the domain does not have; NULL: there is none. libvirt adds
 * root ports up to it. */
static const struct base_item *find_stray(const struct base *base)
{
	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		bool there = !item->placed || !item->port || !item->address.bus;

		for (size_t k = 0; !there && k < base->count; k++)
			there = base->items[k].pci_controller &&
				base->items[k].index == (int)item->address.bus;
		if (!there)
			return item;
	}
	return NULL;
}

static int refuse_stray(const struct base *base, const struct base_item *stray,
			const struct port *bus, struct hgx_error *err)
{
	return base_broken(
		base, stray->element, RULE_DOMAIN_BUS_NUMBER, err,
		"the device sits on PCI controller %u, which the domain does not have: libvirt adds "
		"root ports up to it, and they need buses from busNr %u of the expander bus of "
		"controller %u on; correct the bus='…' of its <address>",
		stray->address.bus, bus->secondary, bus->index);
}

int base_check_expanders(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct port *bus = plan->base ? plan->base->expanders : NULL;
	unsigned next = bus_root_buses(plan);

	for (; bus; bus = bus->next) {
		const struct base_item *stray = bus->secondary < next ? find_stray(plan->base) :
									NULL;

		if (stray)
			return refuse_stray(plan->base, stray, bus, err);
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
