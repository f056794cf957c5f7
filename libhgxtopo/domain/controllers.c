/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the list of controllers as libvirt does (domain_conf.c, domain_postparse.c):
 * those of the domain, in the order of its text; those that assigned SCSI devices need;
 * numbers for those without one; what every q35 has; last, those that disks and channels
 * need. */
#include <stdbool.h>
#include <string.h>
#include "domain/controllers.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/kind.h"
#include "format/xml_read.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"
#include "domain/device.h"
#include "domain/list.h"
#include "domain/needs.h"
#include "domain/ruleset.h"

/* ---- controllers of the domain and of the mirror ---- */

static void take_item(struct list *list, struct base_item *item)
{
	struct listed one = { .type = list_type(item), .item = item, .index = -1 };
	const char *text = xml_attribute(item->element, "index");
	unsigned index = 0;

	if (text)
		one.index = xml_number(text, INT32_MAX, &index) ? (long)index : 0;
	one.companion = xml_child(item->element, "master") != NULL;
	if (xml_attribute(item->element, "model"))
		one.like = item->element;
	list_insert(list, one);
}

static void take_tree(struct list *list, const struct port *top)
{
	for (const struct port *port = top; port; port = port_next(top, port)) {
		struct listed one = { .type = CONTROLLER_PCI, .index = (long)port->index };

		if (!port->user && port->index &&
		    (port->kind == HGX_HOST_BRIDGE || kind_of(port->kind)->bridge))
			list_insert(list, one);
	}
}

static void take_mirror(struct list *list, const struct hgx_plan *plan)
{
	take_tree(list, plan->root);
	for (const struct port *top = plan->expanders; top; top = top->next)
		take_tree(list, top);
}

/* A new mirror takes the place of the old one; without one it goes to the end. */
static void take_given(struct list *list, struct hgx_plan *plan)
{
	bool mirrored = false;

	for (size_t i = 0; i < plan->base->count; i++) {
		struct base_item *item = &plan->base->items[i];

		if (item->ours && item->pci_controller && !mirrored) {
			take_mirror(list, plan);
			mirrored = true;
		}
		if (!item->gone && list_type(item) != CONTROLLER_TYPES)
			take_item(list, item);
	}
	if (!mirrored)
		take_mirror(list, plan);
}

/* ---- numbers ---- */

static bool same_model(const struct listed *one, const struct listed *other)
{
	const char *model = xml_attribute(one->like, "model");

	return model && xml_attribute_is(other->like, "model", model);
}

/* The index of a USB 2 function: that of the USB controller before it, if that is a USB 2
 * one without such a function; else -1. */
static long index_of_parts(const struct list *list, size_t at)
{
	const struct listed *one = &list->items[at], *before = NULL;

	for (size_t i = at; !before && i > 0; i--)
		if (list->items[i - 1].type == CONTROLLER_USB)
			before = &list->items[i - 1];
	if (!before || !is_ich9(before->item))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		const struct listed *other = &list->items[i];

		if (other->type == CONTROLLER_USB && other->index == before->index &&
		    same_model(one, other))
			return -1;
	}
	return before->index;
}

static long lowest_free(const struct list *list, enum controller_type type, long from)
{
	while (list_find(list, type, from))
		from++;
	return from;
}

static void number(struct list *list)
{
	long next[CONTROLLER_TYPES] = { 0 };
	bool parts = false;

	for (size_t i = 0; i < list->count; i++) {
		struct listed *one = &list->items[i];

		if (one->index < 0 && one->type == CONTROLLER_PCI)
			one->index = one->item->index; /* base_tree() has chosen it */
		if (one->index < 0 && i && is_ich9(one->item)) {
			one->index = index_of_parts(list, i);
			parts = true;
		}
		if (one->index < 0)
			one->index = next[one->type] = lowest_free(list, one->type,
								   next[one->type]);
		if (one->item)
			one->item->type_index = (unsigned)one->index;
	}
	if (parts && list->libvirt->rules & ADDS_IN_ORDER)
		list_sort(list);
}

/* ---- seats ---- */

static bool has_model(const struct listed *one)
{
	return one->like && !xml_attribute_is(one->like, "model", "auto");
}

static const struct xml_element *first_scsi_model(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].type == CONTROLLER_SCSI && has_model(&list->items[i]))
			return list->items[i].like;
	return NULL;
}

static enum seat seat_of(const struct list *list, const struct listed *one)
{
	if (one->item && one->type == CONTROLLER_PCI)
		return one->item->port && !one->item->placed ? SEAT_PCIE : SEAT_NONE;
	if (one->type == CONTROLLER_SATA && !one->index) /* part of the chipset */
		return SEAT_NONE;
	if (one->item && base_seat(list->libvirt, one->item) == SEAT_NONE)
		return SEAT_NONE;
	if (!one->item && !one->added) /* part of the mirror */
		return SEAT_NONE;
	if (one->like)
		return element_seat(list->libvirt, one->like);
	return one->item ? element_seat(list->libvirt, one->item->element) :
			   list_default_seat(list, one->type);
}

static void seat_all(struct list *list)
{
	const struct xml_element *scsi = first_scsi_model(list);

	for (size_t i = 0; i < list->count; i++) {
		struct listed *one = &list->items[i];

		if (one->type == CONTROLLER_SCSI && !has_model(one) &&
		    list->libvirt->rules & SCSI_SAME_MODEL)
			one->like = scsi;
		one->seat = seat_of(list, one);
	}
}

/* ---- the whole list ---- */

static int open_list(struct list *list, struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;
	size_t count = 0;

	for (size_t i = 0; i < base->count; i++)
		count += list_type(&base->items[i]) != CONTROLLER_TYPES;
	if (count > MAX_LISTED)
		return fail_option(
			err, RULE_DOMAIN_ADDRESS_EXHAUSTED, base_option(base),
			"%s: the domain has %zu controllers, and a guest has no room for more than %d",
			base->name, count, MAX_LISTED);
	memset(list, 0, sizeof(*list));
	list->libvirt = base->libvirt;
	list->items = arena_alloc(&plan->arena, (count + MAX_NEEDED + 2 * MAX_CONTROLLERS) *
							sizeof(*list->items));
	return list->items ? HGX_OK : fail_memory(err);
}

int controllers_list(struct hgx_plan *plan, struct list *list, struct hgx_error *err)
{
	const struct base *base = plan->base;
	int code = open_list(list, plan, err);

	if (code)
		return code;
	take_given(list, plan);
	needs_of_hostdevs(list, base);
	number(list);
	list_need(list, CONTROLLER_USB, 0, NULL);
	list_need(list, CONTROLLER_SATA, 0, NULL);
	needs_of_devices(list, base);
	seat_all(list);
	return HGX_OK;
}

size_t controllers_add_port(struct list *list, unsigned index)
{
	struct listed one = {
		.type = CONTROLLER_PCI, .index = (long)index, .added = true, .seat = SEAT_PCIE
	};
	size_t at = list_add(list, one), before = 0;

	for (size_t i = 0; i < at; i++)
		before += list->items[i].type == CONTROLLER_PCI && list->items[i].seat != SEAT_NONE;
	return before;
}
