/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the devices of a guest are on its host, as JSON (docs/json-format.md). Nodes and switches
 * have no names; their places in their lists stand for them. */
#include <stdbool.h>
#include <stdio.h>
#include "emit/json_origin.h"
#include "util/cpulist.h"
#include "util/macros.h"
#include "util/text.h"
#include "model/origin.h"
#include "model/topo.h"
#include "format/json.h"

bool json_put_link(struct json *object, const char *key, struct hgx_link link)
{
	struct json *value;

	if (!link.speed)
		return json_put_null(object, key);
	value = json_new_object();
	if (value && json_put_number(value, "mts", link.speed) &&
	    json_put_known(value, "width", link.width ? (int64_t)link.width : -1))
		return json_put(object, key, value);
	json_free(value);
	return false;
}

bool json_put_processor(struct json *object, const struct hgx_processor *processor)
{
	return json_put_text(object, "arch", processor->arch) &&
	       json_put_text(object, "vendor", processor->vendor) &&
	       json_put_text(object, "name", processor->name) &&
	       json_put_known(object, "family", processor->family) &&
	       json_put_known(object, "model", processor->model) &&
	       json_put_known(object, "address_bits", processor->address_bits);
}

bool json_write_element(FILE *stream, struct json *value, size_t index)
{
	if (!value)
		return false;
	fputs(index ? ",\n    " : "\n    ", stream);
	json_write(stream, value);
	json_free(value);
	return true;
}

static bool put_vcpus(struct json *object, const struct cpuset *vcpus)
{
	struct text text;
	char *list;
	bool good;

	if (!vcpus->count)
		return json_put_null(object, "vcpus");
	if (text_open(&text, NULL))
		return false;
	cpulist_write(text.stream, vcpus->ids, vcpus->count);
	good = !text_close(&text, &list, NULL) && json_put_text(object, "vcpus", list);
	hgx_text_free(list);
	return good;
}

static bool put_node_processor(struct json *object, const struct hgx_processor *processor)
{
	struct json *value;

	if (!processor)
		return json_put_null(object, "processor");
	value = json_new_object();
	if (value && json_put_processor(value, processor))
		return json_put(object, "processor", value);
	json_free(value);
	return false;
}

static struct json *node_json(const struct origins *origins, size_t index)
{
	const struct origin_numa *node = &origins->nodes[index];
	struct json *object = json_new_object();

	if (object && json_put_known(object, "numa_node", node->id) &&
	    put_vcpus(object, &node->vcpus) && put_node_processor(object, node->processor))
		return object;
	json_free(object);
	return NULL;
}

/* The place in the list of switches; -1: none. */
static int64_t place_of(const struct origin_switch *group)
{
	return group ? (int64_t)group->number - 1 : -1;
}

static struct json *switch_json(const struct origins *origins, size_t index)
{
	const struct origin_switch *group = origins->switches[index];
	struct json *object = json_new_object();

	if (object && json_put_known(object, "outer", place_of(group->outer)) &&
	    json_put_text(object, "port", group->port ? group->port->name : NULL) &&
	    json_put(object, "class", json_hex(6, group->class_code)) &&
	    json_put_link(object, "link", group->link))
		return object;
	json_free(object);
	return NULL;
}

static struct json *device_json(const struct origins *origins, size_t index)
{
	const struct origin *origin = &origins->items[index];
	int64_t node = origin->numa ? origin->numa - origins->nodes : -1;
	struct json *object = json_new_object();

	if (object && json_put_text(object, "address", origin->device->name) &&
	    json_put_text(object, "host", origin->host_name) &&
	    json_put_known(object, "switch", place_of(origin->group)) &&
	    json_put_known(object, "node", node) && json_put_link(object, "link", origin->link) &&
	    json_put(object, "listed", json_boolean(origin->near)))
		return object;
	json_free(object);
	return NULL;
}

bool json_write_origins(FILE *stream, const struct origins *origins)
{
	const struct {
		const char *key;
		size_t count;
		struct json *(*make)(const struct origins *origins, size_t index);
	} lists[] = {
		{ "origin_nodes", origins->node_count, node_json },
		{ "origin_switches", origins->switch_count, switch_json },
		{ "origins", origins->count, device_json },
	};

	fprintf(stream, ",\n  \"origin_fabric\": %s", origins->fabric ? "true" : "false");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		fprintf(stream, ",\n  \"%s\": [", lists[i].key);
		for (size_t j = 0; j < lists[i].count; j++)
			if (!json_write_element(stream, lists[i].make(origins, j), j))
				return false;
		fputs(lists[i].count ? "\n  ]" : "]", stream);
	}
	return true;
}
