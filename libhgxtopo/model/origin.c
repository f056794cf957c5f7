/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the devices of a guest are on its host. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/origin.h"
#include "util/arena.h"
#include "model/distance.h"
#include "model/kind.h"
#include "model/link.h"
#include "model/topo.h"

bool has_origin(const struct hgx_node *device)
{
	return device->kind == HGX_GPU || device->kind == HGX_NIC;
}

bool has_vcpu(const struct hgx_topo *guest, uint32_t id)
{
	const struct hgx_node *cpu;
	char name[16];

	snprintf(name, sizeof(name), "cpu%u", id);
	cpu = topo_find(guest, name);
	return cpu && cpu->cpu->online;
}

const struct hgx_node *origin_numa_of(const struct hgx_node *device)
{
	const struct hgx_node *group = top_switch(device);

	return group && group->numa ? group->numa : device->numa;
}

static bool all_placed(const struct origin_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_placed(pairs[i].device))
			return false;
	return true;
}

/* In the order of the host's tree; of a guest that was laid out, in that of its own. */
static void take_pairs(struct origins *origins, const struct hgx_node *root,
		       const struct origin_pair *pairs, size_t count)
{
	for (const struct hgx_node *node = root; node; node = node_next(root, node))
		for (size_t i = 0; has_origin(node) && i < count; i++)
			if (pairs[i].host == node || pairs[i].device == node)
				origins->items[origins->count++] = (struct origin){
					.device = pairs[i].device, .host = pairs[i].host
				};
}

struct origin_switch *origin_top(const struct origin *origin)
{
	struct origin_switch *group = origin->group;

	while (group && group->outer)
		group = group->outer;
	return group;
}

const struct origin *origin_planned(const struct hgx_node *host)
{
	const struct origins *planned = host->topo->origins;

	for (size_t i = 0; planned && i < planned->count; i++)
		if (planned->items[i].device == host)
			return &planned->items[i];
	return NULL;
}

static struct origin_switch *known_switch(const struct origins *origins, const void *of)
{
	for (size_t i = 0; i < origins->count; i++)
		for (struct origin_switch *group = origins->items[i].group; group;
		     group = group->outer)
			if (group->of == of)
				return group;
	return NULL;
}

/* Puts a switch above the place that *@link belongs to, if it is not there. Returns the place above
 * it; NULL if that is filled already, or if there is no memory. */
static struct origin_switch **put_switch(struct origins *origins, struct arena *arena,
					 struct origin_switch **link,
					 const struct origin_switch *from)
{
	struct origin_switch *known = known_switch(origins, from->of);

	*link = known ? known : arena_alloc(arena, sizeof(**link));
	if (known || !*link)
		return NULL;
	**link = *from;
	origins->switch_count++;
	return &(*link)->outer;
}

/* From the innermost switch up, until one that is there already. */
static void add_switches(struct origins *origins, struct arena *arena, struct origin *origin)
{
	struct origin_switch **link = &origin->group;

	for (const struct hgx_node *host = kept_switch(origin->host); host && link;
	     host = kept_switch(host->parent)) {
		struct origin_switch made = { .of = host,
					      .class_code = host->pci->class_code,
					      .link = link_met(host) };

		link = put_switch(origins, arena, link, &made);
	}
}

static void copy_switches(struct origins *origins, struct arena *arena, struct origin *origin,
			  const struct origin *planned)
{
	struct origin_switch **link = &origin->group;

	for (const struct origin_switch *group = planned->group; group && link;
	     group = group->outer) {
		struct origin_switch made = { .of = group,
					      .class_code = group->class_code,
					      .link = group->link };

		link = put_switch(origins, arena, link, &made);
	}
}

static int find_groups(struct origins *origins, struct arena *arena)
{
	for (size_t i = 0; i < origins->count; i++) {
		struct origin *origin = &origins->items[i];
		const struct origin *planned = origin_planned(origin->host);

		origin->link = planned ? planned->link : link_met(origin->host);
		origin->host_name = arena_string(arena,
						 planned ? planned->host_name : origin->host->name);
		if (planned)
			copy_switches(origins, arena, origin, planned);
		else
			add_switches(origins, arena, origin);
	}
	return arena->failed ? HGX_NO_MEMORY : HGX_OK;
}

