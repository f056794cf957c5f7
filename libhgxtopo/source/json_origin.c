/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the devices of a guest are on its host, as emit/json_origin.c writes it. Whatever an
 * element names has to exist: emitters use it as it is. */
#include <stdbool.h>
#include <stdio.h>
#include "source/json_origin.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "model/origin.h"
#include "model/topo.h"
#include "format/json.h"
#include "source/limits.h"

/* Switches above each other: PCI has no more buses. */
#define MAX_LEVELS 256

/* Room for a list; one that is longer is refused. */
static size_t room_for(struct load *load, const struct json *top, const char *key)
{
	size_t length = json_length(json_get_array(&load->reader, top, key, JSON_OPTIONAL));

	return length < MAX_ELEMENTS ? length + 1 : MAX_ELEMENTS;
}

/* The place of an element among the @count that @where says; -1: null. */
static int64_t get_place(struct load *load, const struct json *object, const char *key,
			 size_t count, const char *where)
{
	int64_t place = json_get_number(&load->reader, object, key, 0, MAX_ELEMENTS, -1);

	if (place >= (int64_t)count)
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"%s\" is %d, but there are only %zu elements %s", key, (int)place, count,
			 where);
	return load->reader.code ? -1 : place;
}

/* A vCPU is on one node, so that all lists together are no longer than that of the CPUs. */
static bool is_taken(const struct origins *origins, uint32_t id)
{
	for (size_t i = 0; i < origins->node_count; i++)
		for (size_t j = 0; j < origins->nodes[i].vcpus.count; j++)
			if (origins->nodes[i].vcpus.ids[j] == id)
				return true;
	return false;
}

static void check_vcpus(struct load *load, const struct cpuset *vcpus)
{
	for (size_t i = 0; i < vcpus->count && !load->reader.code; i++) {
		if (!has_vcpu(load->topo, vcpus->ids[i]))
			json_bad(&load->reader, RULE_JSON_VALUE,
				 "\"vcpus\" has %u, which is not an online CPU of the guest",
				 vcpus->ids[i]);
		else if (is_taken(load->topo->origins, vcpus->ids[i]))
			json_bad(&load->reader, RULE_JSON_VALUE,
				 "\"vcpus\" has %u, which is on another node too", vcpus->ids[i]);
	}
}

static void read_vcpus(struct load *load, const struct json *object, struct cpuset *out)
{
	const char *text = json_get_text(&load->reader, object, "vcpus", JSON_OPTIONAL);
	struct cpuset vcpus;

	if (!text)
		return;
	if (!cpulist_read(&load->topo->arena, text, &vcpus))
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"vcpus\" is not an ascending list such as \"0-43\"");
	else
		check_vcpus(load, &vcpus);
	if (!load->reader.code)
		*out = vcpus;
}

static void read_node(struct load *load, const struct json *object)
{
	struct origins *origins = load->topo->origins;
	struct origin_numa *node = &origins->nodes[origins->node_count];
	const struct json *processor;

	node->id = load_known(load, object, "numa_node", MAX_ELEMENTS - 1);
	read_vcpus(load, object, &node->vcpus);
	processor = json_get_object(&load->reader, object, "processor", JSON_OPTIONAL);
	if (processor)
		node->processor = arena_alloc(&load->topo->arena, sizeof(*node->processor));
	if (node->processor)
		load_processor(load, processor, node->processor);
	origins->node_count++;
}

static const struct hgx_node *get_port(struct load *load, const struct json *object)
{
	const char *name = json_get_text(&load->reader, object, "port", JSON_OPTIONAL);
	const struct hgx_node *port = name ? topo_find(load->topo, name) : NULL;

	if (name && (!port || port->kind != HGX_SWITCH_UP))
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"port\" is \"%.40s\", which is not an upstream port of a switch", name);
	return port;
}

static size_t levels_of(const struct origin_switch *group)
{
	size_t levels = 0;

	for (; group; group = group->outer)
		levels++;
	return levels;
}

