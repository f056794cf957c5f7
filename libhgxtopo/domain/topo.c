/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The topology that the guest of a libvirt domain sees: the domain is read like a base
 * domain into which no mirror goes. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "util/error.h"
#include "util/options.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/bus.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/topo.h"
#include "guest/version.h"
#include "domain/topo.h"
#include "domain/alias.h"
#include "domain/base.h"
#include "domain/cpu.h"
#include "domain/expander.h"
#include "domain/notes.h"
#include "domain/origin.h"
#include "domain/override.h"
#include "domain/place.h"
#include "domain/tree.h"

/* Which port of the host a port of the guest stands for, seen from the devices below it. */
enum place {
	PLACE_NOWHERE,
	PLACE_PORT,   /* the port above the devices */
	PLACE_SWITCH, /* the topmost switch above them */
	PLACE_TOP     /* the port above that switch */
};

static enum place place_of(const struct port *port)
{
	const struct port *child = port->first;

	if (!child || port->kind == HGX_HOST_BRIDGE || port->kind == HGX_BRIDGE)
		return PLACE_NOWHERE;
	if (port->kind == HGX_SWITCH_UP)
		return PLACE_SWITCH;
	if (!kind_of(child->kind)->bridge)
		return PLACE_PORT;
	return port->kind == HGX_ROOT_PORT && child->kind == HGX_SWITCH_UP ? PLACE_TOP :
									     PLACE_NOWHERE;
}

static const struct hgx_node *above(const struct hgx_node *device, enum place place)
{
	const struct hgx_node *node = place == PLACE_PORT ? device->parent : top_switch(device);

	if (node && place == PLACE_TOP)
		node = node->parent;
	return node && node->pci ? node : NULL;
}

/* NULL unless all devices below agree. */
static const struct hgx_node *stands_for(const struct port *top)
{
	const struct hgx_node *common = NULL, *node;
	enum place place = place_of(top);

	if (place == PLACE_NOWHERE)
		return NULL;
	for (const struct port *port = port_next(top, top); port; port = port_next(top, port)) {
		if (!port->host || kind_of(port->kind)->bridge)
			continue;
		node = above(port->host, place);
		if (!node || (common && node != common))
			return NULL;
		common = node;
	}
	return common;
}

static void find_ports(struct port *root)
{
	for (struct port *port = root; port; port = port_next(root, port))
		if (kind_of(port->kind)->bridge)
			port->host = stands_for(port);
}

/* What the domain says to QEMU about the link of a root port. */
static void read_links(struct hgx_plan *plan, struct port *root)
{
	for (struct port *port = root; port; port = port_next(root, port)) {
		const char *width;

		if (port->kind != HGX_ROOT_PORT || !*port->alias)
			continue;
		port->speed = override_value(plan->base, port->alias, "x-speed");
		width = override_value(plan->base, port->alias, "x-width");
		port->width = width ? (unsigned)strtoul(width, NULL, 10) : 0;
	}
}

static int check_cells(const struct hgx_plan *plan, struct hgx_error *err)
{
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		if (bus->cell < -1 || bus->cell >= (int)plan->cell_count)
			return fail(err, RULE_DOMAIN_CELL_MISSING,
				    "%s: the expander bus of controller %u belongs to a NUMA "
				    "cell that does not exist; the domain has %zu, numbered from "
				    "0",
				    plan->base->name, bus->index, plan->cell_count);
	return HGX_OK;
}

static int read_tree(struct hgx_plan *plan, struct hgx_error *err)
{
	int code = port_root(plan, err);

	if (!code)
		code = base_tree(plan, err);
	if (!code)
		code = base_place(plan, err);
	if (code)
		return code;
	plan->expanders = plan->base->expanders;
	code = check_cells(plan, err);
	if (!code)
		code = base_check_expanders(plan, err);
	if (!code)
		bus_number_all(plan);
	find_ports(plan->root);
	read_links(plan, plan->root);
	for (struct port *bus = plan->expanders; bus; bus = bus->next) {
		find_ports(bus);
		read_links(plan, bus);
	}
	return code;
}

/* Reports the assigned devices that the given host does not have, or that no host was
 * given. */