/* Whether exactly the devices of that group are below that port of the guest. */
static bool mirrors(const struct origins *origins, const struct hgx_node *port,
		    const struct origin_switch *group)
{
	for (size_t i = 0; i < origins->count; i++)
		if (origins->items[i].near && (top_switch(origins->items[i].device) == port) !=
						      (origin_top(&origins->items[i]) == group))
			return false;
	return true;
}

static void find_ports(struct origins *origins)
{
	for (size_t i = 0; i < origins->count; i++) {
		const struct hgx_node *port = top_switch(origins->items[i].device);
		struct origin_switch *group = origin_top(&origins->items[i]);

		if (origins->items[i].near && port && group && mirrors(origins, port, group))
			group->port = port;
	}
}

bool is_placed(const struct hgx_node *device)
{
	const struct hgx_node *bus = device;

	while (bus->kind != HGX_HOST_BRIDGE && bus->parent)
		bus = bus->parent;
	return strcmp(bus->name, "pci0000:00") != 0;
}

/* A NIC that shares no switch with a GPU matters where none does, or where it was placed. */
static void find_near(struct origins *origins)
{
	bool any = false;

	for (size_t i = 0; i < origins->count; i++) {
		struct origin *origin = &origins->items[i];
		const struct hgx_node *device = origin->device;
		const struct origin *planned = origin_planned(origin->host);

		origin->near = device->kind == HGX_GPU || shares_switch_with_gpu(origin->host) ||
			       shares_switch_with_gpu(device) || is_placed(device) ||
			       (planned && planned->near);
		any |= origin->near && device->kind == HGX_NIC;
	}
	for (size_t i = 0; !any && i < origins->count; i++)
		origins->items[i].near = true;
}

static struct hgx_processor *copy_processor(struct arena *arena, const struct hgx_processor *from)
{
	struct hgx_processor *own = from ? arena_alloc(arena, sizeof(*own)) : NULL;

	if (!own)
		return NULL;
	*own = *from;
	own->arch = arena_string(arena, from->arch);
	own->vendor = arena_string(arena, from->vendor);
	own->name = arena_string(arena, from->name);
	return own;
}

void origin_processor(struct hgx_topo *guest, struct origin_numa *node,
		      const struct hgx_processor *processor)
{
	node->processor = copy_processor(&guest->arena, processor);
}

static const struct hgx_node *numa_for(const struct origin *origin, const struct origin_pair *pairs,
				       size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].device == origin->device)
			return pairs[i].numa;
	return NULL;
}

/* Adds a node for the devices on one NUMA node of the host, or on the unknown one; NULL: there are
 * none that NCCL is told about. */
static struct origin_numa *find_numa(struct origins *origins, const struct hgx_node *numa,
				     const struct origin_pair *pairs, size_t count)
{
	struct origin_numa *node = &origins->nodes[origins->node_count];
	bool used = false;

	for (size_t i = 0; i < origins->count; i++) {
		struct origin *origin = &origins->items[i];

		if (!origin->near || origin->numa || numa_for(origin, pairs, count) != numa)
			continue;
		origin->numa = node;
		used = true;
	}
	if (!used)
		return NULL;
	node->host = numa;
	node->id = -1;
	origins->node_count++;
	return node;
}

static void find_numa_of_host(struct origins *origins, struct arena *arena,
			      const struct hgx_topo *host, const struct hgx_node *numa,
			      const struct origin_pair *pairs, size_t count)
{
	struct origin_numa *node = find_numa(origins, numa, pairs, count);

	if (node)
		node->processor = copy_processor(arena, processor_of(host, numa));
}

