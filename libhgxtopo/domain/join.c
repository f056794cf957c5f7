/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links what libvirt places into the plan's tree, and drops the functions that no guest
 * finds. */
#include <stdbool.h>
#include "domain/join.h"
#include "util/error.h"
#include "model/topo.h"
#include "format/xml_scan.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/version.h"
#include "domain/base.h"
#include "domain/places.h"
#include "domain/request.h"
#include "domain/ruleset.h"
#include "domain/tree.h"

static struct port *port_of(struct places *p, struct request *request)
{
	struct hgx_plan *plan = p->plan;

	if (request->controller) {
		struct bus *bus = &p->buses[request->controller];

		if (!bus->port)
			bus->port = base_port(plan, bus->model->kind, NULL);
		if (!bus->port)
			return NULL;
		bus->port->index = request->controller;
		bus->port->model = bus->model;
		p->base->by_index[request->controller] = bus->port;
		return bus->port;
	}
	if (request->item)
		return base_add_device(plan, request->item, p->err) ? NULL : request->item->port;
	request->port = base_port(plan, HGX_OTHER, NULL);
	if (request->port)
		request->port->class_code = request->class_code;
	return request->port;
}

/* libvirt gives the first expander bus number 254 and each further one the lowest number
 * in use less two. */
static int number_expander(struct places *p, struct port *port)
{
	unsigned lowest = p->base->expanders ? p->base->expanders->secondary : 256;

	if (port->secondary || !port->user)
		return HGX_OK;
	if (lowest <= 2)
		return fail_option(
			p->err, RULE_DOMAIN_BUS_NUMBER, base_option(p->base),
			"%s: the expander bus of controller %u has no busNr, and none is free "
			"below the lowest in use, %u; give it one",
			p->base->name, port->index, lowest);
	port->secondary = lowest - 2;
	base_add_expander(p->base, port);
	return HGX_OK;
}

static int link_requests(struct places *p)
{
	for (size_t i = 0; i < p->request_count; i++) {
		struct request *request = &p->requests[i];

		request->port = port_of(p, request);
		if (!request->port)
			return fail_memory(p->err);
		request->port->slot = request->slot;
		request->port->function = request->function;
	}
	for (size_t i = 0; i < p->request_count; i++) {
		struct request *request = &p->requests[i];
		const struct port *above = p->buses[request->bus].port;
		unsigned steps = 0;

		if (request->port->kind == HGX_HOST_BRIDGE)
			continue;
		while (above && above != request->port && steps++ < MAX_CONTROLLERS)
			above = above->parent;
		if (above)
			return no_place(p, request,
					"the first free port is below the device itself; give it "
					"an <address>");
		port_insert(p->buses[request->bus].port, request->port);
	}
	return HGX_OK;
}

static int number_expanders(struct places *p)
{
	int code = HGX_OK;

	for (unsigned i = 1; !code && i < p->count; i++)
		if (p->buses[i].port->kind == HGX_HOST_BRIDGE)
			code = number_expander(p, p->buses[i].port);
	return code;
}

/* ---- functions that no guest finds ---- */

static bool has_function_0(const struct base *base, const struct port *bus, unsigned slot)
{
	for (const struct port *port = bus->first; port; port = port->next)
		if (port->slot == slot && port->function == 0)
			return true;
	if (bus != base->by_index[0])
		return false;
	for (const struct port *port = base->expanders; port; port = port->next)
		if (port->slot == slot && port->function == 0)
			return true;
	return slot == 0 || slot == PCIE_SLOTS - 1; /* the chipset's */
}

/* Firmware and kernels skip a slot without function 0. */
static void drop_unseen(struct hgx_plan *plan, struct port *bus)
{
	struct port **link = &bus->first, *port;

	bus->last = NULL;
	while ((port = *link) != NULL) {
		if (has_function_0(plan->base, bus, port->slot)) {
			bus->last = port;
			link = &port->next;
			continue;
		}
		*link = port->next;
		plan_note(plan, RULE_BASE_UNSEEN, HGX_WARNING, NULL,
			  "put a device in function 0 of that slot",
			  "the domain has %s in function %u of slot %u on PCI controller %u "
			  "but none in function 0: guests do not look there",
			  port->host ? node_title(port->host).text : "a device", port->function,
			  port->slot, bus->index);
	}
}

/* An expander bus works even if its own function cannot be found. */
static void mark_unseen(const struct places *p)
{
	for (struct port *port = p->base->expanders; port; port = port->next)
		port->unseen = port->user && !has_function_0(p->base, p->plan->root, port->slot);
}

int join_all(struct places *p)
{
	int code = link_requests(p);

	if (!code)
		code = number_expanders(p);
	for (unsigned i = 0; !code && i < p->count; i++)
		drop_unseen(p->plan, p->buses[i].port);
	if (!code)
		mark_unseen(p);
	return code;
}

void join_note(const struct places *p)
{
	const struct version_text libvirt = version_text(p->base->libvirt->version);
	const struct base_item *first = NULL;
	unsigned own = 0, added = 0;

	for (size_t i = 0; i < p->request_count; i++) {
		const struct request *request = &p->requests[i];

		own += request->item != NULL;
		added += !request->item;
		if (request->item && (!first || request->item < first))
			first = request->item;
	}
	if (own)
		plan_note(
			p->plan, RULE_LIBVIRT_PLACES, HGX_NOTE, NULL,
			"to be sure, define the domain and use the output of virsh dumpxml",
			"without a PCI address: %u of the domain's devices and controllers (the first is "
			"the <%s> in line %u) and %u that libvirt will add; they are assumed where "
			"libvirt %s puts them",
			own, first->element->name,
			xml_line(p->base->text, first->element->whole.start), added, libvirt.text);
	else if (added)
		plan_note(
			p->plan, RULE_LIBVIRT_PLACES, HGX_NOTE, NULL,
			"to be sure, define the domain and use the output of virsh dumpxml",
			"devices and controllers that libvirt will add when it defines the domain: %u; "
			"they are assumed where libvirt %s puts them",
			added, libvirt.text);
}
