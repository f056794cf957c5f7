/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The <devices> of a base domain. An element that assigns a device keeps everything but its
 * address; a controller of ours that already is what the plan wants stays as libvirt wrote it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "emit/base_devices.h"
#include "util/arena.h"
#include "util/text.h"
#include "model/kind.h"
#include "format/xml_read.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"
#include "domain/device.h"
#include "emit/libvirt_part.h"
#include "emit/libvirt_pci.h"
#include "emit/rewrite.h"
#include "emit/same.h"

static bool is_our_controller(const struct base_item *item)
{
	return item->ours && item->pci_controller;
}

static const struct base_item *next_ours(const struct base *base, const struct base_item *item)
{
	for (item = item ? item + 1 : base->items; item < base->items + base->count; item++)
		if (is_our_controller(item))
			return item;
	return NULL;
}

/* The controller of an earlier run that stood for the same; NULL: it is new. */
static const struct base_item *item_of(const struct base *base, const struct port *port)
{
	for (const struct base_item *item = next_ours(base, NULL); item;
	     item = next_ours(base, item))
		if (!strcmp(item->alias, port->alias))
			return item;
	return NULL;
}

/* ---- the controllers of the mirror: the expander buses, then the ports below them */

static const struct port *next_expander(const struct hgx_plan *plan, const struct port *bus)
{
	for (bus = bus ? bus->next : plan->expanders; bus && bus->user; bus = bus->next)
		;
	return bus;
}

/* The next one of our ports, or of the devices behind them, over all our expander buses. */
static const struct port *next_of(const struct hgx_plan *plan, const struct port *port,
				  bool devices)
{
	const struct port *top = port;

	while (top && top->parent)
		top = top->parent;
	top = top ? top : next_expander(plan, NULL);
	while (top) {
		port = port_next(top, port ? port : top);
		if (port && !port->user && kind_of(port->kind)->bridge != devices &&
		    (port->host || !devices))
			return port;
		if (!port)
			top = next_expander(plan, top);
	}
	return NULL;
}

static const struct port *next_port(const struct hgx_plan *plan, const struct port *port)
{
	return next_of(plan, port, false);
}

static const struct port *next_controller(const struct hgx_plan *plan, const struct port *port)
{
	const struct port *next;

	if (port && port->parent)
		return next_port(plan, port);
	next = next_expander(plan, port);
	return next ? next : next_port(plan, NULL);
}

static const struct port *port_of(const struct rewriting *rw, const struct base_item *item)
{
	for (const struct port *port = next_controller(rw->plan, NULL); port;
	     port = next_controller(rw->plan, port))
		if (item_of(rw->base, port) == item)
			return port;
	return NULL;
}

static void put_controller(struct rewriting *rw, const struct base_item *item,
			   const struct port *port)
{
	const char *lines = port_lines(rw, write_controller, port);

	rewrite_comment(rw, item->element, lines);
	if (!says_same(rw, item->element, lines))
		rewrite_element_only(rw, item->element, lines);
}

/* Those that are new, with the spare ports before them. */
static const char *new_controllers(struct rewriting *rw)
{
	const char *spares = part_lines(rw, PART_SPARES, 0);
	struct text text;

	if (text_open(&text, rw->err)) {
		rw->code = HGX_NO_MEMORY;
		return "";
	}
	fputs(spares, text.stream);
	for (const struct port *port = next_controller(rw->plan, NULL); port;
	     port = next_controller(rw->plan, port))
		if (!item_of(rw->base, port))
			fputs(port_lines(rw, write_controller, port), text.stream);
	return rewrite_keep(rw, &text);
}

/* Where the new ones go: behind the last of ours that stays, or in the place of the first that
 * does not. Returns what is left for the end of <devices>. */
