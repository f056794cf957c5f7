/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where libvirt puts devices without a PCI address when it defines a domain: the rules of
 * its domain_addr.c and qemu_domain_address.c (ruleset.h where versions differ). It makes
 * two passes: the first finds out which ports to add; the second, with those among the
 * controllers, assigns addresses. So a port added last can be used first. */
#include <stdbool.h>
#include <string.h>
#include "domain/place.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/kind.h"
#include "format/xml_read.h"
#include "guest/controller.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/added.h"
#include "domain/base.h"
#include "domain/controllers.h"
#include "domain/device.h"
#include "domain/join.h"
#include "domain/places.h"
#include "domain/request.h"
#include "domain/ruleset.h"

static void set_bus(struct places *p, unsigned index, struct port *port,
		    const struct pci_model *model)
{
	struct bus *bus = &p->buses[index];

	memset(bus, 0, sizeof(*bus));
	bus->port = port;
	bus->model = model;
	bus->accepts = model->accepts;
	if (index >= p->count)
		p->count = index + 1;
}

/* The buses of the mirror and of the domain. */
static void find_buses(struct places *p)
{
	const struct pci_model *gap = pci_model_named("pcie-root-port");

	set_bus(p, 0, p->plan->root, pci_model_named("pcie-root"));
	for (struct port *port = p->plan->root; port; port = port_next(p->plan->root, port))
		if (port->index && kind_of(port->kind)->bridge)
			set_bus(p, port->index, port, pci_model_of(port));
	for (struct port *top = p->plan->expanders; top; top = top->next)
		for (struct port *port = top; port; port = port_next(top, port))
			if (port->index && (port == top || kind_of(port->kind)->bridge))
				set_bus(p, port->index, port, pci_model_of(port));
	for (unsigned i = 1; i < MAX_CONTROLLERS; i++)
		if (p->base->by_index[i])
			set_bus(p, i, p->base->by_index[i], gap);
	for (size_t i = 0; i < p->base->count; i++) {
		const struct base_item *item = &p->base->items[i];

		if (item->pci_controller && item->port)
			set_bus(p, (unsigned)item->index, item->port, item->model);
	}
	for (unsigned i = 1; i < p->count; i++) /* libvirt fills gaps with root ports */
		if (!p->buses[i].model)
			set_bus(p, i, NULL, gap);
}

static void take(struct places *p, unsigned bus, unsigned slot, unsigned function, unsigned joins)
{
	struct bus *at = &p->buses[bus];

	if (!at->functions[slot] && joins & JOIN_SHARED)
		at->shared[slot] = true;
	at->functions[slot] |= (uint8_t)(1u << function);
}

static void take_port(struct places *p, const struct port *port, unsigned bus)
{
	bool bridge = kind_of(port->kind)->bridge || port->kind == HGX_HOST_BRIDGE;

	take(p, bus, port->slot, port->function, bridge ? pci_model_of(port)->joins : 0);
}

/* The slot of the item's USB 2 controller; NULL if the item is not a function of one. */
static struct usb_slot *usb_slot(struct places *p, const struct base_item *item)
{
	if (!is_ich9(item) || item->type_index >= MAX_CONTROLLERS)
		return NULL;
	return &p->usb[item->type_index];
}

static void remember_usb(struct places *p, const struct base_item *item, unsigned bus,
			 unsigned slot)
{
	struct usb_slot *usb = usb_slot(p, item);

	if (usb && !usb->known)
		*usb = (struct usb_slot){ true, bus, slot };
}

/* Marks the slots of everything that has an address as taken. */
static void take_addressed(struct places *p)
{
	memset(p->usb, 0, sizeof(p->usb));
	for (unsigned i = 0; i < p->count; i++) {
		memset(p->buses[i].functions, 0, sizeof(p->buses[i].functions));
		memset(p->buses[i].shared, 0, sizeof(p->buses[i].shared));
	}
	for (struct port *port = p->plan->root; port; port = port_next(p->plan->root, port))
		if (port->parent && !port->user)
			take_port(p, port, port->parent->index);
	for (struct port *top = p->plan->expanders; top; top = top->next) {
		if (top->user)
			continue;
		take_port(p, top, 0);
		for (struct port *port = port_next(top, top); port; port = port_next(top, port))
			take_port(p, port, port->parent->index);
	}
	for (size_t i = 0; i < p->base->count; i++) {
		const struct base_item *item = &p->base->items[i];

		if (!item->placed || item->gone)
			continue;
		take(p, item->address.bus, item->address.device, item->address.function,
		     item->model ? item->model->joins : 0);
		remember_usb(p, item, item->address.bus, item->address.device);
	}
}