/* The devices on one node that the host's own origins state. */
static void find_planned(struct origins *origins, struct arena *arena,
			 const struct origin_numa *planned)
{
	struct origin_numa *node = &origins->nodes[origins->node_count];
	bool used = false;

	for (size_t i = 0; i < origins->count; i++) {
		struct origin *origin = &origins->items[i];
		const struct origin *own = origin_planned(origin->host);

		if (!origin->near || !own || own->numa != planned)
			continue;
		origin->numa = node;
		used = true;
	}
	if (!used)
		return;
	node->id = planned->id;
	node->processor = copy_processor(arena, planned->processor);
	node->vcpus.ids = arena_alloc(arena, (planned->vcpus.count + 1) * sizeof(uint32_t));
	if (node->vcpus.ids)
		node->vcpus.count = planned->vcpus.count;
	for (size_t i = 0; i < node->vcpus.count; i++)
		node->vcpus.ids[i] = planned->vcpus.ids[i];
	origins->node_count++;
}

static int find_nodes(struct origins *origins, struct arena *arena, const struct hgx_topo *host,
		      const struct origin_pair *pairs, size_t count)
{
	const struct origins *planned = host->origins;
	size_t most = host->numa_count + (planned ? planned->node_count : 0) + 1;

	origins->nodes = arena_alloc(arena, most * sizeof(*origins->nodes));
	if (!origins->nodes)
		return HGX_NO_MEMORY;
	for (size_t i = 0; planned && i < planned->node_count; i++)
		find_planned(origins, arena, &planned->nodes[i]);
	for (const struct hgx_node *node = host->root->first; node; node = node->next)
		if (node->kind == HGX_NUMA)
			find_numa_of_host(origins, arena, host, node, pairs, count);
	find_numa_of_host(origins, arena, host, NULL, pairs, count);
	return HGX_OK;
}

/* The outermost that is not listed yet, of a device's switches. */
static struct origin_switch *next_switch(const struct origin *origin)
{
	struct origin_switch *found = NULL;

	for (struct origin_switch *s = origin->group; s && !s->number; s = s->outer)
		found = s;
	return found;
}

static int list_switches(struct origins *origins, struct arena *arena)
{
	struct origin_switch *group;
	size_t count = 0;

	origins->switches = arena_alloc(arena,
					(origins->switch_count + 1) * sizeof(*origins->switches));
	if (!origins->switches)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < origins->count; i++)
		while ((group = next_switch(&origins->items[i]))) {
			origins->switches[count] = group;
			group->number = ++count;
		}
	return HGX_OK;
}

static bool has_fabric(const struct hgx_topo *host)
{
	for (const struct hgx_node *node = host->all; node; node = node->all)
		if (kind_of(node->kind)->fabric)
			return true;
	return host->origins && host->origins->fabric;
}

int origins_make(struct hgx_topo *guest, const struct hgx_topo *host,
		 const struct origin_pair *pairs, size_t count)
{
	struct arena *arena = &guest->arena;
	struct origins *origins = arena_alloc(arena, sizeof(*origins));
	int code;

	if (!origins)
		return HGX_NO_MEMORY;
	origins->items = arena_alloc(arena, (count + 1) * sizeof(*origins->items));
	if (!origins->items)
		return HGX_NO_MEMORY;
	take_pairs(origins, all_placed(pairs, count) ? guest->root : host->root, pairs, count);
	find_near(origins);
	code = find_groups(origins, arena);
	if (!code)
		code = list_switches(origins, arena);
	if (!code)
		code = find_nodes(origins, arena, host, pairs, count);
	if (code)
		return code;
	find_ports(origins);
	origins->fabric = has_fabric(host);
	guest->origins = origins;
	return arena->failed ? HGX_NO_MEMORY : HGX_OK;
}

void origins_close(struct origins *origins)
{
	for (size_t i = 0; i < origins->node_count; i++)
		origins->nodes[i].host = NULL;
	for (size_t i = 0; i < origins->count; i++) {
		origins->items[i].host = NULL;
		for (struct origin_switch *group = origins->items[i].group; group;
		     group = group->outer)
			group->of = NULL;
	}
}