static const char *put_controllers(struct rewriting *rw)
{
	const struct base_item *last = NULL, *first = next_ours(rw->base, NULL);
	const char *lines = new_controllers(rw);

	for (const struct base_item *item = first; item; item = next_ours(rw->base, item))
		last = port_of(rw, item) ? item : last;
	for (const struct base_item *item = first; item; item = next_ours(rw->base, item)) {
		const struct port *port = port_of(rw, item);

		if (port)
			put_controller(rw, item, port);
		else
			rewrite_element(rw, item->element, last || item != first ? "" : lines);
	}
	if (last)
		rewrite_after(rw, last->element, lines);
	return first ? "" : lines;
}

/* ---- devices */

static const struct port *next_device(const struct hgx_plan *plan, const struct port *port)
{
	return next_of(plan, port, true);
}

static bool is_there(const struct base_item *item, const struct port *port)
{
	const struct xml_element *address = xml_child(item->element, "address");

	return item->placed && item->address.bus == port->parent->index &&
	       item->address.device == port->slot && item->address.function == port->function &&
	       xml_attribute_is(address, "multifunction", "on") == port->multifunction;
}

static void put_place(struct rewriting *rw, const struct base_item *item, const struct port *port)
{
	const struct xml_element *address = xml_child(item->element, "address");
	const char *line = port_lines(rw, write_place, port);

	if (item->ours)
		rewrite_comment(rw, item->element, port_lines(rw, write_hostdev, port));
	if (is_there(item, port))
		return;
	if (address)
		rewrite_element(rw, address, line);
	else
		rewrite_append(rw, item->element, line);
}

/* With the option, every device of the domain is assigned through iommufd. */
static void put_driver(struct rewriting *rw, const struct base_item *item)
{
	const struct xml_element *driver = xml_child(item->element, "driver");
	const char *value = xml_attribute(driver, "iommufd");

	if (rw->base->keeps_iommufd || (value && !strcmp(value, "yes")) ||
	    (!value && rw->plan->hardware.libvirt.iommufd_default))
		return;
	if (driver)
		rewrite_attribute(rw, driver, "iommufd", "yes");
	else
		rewrite_append(rw, item->element, "<driver iommufd='yes'/>\n");
}

static void put_kept(struct rewriting *rw)
{
	for (const struct port *port = next_device(rw->plan, NULL); port;
	     port = next_device(rw->plan, port))
		if (port->own)
			put_place(rw, port->own, port);
	for (size_t i = 0; i < rw->base->count; i++)
		if (rw->base->items[i].assigned &&
		    (rw->base->items[i].kept || !rw->base->items[i].gone))
			put_driver(rw, &rw->base->items[i]);
}

static void drop_gone(struct rewriting *rw)
{
	for (size_t i = 0; i < rw->base->count; i++) {
		const struct base_item *item = &rw->base->items[i];

		if (item->gone && !item->kept && !is_our_controller(item))
			rewrite_drop(rw, item->element);
		if (item->adrift)
			rewrite_drop(rw, xml_child(item->element, "address"));
	}
}

static const char *new_devices(struct rewriting *rw)
{
	struct text text;

	if (text_open(&text, rw->err)) {
		rw->code = HGX_NO_MEMORY;
		return "";
	}
	for (const struct port *port = next_device(rw->plan, NULL); port;
	     port = next_device(rw->plan, port))
		if (!port->own)
			fputs(port_lines(rw, write_hostdev, port), text.stream);
	return rewrite_keep(rw, &text);
}

void put_devices(struct rewriting *rw)
{
	const struct xml_element *devices = rw->base->devices;
	const struct xml_element *iommu = xml_child(devices, "iommu");
	const char *added = part_lines(rw, PART_IOMMU, 0), *controllers;

	drop_gone(rw);
	put_kept(rw);
	controllers = put_controllers(rw);
	if (rw->plan->only_pci) {
		rewrite_append(rw, devices, controllers);
		return;
	}
	if (base_replaces_iommu(rw->plan))
		rewrite_element(rw, iommu, added);
	rewrite_append(rw, devices,
		       arena_format(&rw->arena, "%s%s%s", controllers, new_devices(rw),
				    iommu ? "" : added));
}
