/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists the devices and controllers that need a PCI address, in the order in which
 * libvirt serves them (its qemu_domain_address.c). */
#include <stdbool.h>
#include <string.h>
#include "domain/request.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "format/xml_read.h"
#include "guest/controller.h"
#include "guest/plan.h"
#include "domain/added.h"
#include "domain/base.h"
#include "domain/controllers.h"
#include "domain/device.h"
#include "domain/places.h"
#include "domain/tree.h"

/* The order in which libvirt serves elements, after the PCI controllers. */
static const struct turn {
	const char *element;
	const char *type; /* NULL for any type without its own row */
} turns[] = {
	{ "filesystem", NULL }, { "interface", NULL },	{ "sound", NULL },
	{ "controller", NULL }, { "disk", NULL },	{ "interface", "hostdev" },
	{ "hostdev", NULL },	{ "memballoon", NULL }, { "rng", NULL },
	{ "watchdog", NULL },	{ "video", NULL },	{ "shmem", NULL },
	{ "input", NULL },	{ "serial", NULL },	{ "iommu", NULL },
	{ "vsock", NULL },	{ "memory", NULL },	{ "crypto", NULL },
	{ "panic", NULL },	{ "pstore", NULL },
};

static bool has_turn(const struct turn *turn, const struct xml_element *element)
{
	if (!xml_is(element, turn->element))
		return false;
	if (turn->type)
		return xml_attribute_is(element, "type", turn->type);
	return !xml_is(element, "interface") || !xml_attribute_is(element, "type", "hostdev");
}

static unsigned joins_of(enum seat seat)
{
	return seat == SEAT_PCI	 ? JOIN_AUTO | JOIN_PCI :
	       seat == SEAT_ROOT ? JOIN_PCIE :
				   JOIN_AUTO | JOIN_PCIE;
}

static struct request *insert(struct places *p, size_t at)
{
	struct request *request = &p->requests[at];

	memmove(request + 1, request, (p->request_count - at) * sizeof(*request));
	memset(request, 0, sizeof(*request));
	p->request_count++;
	return request;
}

void request_controller(struct places *p, size_t at, struct base_item *item, unsigned index)
{
	struct request *request = insert(p, at);

	request->item = item;
	request->element = "controller";
	request->controller = index;
	request->joins = p->buses[index].model->joins;
	p->controllers++;
}

static void add_ports(struct places *p)
{
	for (size_t i = 0; i < p->list.count; i++) {
		const struct listed *one = &p->list.items[i];

		if (one->type == CONTROLLER_PCI && one->seat != SEAT_NONE)
			request_controller(p, p->controllers, one->item, (unsigned)one->index);
	}
}

static void add_device(struct places *p, size_t at, struct base_item *item, enum seat seat)
{
	struct request *request = insert(p, at);

	request->item = item;
	request->element = item->element->name;
	request->joins = joins_of(seat);
	request->only_root = seat == SEAT_ROOT;
	request->function = ANY_FUNCTION;
}

static void add_new(struct places *p, const char *element, enum seat seat, uint32_t class_code)
{
	struct request *request = insert(p, p->request_count);

	request->element = element;
	request->joins = joins_of(seat);
	request->class_code = class_code;
	request->function = ANY_FUNCTION;
}

static void add_controllers(struct places *p)
{
	for (size_t i = 0; i < p->list.count; i++) {
		const struct listed *one = &p->list.items[i];

		if (one->type == CONTROLLER_PCI || one->seat == SEAT_NONE)
			continue;
		if (one->item)
			add_device(p, p->request_count, one->item, one->seat);
		else
			add_new(p, "controller", one->seat, list_default_class(one->type));
	}
}

static void add_given(struct places *p, const struct turn *turn)
{
	const struct base_item *video = base_first_video(p->base);
	size_t from = p->request_count;

	for (size_t i = 0; i < p->base->count; i++) {
		struct base_item *item = &p->base->items[i];
		enum seat seat = has_turn(turn, item->element) ? base_seat(p->base->libvirt, item) :
								 SEAT_NONE;

		if (seat != SEAT_NONE)
			add_device(p, item == video ? from : p->request_count, item, seat);
	}
}

/* libvirt appends the devices it adds to those of the domain. */
static void add_added(struct places *p, const struct turn *turn, const struct base_added *added)
{
	for (size_t i = 0; !turn->type && i < added->count; i++) {
		const struct base_added_item *item = &added->items[i];

		if (!strcmp(item->element, turn->element))
			add_new(p, item->element, item->seat, item->class_code);
	}
}

/* A guest has at most 256 controllers with 32 slots each. */
static int check_count(const struct places *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->base->count; i++)
		count += base_seat(p->base->libvirt, &p->base->items[i]) != SEAT_NONE;
	if (count <= MAX_CONTROLLERS * PCIE_SLOTS)
		return HGX_OK;
	return fail_option(
		p->err, RULE_DOMAIN_ADDRESS_EXHAUSTED, base_option(p->base),
		"%s: %zu devices have no PCI address, but a guest has room for %d at most",
		p->base->name, count, MAX_CONTROLLERS * PCIE_SLOTS);
}

int request_all(struct places *p)
{
	struct base_added added;
	int code = check_count(p);

	if (code)
		return code;
	p->requests = arena_alloc(&p->plan->arena,
				  (p->base->count + MAX_REQUESTS) * sizeof(*p->requests));
	if (!p->requests)
		return fail_memory(p->err);
	code = controllers_list(p->plan, &p->list, p->err);
	if (code)
		return code;
	if (p->list.unsure)
		return fail_option(
			p->err, RULE_DOMAIN_ADDED_UNKNOWN, base_option(p->base),
			"%s: what libvirt will add to this domain cannot be predicted: %s; "
			"define it and give the output of virsh dumpxml",
			p->base->name, p->list.unsure);
	add_ports(p);
	base_added(p->base, &added);
	for (size_t i = 0; i < ARRAY_SIZE(turns); i++) {
		if (!strcmp(turns[i].element, "controller"))
			add_controllers(p);
		else
			add_given(p, &turns[i]);
		add_added(p, &turns[i], &added);
	}
	return HGX_OK;
}

int no_place(const struct places *p, const struct request *request, const char *why)
{
	if (request->item)
		return base_refuse(p->base, request->item, RULE_DOMAIN_ADDRESS_EXHAUSTED, p->err,
				   "it has no PCI address, and libvirt cannot find one for it: %s",
				   why);
	return fail_option(p->err, RULE_DOMAIN_ADDRESS_EXHAUSTED, base_option(p->base),
			   "%s: libvirt will add a <%s>%s but cannot find a PCI address for it: "
			   "%s",
			   p->base->name, request->element,
			   request->controller ? " (a PCI port)" : "", why);
}