/* ---- one address ---- */

static void put(struct places *p, struct request *request, unsigned bus, unsigned slot,
		unsigned function)
{
	take(p, bus, slot, function, request->joins);
	request->bus = bus;
	request->slot = slot;
	request->function = function;
	request->placed = true;
	remember_usb(p, request->item, bus, slot);
}

static bool fits(const struct places *p, const struct request *request, unsigned bus)
{
	unsigned accepts = p->buses[bus].accepts;

	if ((request->only_root && bus) || (request->joins & JOIN_AUTO && !(accepts & JOIN_AUTO)))
		return false;
	return (request->joins & accepts & ~(unsigned)JOIN_AUTO) != 0;
}

static bool put_on(struct places *p, struct request *request, unsigned number, unsigned function)
{
	const struct bus *bus = &p->buses[number];

	for (unsigned slot = bus->model->first_slot; slot <= bus->model->last_slot; slot++) {
		unsigned next = 0;

		if (!bus->functions[slot]) {
			put(p, request, number, slot, function);
			return true;
		}
		if (!bus->shared[slot] || !(request->joins & JOIN_SHARED))
			continue;
		while (next < ANY_FUNCTION && bus->functions[slot] & 1u << next)
			next++;
		if (next < ANY_FUNCTION) {
			put(p, request, number, slot, next);
			return true;
		}
	}
	return false;
}

/* Adds a port behind the last bus for a request that found none. A conventional device
 * needs a bridge, and the first bridge needs a port of its own. */
static int grow(struct places *p, const struct request *request)
{
	unsigned grows = JOIN_PCI | JOIN_PCIE | JOIN_UP;
	bool bridge = request->joins & JOIN_PCI, first = true;

	if (p->base->libvirt->rules & PORT_FOR_BRIDGE)
		grows |= JOIN_TO_PCI;
	if (!(request->joins & grows) || request->only_root)
		return no_place(
			p, request,
			request->joins & (JOIN_ROOT_PORT | JOIN_DMI_TO_PCI | JOIN_EXPANDER) ||
					request->only_root ?
				"no slot of pcie.0 is free; remove devices from it" :
				"no controller that it fits has a free slot; give it an <address>");
	for (unsigned i = 0; i < p->count; i++)
		first &= !(p->buses[i].accepts & JOIN_BRIDGE);
	if (p->count + 1 + (bridge && first) > MAX_CONTROLLERS)
		return no_place(p, request, "libvirt allows at most 256 PCI controllers");
	if (!bridge) {
		set_bus(p, p->count, NULL, pci_model_named("pcie-root-port"));
		return HGX_OK;
	}
	if (!first) {
		set_bus(p, p->count, NULL, pci_model_named("pci-bridge"));
		return HGX_OK;
	}
	set_bus(p, p->count, NULL, pci_model_named("pcie-root-port"));
	/* the first pass reserves this port for the bridge */
	p->buses[p->count - 1].accepts = JOIN_TO_PCI;
	set_bus(p, p->count, NULL, pci_model_named("pcie-to-pci-bridge"));
	return HGX_OK;
}

static int put_next(struct places *p, struct request *request)
{
	unsigned function = request->function < ANY_FUNCTION ? request->function : 0;
	int code;

	for (unsigned bus = 0; bus < p->count; bus++)
		if (fits(p, request, bus) && put_on(p, request, bus, function))
			return HGX_OK;
	if (!p->counting)
		return no_place(p, request, "no controller that it fits has a free slot");
	code = grow(p, request);
	if (code)
		return code;
	put(p, request, p->count - 1, p->buses[p->count - 1].model->first_slot, function);
	return HGX_OK;
}

/* ---- devices with a fixed slot ---- */

static void put_if_free(struct places *p, struct request *request, unsigned slot)
{
	if (!request->placed && !p->buses[0].functions[slot])
		put(p, request, 0, slot, 0);
}

static bool is_model(const struct request *request, const char *element, const char *model)
{
	return request->item && !strcmp(request->element, element) &&
	       xml_attribute_is(request->item->element, "model", model);
}