static void note_unknown(struct hgx_plan *plan)
{
	const struct base_item *first = NULL;
	unsigned count = 0;
	bool gpus = false; /* whose maker the domain does not tell */

	for (size_t i = 0; i < plan->base->count; i++) {
		const struct base_item *item = &plan->base->items[i];

		if (!item->assigned || item->source)
			continue;
		first = first ? first : item;
		count++;
		gpus |= item->alias && alias_kind(item->alias) == HGX_GPU;
	}
	if (!first)
		return;
	if (plan->host)
		plan_note(plan, RULE_HOST_DEVICE_MISSING, HGX_WARNING, NULL,
			  "give the host that the domain runs on",
			  "devices that the domain assigns and this host does not have: %u (the "
			  "first is the <%s> in line %u); what they are is unknown",
			  count, first->element->name,
			  xml_line(plan->base->text, first->element->whole.start));
	else
		plan_note(plan, RULE_HOST_UNKNOWN, HGX_NOTE, NULL,
			  arena_format(&plan->arena,
				       "give the host's topology too (%s): the file for NCCL then "
				       "states the switches and links of the host%s",
				       plan_option(plan, OPTION_HOST).text,
				       gpus ? "; without it, the file is one for NVIDIA's GPUs: "
					      "RCCL refuses it if they are AMD's" :
					      ""),
			  "devices that the domain assigns: %u; what they are and how fast their "
			  "links are is unknown",
			  count);
}

static void add_findings(struct hgx_plan *plan)
{
	note_unknown(plan);
	domain_note_ports(plan);
	domain_note_nics(plan);
	domain_note_acpi(plan);
}

/* Moves the findings to the topology, and drops what points into the plan or its host. */
static void hand_over(struct hgx_plan *plan)
{
	struct hgx_topo *guest = plan->guest;

	for (size_t i = 0; i < plan->findings.count; i++) {
		const struct hgx_finding *finding = &plan->findings.items[i];

		finding_copy(&guest->findings, &guest->arena, finding,
			     finding->node && finding->node->topo == guest ? finding->node : NULL);
	}
	for (struct hgx_node *node = guest->all; node; node = node->all)
		node->guest = NULL;
}

static int make(struct hgx_plan *plan, struct base *base, struct hgx_error *err)
{
	int code = base_open(plan, base, err);

	if (!code)
		code = domain_cpu(plan, err);
	if (!code)
		code = read_tree(plan, err);
	if (!code)
		code = guest_topo(plan, err);
	if (code)
		return code;
	if (domain_origins(plan))
		return fail_memory(err);
	add_findings(plan);
	return plan->arena.failed || plan->guest->arena.failed ? fail_memory(err) : HGX_OK;
}

int domain_read(struct hgx_plan **out, struct base *base, const struct hgx_topo *host,
		const char *libvirt, int words, struct hgx_error *err)
{
	struct hgx_plan *plan = *out = calloc(1, sizeof(*plan));
	int code;

	if (!plan)
		return fail_memory(err);
	plan->host = host;
	plan->options.words = words;
	code = plan_libvirt(plan, libvirt, err);
	if (!code)
		code = plan_ovmf(plan, err);
	return code ? code : make(plan, base, err);
}

static int read_plan(struct hgx_plan **out, struct base *base, const struct hgx_topo *host,
		     const char *libvirt, int words, struct hgx_error *err)
{
	int code = domain_read(out, base, host, libvirt, words, err);

	if (code) {
		hgx_plan_free(*out);
		*out = NULL;
	}
	return code;
}

int domain_as_plan(struct hgx_plan **out, const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;
	struct base *own;
	int code;

	*out = NULL;
	own = malloc(sizeof(*own));
	if (!own)
		return fail_memory(err);
	*own = (struct base){
		.whole = true, .text = base->text, .length = base->length, .name = base->name
	};
	code = read_plan(out, own, plan->host, version_text(plan->versions.libvirt).text, 0, err);
	free(own);
	if (!code)
		(*out)->base = NULL;
	return code;
}

int hgx_topo_from_domain(struct hgx_topo **out, const char *data, size_t length, const char *name,
			 const struct hgx_domain_options *options, struct hgx_error *err)
{
	struct hgx_domain_options own = { .size = sizeof(own) };
	struct base base = { .whole = true, .length = length };
	struct hgx_plan *plan;
	int code = options_copy(&own, options, offsetof(struct hgx_domain_options, host), err);

	*out = NULL;
	if (!code)
		code = options_words(own.words, err);
	if (!code)
		code = options_reserved(own.reserved, err);
	if (code)
		return code;
	if (!data)
		return fail(err, RULE_TEXT_MISSING, "%s: no text given",
			    name ? name : "the domain");
	if (own.host && own.host->guest)
		return fail_option(
			err, RULE_TOPOLOGY_IS_GUEST, OPTION_HOST,
			"the host of a domain cannot be a guest; give the machine it runs on");
	base.text = data;
	base.name = name ? name : "the domain";
	code = read_plan(&plan, &base, own.host, own.libvirt_version, own.words, err);
	if (code)
		return code;
	hand_over(plan);
	*out = plan->guest;
	plan->guest = NULL;
	hgx_plan_free(plan);
	if (!(*out)->arena.failed)
		return HGX_OK;
	hgx_topo_free(*out);
	*out = NULL;
	return fail_memory(err);
}
