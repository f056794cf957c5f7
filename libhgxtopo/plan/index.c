/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Indexes of the guest's PCI controllers, and the slots of those on pcie.0. */
#include <stdbool.h>
#include "plan/index.h"
#include "util/error.h"
#include "model/kind.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"
#include "domain/settle.h"

/* Adds spare root ports, 8 per slot, in slots that the user's own devices leave free. */
static int add_spares(struct hgx_plan *plan, unsigned count, struct hgx_error *err)
{
	unsigned slot = 0, number = 0;

	for (unsigned i = 0; i < count; i++) {
		struct port *port = port_add(plan, NULL, HGX_ROOT_PORT, NULL);

		if (i % MAX_FUNCTIONS == 0)
			slot = base_next_slot(plan, slot);
		if (slot == PCIE_SLOTS)
			return fail_option(
				err, RULE_SLOTS_EXHAUSTED, OPTION_BASE,
				"%u spare root ports are needed for devices without an address, "
				"8 to a slot, but the domain leaves slots of pcie.0 for %u of "
				"them; remove devices from the domain",
				count, i);
		if (!port)
			return fail_memory(err);
		if (plan->base)
			plan->base->used_slot[slot] = true;
		port->alias = base_spare_alias(plan, &number);
		port->slot = slot;
		port->function = i % MAX_FUNCTIONS;
		port->multifunction = port->function == 0;
		port_insert(plan->root, port);
	}
	return HGX_OK;
}

int plan_spares(struct hgx_plan *plan, struct hgx_error *err)
{
	return add_spares(plan, base_spares(plan), err);
}

/* Adds the spare ports that fill gaps in the indexes. The expander buses have their
 * slots. */
static int add_gap_spares(struct hgx_plan *plan, unsigned count, struct hgx_error *err)
{
	for (const struct port *bus = plan->expanders; count && bus; bus = bus->next)
		plan->base->used_slot[bus->slot] = true;
	return add_spares(plan, count, err);
}

/* The number of free slots of pcie.0 between the host bridge and the chipset. */
static unsigned free_slots(const struct hgx_plan *plan)
{
	unsigned count = 0, slot = FIRST_EXPANDER_SLOT - 1;

	while ((slot = base_next_slot(plan, slot)) < PCIE_SLOTS - 1)
		count++;
	return count;
}

static int number_expanders(struct hgx_plan *plan, unsigned *index, struct hgx_error *err)
{
	const char *what = "NUMA node", *before = "";
	struct option_text instead = { "" };
	enum option_id option = plan->base ? OPTION_BASE : OPTION_NONE;
	unsigned slot = FIRST_EXPANDER_SLOT - 1, expanders = 0;

	for (struct port *bus = plan->expanders; bus && !bus->user; bus = bus->next, expanders++) {
		bus->index = *index = base_next_index(plan, *index);
		bus->slot = slot = base_next_slot(plan, slot);
	}
	if (expanders <= MAX_EXPANDERS && slot < PCIE_SLOTS - 1)
		return HGX_OK;
	if (plan->options.mirror == HGX_MIRROR_ROOT_COMPLEX) {
		what = "root bus";
		option = OPTION_MIRROR;
		before = "; use ";
		instead = option_value(plan->options.words, OPTION_MIRROR, "numa");
	}
	if (plan->base)
		return fail_option(
			err, RULE_SLOTS_EXHAUSTED, option,
			"%u expander buses are needed, one per %s with devices, but the chipset, "
			"the domain's own devices and the spare root ports leave only %u of the "
			"32 slots of pcie.0 free; remove devices from the domain%s%s",
			expanders, what, free_slots(plan), before, instead.text);
	return fail_option(
		err, RULE_SLOTS_EXHAUSTED, option,
		"%u expander buses are needed, one per %s with devices, but pcie.0 has slots for "
		"%u%s%s",
		expanders, what, MAX_EXPANDERS, before, instead.text);
}

/* Numbers the spare ports on pcie.0 that have no index yet. */
static void number_spares(struct hgx_plan *plan, unsigned *index)
{
	for (struct port *port = plan->root->first; port; port = port->next)
		if (!port->user && !port->index)
			port->index = *index = base_next_index(plan, *index);
}

static unsigned count_tree(const struct hgx_plan *plan, bool bridges)
{
	unsigned count = 0;

	for (const struct port *bus = plan->expanders; bus && !bus->user; bus = bus->next)
		for (const struct port *port = port_next(bus, bus); port;
		     port = port_next(bus, port))
			count += kind_of(port->kind)->bridge == bridges;
	return count;
}

static int too_many_controllers(const struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned expanders = 0, spares = 0, own = 0;

	for (const struct port *bus = plan->expanders; bus && !bus->user; bus = bus->next)
		expanders++;
	for (const struct port *port = plan->root->first; port; port = port->next)
		spares += !port->user;
	for (size_t i = 1; plan->base && i < MAX_CONTROLLERS; i++)
		own += plan->base->used_index[i];
	if (plan->base)
		return fail(
			err, RULE_CONTROLLERS_EXHAUSTED,
			"%u PCI controllers are needed for %u devices (%u spare root ports, %u "
			"expander buses, %u of the domain's own, the rest root ports and switch "
			"ports), but libvirt allows 256; assign fewer devices",
			1 + expanders + spares + own + count_tree(plan, true),
			count_tree(plan, false), spares, expanders, own);
	return fail(err, RULE_CONTROLLERS_EXHAUSTED,
		    "%u PCI controllers are needed for %u devices (%u spare root ports, %u "
		    "expander buses, the rest root ports and switch ports), but libvirt allows "
		    "256; assign fewer devices",
		    1 + expanders + spares + count_tree(plan, true), count_tree(plan, false),
		    spares, expanders);
}

int plan_index(struct hgx_plan *plan, struct hgx_error *err)
{
	unsigned index = 0;
	int code;

	number_spares(plan, &index);
	code = number_expanders(plan, &index, err);
	if (code)
		return code;
	for (struct port *bus = plan->expanders; bus && !bus->user; bus = bus->next)
		for (struct port *port = port_next(bus, bus); port; port = port_next(bus, port))
			if (kind_of(port->kind)->bridge)
				port->index = index = base_next_index(plan, index);
	if (index >= MAX_CONTROLLERS)
		return too_many_controllers(plan, err);
	code = add_gap_spares(plan, base_gap(plan, index), err);
	if (code)
		return code;
	number_spares(plan, &index);
	return base_give_chassis(plan, err);
}