static void read_switch(struct load *load, const struct json *object)
{
	struct origins *origins = load->topo->origins;
	int64_t outer = get_place(load, object, "outer", origins->switch_count, "before this one");
	struct origin_switch *group = arena_alloc(&load->topo->arena, sizeof(*group));

	if (!group)
		return;
	group->outer = outer < 0 ? NULL : origins->switches[outer];
	if (levels_of(group) > MAX_LEVELS)
		json_bad(&load->reader, RULE_JSON_TOO_LARGE,
			 "\"outer\": more than %d switches are above each other", MAX_LEVELS);
	group->port = get_port(load, object);
	if (group->outer && group->port)
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"port\" is only valid for a switch whose \"outer\" is null");
	group->class_code = json_get_hex(&load->reader, object, "class", 0xffffff);
	group->link = load_link(load, object, "link");
	origins->switches[origins->switch_count++] = group;
	group->number = origins->switch_count;
}

static const struct hgx_node *get_device(struct load *load, const struct json *object)
{
	const char *name = json_get_text(&load->reader, object, "address", JSON_NEEDED);
	const struct hgx_node *device = name ? topo_find(load->topo, name) : NULL;

	if (!name)
		return NULL;
	load_about(load, "%s", name);
	if (!device || !has_origin(device))
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"address\" is \"%.40s\", which is not a GPU or NIC of the guest", name);
	return device;
}

static const char *get_host(struct load *load, const struct json *object)
{
	const char *name = json_get_text(&load->reader, object, "host", JSON_NEEDED);
	struct hgx_bdf address;

	if (!name || !load_address(load, "host", name, &address))
		return NULL;
	return arena_string(&load->topo->arena, name);
}

static void read_device(struct load *load, const struct json *object)
{
	struct origins *origins = load->topo->origins;
	struct origin *origin = &origins->items[origins->count];
	int64_t group = get_place(load, object, "switch", origins->switch_count,
				  "in \"origin_switches\"");
	int64_t node = get_place(load, object, "node", origins->node_count, "in \"origin_nodes\"");

	origin->device = get_device(load, object);
	origin->host_name = get_host(load, object);
	origin->group = group < 0 ? NULL : origins->switches[group];
	origin->numa = node < 0 ? NULL : &origins->nodes[node];
	origin->link = load_link(load, object, "link");
	origin->near = json_get_boolean(&load->reader, object, "listed");
	if (origin->near && !origin->numa)
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"node\" is null, but the device is \"listed\"");
	origins->count++;
}

static int check_twice(struct load *load, const struct origins *origins)
{
	for (size_t i = 0; i < origins->count; i++)
		for (size_t j = 0; j < i; j++)
			if (origins->items[i].device == origins->items[j].device) {
				load_about(load, "%s", origins->items[i].device->name);
				return json_bad(&load->reader, RULE_JSON_VALUE,
						"\"origins\" has %s twice; remove one of them",
						origins->items[i].device->name);
			}
	return HGX_OK;
}

static struct origins *make_room(struct load *load, const struct json *top)
{
	struct arena *arena = &load->topo->arena;
	struct origins *origins = arena_alloc(arena, sizeof(*origins));

	if (!origins)
		return NULL;
	origins->nodes = arena_alloc(arena,
				     room_for(load, top, "origin_nodes") * sizeof(*origins->nodes));
	origins->switches = arena_alloc(arena, room_for(load, top, "origin_switches") *
						       sizeof(*origins->switches));
	origins->items = arena_alloc(arena,
				     room_for(load, top, "origins") * sizeof(*origins->items));
	return arena->failed ? NULL : origins;
}

static void read_fabric(struct load *load, const struct json *top)
{
	if (!json_has(top, "origin_fabric"))
		json_bad(&load->reader, RULE_JSON_MEMBER, "\"origin_fabric\" is missing; add it");
	load->topo->origins->fabric = json_get_boolean(&load->reader, top, "origin_fabric");
}

int read_origins(struct load *load, const struct json *top)
{
	if (!json_has(top, "origins"))
		return HGX_OK;
	if (!load->topo->guest)
		return json_bad(&load->reader, RULE_JSON_VALUE,
				"\"origins\" is only valid for a guest; remove it");
	load->topo->origins = make_room(load, top);
	if (!load->topo->origins)
		return load->reader.code ? load->reader.code : fail_memory(load->reader.err);
	read_fabric(load, top);
	load_list(load, top, "origin_nodes", MAX_NUMA_NODES, true, read_node);
	load_list(load, top, "origin_switches", MAX_ELEMENTS, true, read_switch);
	load_list(load, top, "origins", MAX_ELEMENTS, true, read_device);
	if (load->topo->arena.failed && !load->reader.code)
		return fail_memory(load->reader.err);
	return load->reader.code ? load->reader.code : check_twice(load, load->topo->origins);
}