static int put_chipset(struct places *p)
{
	const struct base_item *first = base_first_video(p->base);
	struct request *video = NULL, *sound = NULL;
	int code = HGX_OK;

	for (size_t i = 0; i < p->request_count; i++) {
		struct request *request = &p->requests[i];

		if (is_model(request, "controller", "ich9-uhci1")) {
			put_if_free(p, request, SLOT_USB);
			put_if_free(p, request, SLOT_USB_2);
		}
		if (is_model(request, "controller", "dmi-to-pci-bridge"))
			put_if_free(p, request, SLOT_DMI);
		if (!sound && is_model(request, "sound", "ich9"))
			sound = request;
		if (!video && !strcmp(request->element, "video"))
			video = request;
	}
	take(p, 0, PCIE_SLOTS - 1, 0, 0);
	if (video && video->item == first) {
		put_if_free(p, video, SLOT_VIDEO);
		if (!video->placed)
			code = put_next(p, video);
		/* if its slot is taken, libvirt counts the display twice in the first
		 * pass */
		video->placed &= !p->counting || (!video->bus && video->slot == SLOT_VIDEO);
	}
	if (sound)
		put_if_free(p, sound, SLOT_SOUND);
	return code;
}

/* The functions of a USB 2 controller share the slot of the first. */
static int put_usb(struct places *p, struct request *request)
{
	static const struct {
		const char *model;
		unsigned function;
	} parts[] = {
		{ "ich9-ehci1", 7 },
		{ "ich9-uhci1", 0 },
		{ "ich9-uhci2", 1 },
		{ "ich9-uhci3", 2 },
	};
	const struct usb_slot *usb = usb_slot(p, request->item);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (xml_attribute_is(request->item->element, "model", parts[i].model))
			request->function = parts[i].function;
	if (!usb || !usb->known)
		return put_next(p, request);
	if (request->function == ANY_FUNCTION)
		request->function = 0;
	if (p->buses[usb->bus].functions[usb->slot] & 1u << request->function)
		return no_place(p, request, "its function of the USB controller's slot is taken");
	put(p, request, usb->bus, usb->slot, request->function);
	return HGX_OK;
}

/* ---- first pass: count ports; second pass: assign addresses ---- */

static int put_all(struct places *p)
{
	int code;

	for (size_t i = 0; i < p->request_count; i++) {
		p->requests[i].placed = false;
		p->requests[i].function = ANY_FUNCTION;
	}
	take_addressed(p);
	code = put_chipset(p);
	for (size_t i = 0; !code && i < p->request_count; i++) {
		struct request *request = &p->requests[i];

		if (!request->placed)
			code = is_ich9(request->item) ? put_usb(p, request) : put_next(p, request);
	}
	return code;
}

static bool has_controllers(const struct places *p)
{
	for (size_t i = 0; i < p->base->count; i++)
		if (p->base->items[i].pci_controller && p->base->items[i].index > 0)
			return true;
	return !p->base->whole; /* those of the mirror */
}

/* libvirt reserves a free port for later, unless the domain lists controllers itself. */
static int keep_one_free(struct places *p)
{
	struct request dummy = { .element = "controller", .joins = JOIN_AUTO | JOIN_PCIE };

	return p->count > 1 && !has_controllers(p) ? put_next(p, &dummy) : HGX_OK;
}

/* Requests addresses for the ports that libvirt adds, so that they are controllers of the
 * domain in the second pass. */
static void add_missing(struct places *p)
{
	bool known[MAX_CONTROLLERS] = { false };

	for (size_t i = 0; i < p->controllers; i++)
		known[p->requests[i].controller] = true;
	for (unsigned index = 1; index < p->count; index++) {
		struct bus *bus = &p->buses[index];

		bus->accepts = bus->model->accepts;
		if (!known[index] && (!bus->port || (bus->port->user && !bus->port->parent &&
						     bus->port->kind != HGX_HOST_BRIDGE)))
			request_controller(p, controllers_add_port(&p->list, index), NULL, index);
	}
}

static int place_all(struct places *p)
{
	int code;

	p->counting = true;
	code = put_all(p);
	if (!code)
		code = keep_one_free(p);
	if (code)
		return code;
	add_missing(p);
	p->counting = false;
	return put_all(p);
}

int base_place(struct hgx_plan *plan, struct hgx_error *err)
{
	struct places *p;
	int code;

	if (!plan->base)
		return HGX_OK;
	p = arena_alloc(&plan->arena, sizeof(*p));
	if (!p)
		return fail_memory(err);
	p->plan = plan;
	p->base = plan->base;
	p->err = err;
	find_buses(p);
	code = request_all(p);
	if (!code)
		code = place_all(p);
	if (!code)
		code = join_all(p);
	if (!code)
		join_note(p);
	return code;
}
