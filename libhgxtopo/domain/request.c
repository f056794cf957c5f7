/* What of a domain wants a PCI address, in the order in which libvirt gives them out
 * (qemu_domain_address.c of 9.0). */
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
#include "domain/device.h"
#include "domain/places.h"
#include "domain/tree.h"

/* Elements in libvirt's order, after the PCI controllers. */
static const struct turn {
	const char *element;
	const char *type; /* of the element; NULL: any but what has a turn of its own */
} turns[] = {
	{ "filesystem", NULL }, { "interface", NULL },	{ "sound", NULL },
	{ "controller", NULL }, { "disk", NULL },	{ "interface", "hostdev" },
	{ "hostdev", NULL },	{ "memballoon", NULL }, { "rng", NULL },
	{ "watchdog", NULL },	{ "video", NULL },	{ "shmem", NULL },
	{ "input", NULL },	{ "serial", NULL },	{ "iommu", NULL },
	{ "vsock", NULL },	{ "memory", NULL },	{ "crypto", NULL },
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

void request_controller(struct places *p, struct base_item *item, unsigned index)
{
	struct request *request = insert(p, p->controllers);

	request->item = item;
	request->element = "controller";
	request->controller = index;
	request->joins = p->buses[index].model->joins;
	p->controllers++;
}

/* By index; those that are not in the domain at the end. */
static void add_controllers(struct places *p)
{
	for (unsigned index = 1; index < p->count; index++)
		for (size_t i = 0; i < p->base->count; i++) {
			struct base_item *item = &p->base->items[i];

			if (item->pci_controller && item->port && !item->placed &&
			    item->index == (int)index)
				request_controller(p, item, index);
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

bool is_ich9(const struct base_item *item)
{
	const char *model = item ? xml_attribute(item->element, "model") : NULL;

	return model && xml_is(item->element, "controller") && !strncmp(model, "ich9-", 5);
}

static bool has_master(const struct base_item *item)
{
	return xml_child(item->element, "master") != NULL;
}

/* -1: not given, and so not known yet when libvirt puts the controllers in order. */
static long given_index(const struct base_item *item)
{
	return xml_attribute(item->element, "index") ? (long)item->type_index : -1;
}

/* libvirt keeps controllers of one type together, by index, and of one index the one that
 * has no master first. */
static size_t controller_place(const struct places *p, const struct base_item *item, size_t from)
{
	const char *type = xml_attribute(item->element, "type");
	size_t at = p->request_count;
	long index = given_index(item);

	for (size_t i = p->request_count; type && i > from; i--) {
		const struct base_item *other = p->requests[i - 1].item;

		if (!xml_attribute_is(other->element, "type", type))
			continue;
		if (index < 0 || given_index(other) < index ||
		    (given_index(other) == index && (has_master(item) || !has_master(other))))
			return i;
		at = i - 1;
	}
	return at;
}

static void add_given(struct places *p, const struct turn *turn)
{
	const struct base_item *video = base_first_video(p->base);
	size_t from = p->request_count;

	for (size_t i = 0; i < p->base->count; i++) {
		struct base_item *item = &p->base->items[i];
		enum seat seat = has_turn(turn, item->element) ? base_seat(item) : SEAT_NONE;
		size_t at = p->request_count;

		if (seat == SEAT_NONE)
			continue;
		if (xml_is(item->element, "controller"))
			at = controller_place(p, item, from);
		else if (item == video)
			at = from;
		add_device(p, at, item, seat);
	}
}

/* After those that the domain has. */
static void add_added(struct places *p, const struct turn *turn, const struct base_added *added)
{
	for (size_t i = 0; !turn->type && i < added->count; i++) {
		const struct base_added_item *item = &added->items[i];
		struct request *request;

		if (strcmp(item->element, turn->element))
			continue;
		request = insert(p, p->request_count);
		request->element = item->element;
		request->joins = joins_of(item->seat);
		request->class_code = item->class_code;
		request->function = ANY_FUNCTION;
	}
}

/* Each of 256 controllers has at most 32 slots. */
static int check_count(const struct places *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->base->count; i++)
		count += base_seat(&p->base->items[i]) != SEAT_NONE;
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
	add_controllers(p);
	base_added(p->base, &added);
	if (added.unsure)
		return fail_option(
			p->err, RULE_DOMAIN_ADDED_UNKNOWN, base_option(p->base),
			"%s: what libvirt will add to this domain cannot be predicted: %s; "
			"define it and give the output of virsh dumpxml",
			p->base->name, added.unsure);
	for (size_t i = 0; i < ARRAY_SIZE(turns); i++) {
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
