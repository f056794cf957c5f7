/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a topology that hgx_emit_json() wrote (docs/json-format.md). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/link.h"
#include "util/macros.h"
#include "model/build.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/json.h"
#include "source/json_load.h"
#include "source/json_origin.h"
#include "source/limits.h"
#include "source/software.h"

static uint32_t get_id(struct load *load, const struct json *object, const char *key)
{
	int64_t id = json_get_number(&load->reader, object, key, 0, MAX_ELEMENTS - 1, -1);

	if (id < 0)
		json_bad(&load->reader, RULE_JSON_MEMBER, "\"%s\" is missing; add it", key);
	return id < 0 ? 0 : (uint32_t)id;
}

static void read_package(struct load *load, const struct json *object)
{
	struct hgx_node *node = build_package(load->topo, get_id(load, object, "id"));

	if (!node)
		return;
	load_about(load, "%s", node->name);
	load_processor(load, object, node->processor);
}

static void read_distances(struct load *load, const struct json *object, struct hgx_memory *memory)
{
	const struct json *array = json_get_array(&load->reader, object, "distances",
						  JSON_OPTIONAL);
	size_t count = json_length(array);
	uint32_t *row;

	if (!array)
		return;
	row = arena_alloc(&load->topo->arena, (count ? count : 1) * sizeof(*row));
	for (size_t i = 0; row && i < count; i++) {
		int64_t value = json_as_number(json_at(array, i));

		if (value < 0 || value > MAX_DISTANCE)
			json_bad(&load->reader, RULE_JSON_VALUE,
				 "\"distances\"[%zu] is not a number from 0 to 255", i);
		row[i] = (uint32_t)value;
	}
	memory->distances = row;
	memory->distance_count = count;
}

static void read_pages(struct load *load, const struct json *object, struct hgx_memory *memory)
{
	const struct json *array = json_get_array(&load->reader, object, "huge_pages",
						  JSON_OPTIONAL);
	size_t count = json_length(array);
	struct hgx_pages *pages = arena_alloc(&load->topo->arena, (count + 1) * sizeof(*pages));

	for (size_t i = 0; pages && i < count; i++) {
		const struct json *item = json_at(array, i);

		if (!json_is_object(item)) {
			json_bad(&load->reader, RULE_JSON_MEMBER,
				 "\"huge_pages\"[%zu] is not an object", i);
			return;
		}
		if (!json_has(item, "size"))
			json_bad(&load->reader, RULE_JSON_MEMBER,
				 "\"huge_pages\"[%zu]: \"size\" is missing; add it", i);
		pages[i].size = (uint64_t)json_get_number(&load->reader, item, "size", 4096,
							  MAX_PAGE, 0);
		pages[i].total = (uint64_t)json_get_number(&load->reader, item, "total", 0,
							   INT64_MAX, 0);
		pages[i].free = (uint64_t)json_get_number(&load->reader, item, "free", 0, INT64_MAX,
							  0);
	}
	memory->huge_pages = pages;
	memory->huge_page_sizes = count;
}

static void read_numa(struct load *load, const struct json *object)
{
	struct hgx_node *node = build_numa(load->topo, get_id(load, object, "id"));

	if (!node)
		return;
	load_about(load, "%s", node->name);
	node->memory->bytes = (uint64_t)json_get_number(&load->reader, object, "memory", 0,
							MAX_MEMORY_BYTES, 0);
	read_distances(load, object, node->memory);
	read_pages(load, object, node->memory);
}

static void read_cpu(struct load *load, const struct json *object)
{
	struct hgx_cpu cpu = { .id = get_id(load, object, "id") };

	load_about(load, "cpu%u", cpu.id);
	cpu.package = load_known(load, object, "package", MAX_ELEMENTS);
	cpu.die = load_known(load, object, "die", MAX_ELEMENTS);
	cpu.core = load_known(load, object, "core", INT32_MAX);
	cpu.numa_node = load_known(load, object, "numa_node", MAX_ELEMENTS);
	cpu.online = json_get_boolean(&load->reader, object, "online");
	build_cpu(load->topo, &cpu);
}

static void read_host_bridge(struct load *load, const struct json *value)
{
	const char *text = json_as_text(value);
	unsigned domain, bus;
	char again[24] = "";

	if (text && sscanf(text, "pci%8x:%2x", &domain, &bus) == 2)
		snprintf(again, sizeof(again), "pci%04x:%02x", domain, bus);
	if (!text || strcmp(text, again))
		json_bad(&load->reader, RULE_JSON_VALUE, "not a root bus such as \"pci0000:15\"");
	else
		build_host_bridge(load->topo, domain, (uint8_t)bus);
}

static void read_bars(struct load *load, const struct json *object, struct hgx_pci *pci)
{
	const struct json *array = json_get_array(&load->reader, object, "bars", JSON_OPTIONAL);

	for (size_t i = 0; i < json_length(array) && !load->reader.code; i++) {
		const struct json *item = json_at(array, i);
		const char *type;
		int64_t index;

		if (!json_is_object(item)) {
			json_bad(&load->reader, RULE_JSON_MEMBER, "\"bars\"[%zu] is not an object",
				 i);
			return;
		}
		index = json_get_number(&load->reader, item, "index", 0, HGX_BARS - 1, 0);
		type = json_get_text(&load->reader, item, "type", JSON_NEEDED);
		if (type && strcmp(type, "io") && strcmp(type, "mem32") && strcmp(type, "mem64"))
			json_bad(&load->reader, RULE_JSON_VALUE,
				 "\"bars\"[%zu]: \"type\" is not io, mem32 or mem64", i);
		if (!type)
			return;
		if (pci->bars[index].size)
			json_bad(&load->reader, RULE_JSON_VALUE, "\"bars\" has the index %d twice",
				 (int)index);
		pci->bars[index].size = (uint64_t)json_get_number(&load->reader, item, "size", 1,
								  MAX_MEMORY_BYTES, 0);
		pci->bars[index].flags =
			(!strcmp(type, "io") ? HGX_BAR_IO : 0) |
			(!strcmp(type, "mem64") ? HGX_BAR_64BIT : 0) |
			(json_get_boolean(&load->reader, item, "prefetch") ? HGX_BAR_PREFETCH : 0);
	}
}

static void get_capability(struct load *load, const struct json *object, const char *key,
			   struct hgx_capability *out)
{
	const struct json *item = json_get_object(&load->reader, object, key, JSON_OPTIONAL);

	out->state = HGX_UNKNOWN;
	if (!item)
		return;
	out->state = json_get_boolean(&load->reader, item, "present") ? HGX_PRESENT : HGX_ABSENT;
	if (out->state == HGX_ABSENT)
		return;
	out->bits = (uint16_t)json_get_hex(&load->reader, item, "capability", 0xffff);
	out->control = (uint16_t)json_get_hex(&load->reader, item, "control", 0xffff);
}

static void read_os_devices(struct load *load, const struct json *object, struct hgx_pci *pci)
{
	static const char *const types[] = { "net", "infiniband", "block" };
	const struct json *array = json_get_array(&load->reader, object, "os_devices",
						  JSON_OPTIONAL);
	size_t count = json_length(array);
	struct hgx_os_device *list = arena_alloc(&load->topo->arena, (count + 1) * sizeof(*list));

	for (size_t i = 0; list && i < count; i++) {
		const struct json *item = json_at(array, i);
		const char *type, *name;

		if (!json_is_object(item)) {
			json_bad(&load->reader, RULE_JSON_MEMBER,
				 "\"os_devices\"[%zu] is not an object", i);
			return;
		}
		type = json_get_text(&load->reader, item, "type", JSON_NEEDED);
		name = json_get_text(&load->reader, item, "name", JSON_NEEDED);
		for (size_t j = 0; type && j < ARRAY_SIZE(types); j++)
			if (!strcmp(types[j], type))
				list[i].type = types[j];
		if (type && !list[i].type)
			json_bad(&load->reader, RULE_JSON_VALUE,
				 "\"os_devices\"[%zu]: \"type\" is not net, infiniband or block",
				 i);
		list[i].name = arena_string(&load->topo->arena, name ? name : "");
	}
	pci->os_devices = list;
	pci->os_device_count = count;
}

static struct hgx_node *new_function(struct load *load, const struct json *object)
{
	const char *address = json_get_text(&load->reader, object, "address", JSON_NEEDED);
	const char *kind = json_get_text(&load->reader, object, "kind", JSON_NEEDED);
	const char *parent = json_get_text(&load->reader, object, "parent", JSON_NEEDED);
	struct hgx_bdf bdf;
	int number;

	if (!address || !kind || !parent)
		return NULL;
	load_about(load, "%s", address);
	if (!load_address(load, "address", address, &bdf))
		return NULL;
	number = kind_by_name(kind);
	if (number < 0 || !kind_of((enum hgx_kind)number)->pci) {
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"kind\" is \"%.20s\", which is not a kind of PCI function; correct it",
			 kind);
		return NULL;
	}
	return build_pci(load->topo, (enum hgx_kind)number, bdf, parent);
}

static void read_identity(struct load *load, const struct json *object, struct hgx_pci *pci)
{
	struct json_reader *reader = &load->reader;

	pci->kind_inferred = json_get_boolean(reader, object, "kind_inferred");
	pci->vendor = (uint16_t)json_get_hex(reader, object, "vendor", 0xffff);
	pci->device = (uint16_t)json_get_hex(reader, object, "device", 0xffff);
	pci->subsystem_vendor = (uint16_t)json_get_hex(reader, object, "subsystem_vendor", 0xffff);
	pci->subsystem_device = (uint16_t)json_get_hex(reader, object, "subsystem_device", 0xffff);
	pci->class_code = json_get_hex(reader, object, "class", 0xffffff);
	pci->revision = load_known(load, object, "revision", MAX_REVISION);
	pci->vendor_name = load_string(load, object, "vendor_name");
	pci->device_name = load_string(load, object, "device_name");
}

static void read_ids(struct load *load, const struct json *object, struct hgx_pci *pci)
{
	const struct json *ids = json_get_object(&load->reader, object, "ids", JSON_OPTIONAL);

	if (!ids)
		return;
	pci->drive_serial = load_string(load, ids, "drive_serial");
	pci->guid = load_string(load, ids, "guid");
	pci->device_serial = load_string(load, ids, "device_serial");
}

static void read_pci(struct load *load, const struct json *object)
{
	struct hgx_node *node = new_function(load, object);
	const struct json *sriov;
	struct hgx_pci *pci;

	if (!node)
		return;
	pci = node->pci;
	read_identity(load, object, pci);
	pci->link_max = load_link(load, object, "link_max");
	pci->link_now = load_link(load, object, "link_now");
	read_bars(load, object, pci);
	pci->numa_node = load_known(load, object, "numa_node", MAX_ELEMENTS);
	pci->driver = load_string(load, object, "driver");
	pci->iommu_group = load_known(load, object, "iommu_group", INT32_MAX);
	pci->port_type = load_known(load, object, "port_type", 15);
	get_capability(load, object, "acs", &pci->acs);
	get_capability(load, object, "ats", &pci->ats);
	sriov = json_get_object(&load->reader, object, "sriov", JSON_OPTIONAL);
	pci->sriov_total = (int)json_get_number(&load->reader, sriov, "total", 1,
						MAX_VIRTUAL_FUNCTIONS, 0);
	pci->sriov_enabled = (int)json_get_number(&load->reader, sriov, "enabled", 0,
						  MAX_VIRTUAL_FUNCTIONS, 0);
	node->pf_name = load_string(load, object, "physical_function");
	pci->slot = load_string(load, object, "slot");
	read_os_devices(load, object, pci);
	pci->host_use = load_string(load, object, "host_use");
	pci->net_speed = (uint32_t)json_get_number(&load->reader, object, "net_speed", 1,
						   MAX_NET_SPEED, 0);
	node->direct_name = load_string(load, object, "data_direct_of");
	read_ids(load, object, pci);
}

static int severity_of(const char *name)
{
	for (int i = 0; hgx_severity_name(i); i++)
		if (!strcmp(hgx_severity_name(i), name))
			return i;
	return -1;
}

static void read_finding(struct load *load, const struct json *object)
{
	struct json_reader *reader = &load->reader;
	struct hgx_finding finding = { .rule = json_get_text(reader, object, "rule", JSON_NEEDED),
				       .text = json_get_text(reader, object, "text", JSON_NEEDED) };
	const char *severity = json_get_text(reader, object, "severity", JSON_NEEDED);
	const char *name = json_get_text(reader, object, "node", JSON_OPTIONAL);

	finding.remedy = json_get_text(reader, object, "remedy", JSON_OPTIONAL);
	finding.node = name ? topo_find(load->topo, name) : NULL;
	if (name && !finding.node) {
		load_about(load, "%s", name);
		json_bad(reader, RULE_JSON_VALUE, "\"node\" is \"%.40s\", which does not exist",
			 name);
	}
	if (reader->code)
		return;
	finding.severity = severity_of(severity);
	if (finding.severity < 0)
		json_bad(reader, RULE_JSON_VALUE, "\"severity\" is not note, warning or problem");
	else
		finding_copy(&load->topo->findings, &load->topo->arena, &finding, finding.node);
}

static int check_format(struct load *load, const struct json *top)
{
	const char *format = json_get_text(&load->reader, top, "format", JSON_OPTIONAL);
	int64_t version = json_get_number(&load->reader, top, "version", INT64_MIN, INT64_MAX, -1);
	const char *machine;

	if (!load->reader.code && (!format || strcmp(format, "hgxtopo")))
		return json_bad(&load->reader, RULE_JSON_FORMAT,
				"not a topology (\"format\" is not \"hgxtopo\"); give one "
				"written by hgx_emit_json()");
	if (!load->reader.code && !json_has(top, "version"))
		return json_bad(&load->reader, RULE_JSON_MEMBER, "\"version\" is missing; add it");
	if (!load->reader.code && version != 1)
		return json_bad(
			&load->reader, RULE_JSON_VERSION,
			"\"version\" is %lld, and this library reads 1; write the topology again with "
			"this library, or read it with the one that wrote it",
			(long long)version);
	machine = json_get_text(&load->reader, top, "machine", JSON_NEEDED);
	if (machine && strcmp(machine, "host") && strcmp(machine, "guest"))
		return json_bad(&load->reader, RULE_JSON_VALUE, "\"machine\" is not host or guest");
	load->topo->guest = machine && !strcmp(machine, "guest");
	return load->reader.code;
}

static const char *get_version(struct load *load, const struct json *software, const char *key)
{
	const char *text = json_get_text(&load->reader, software, key, JSON_OPTIONAL);

	if (text && !version_is_clean(text))
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"%s\" is \"%.20s\", which is not a version such as \"9.0.0\"", key,
			 text);
	return arena_string(&load->topo->arena, text);
}

static void read_software(struct load *load, const struct json *top)
{
	const struct json *software = json_get_object(&load->reader, top, "software",
						      JSON_OPTIONAL);

	snprintf(load->reader.where, sizeof(load->reader.where), "software");
	load->topo->libvirt = get_version(load, software, "libvirt");
	load->topo->qemu = get_version(load, software, "qemu");
	load->topo->ovmf = get_version(load, software, "ovmf");
	load->reader.where[0] = '\0';
}

static void read_default_page(struct load *load, const struct json *top)
{
	int64_t bytes = json_get_number(&load->reader, top, "default_huge_page", 0, INT64_MAX, 0);

	if (bytes && !is_huge_page((uint64_t)bytes))
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"default_huge_page\" is neither 2097152 nor 1073741824");
	load->topo->default_page = (uint64_t)bytes;
}

static int read_top(struct load *load, const struct json *top)
{
	int code = check_format(load, top);

	if (code)
		return code;
	read_software(load, top);
	read_default_page(load, top);
	load_list(load, top, "packages", MAX_ELEMENTS, true, read_package);
	load_list(load, top, "numa_nodes", MAX_NUMA_NODES, true, read_numa);
	load_list(load, top, "cpus", MAX_ELEMENTS, true, read_cpu);
	load_list(load, top, "host_bridges", MAX_ELEMENTS, false, read_host_bridge);
	load_list(load, top, "pci", MAX_ELEMENTS, true, read_pci);
	return load->reader.code;
}

static int lacks_distances(struct load *load, const struct hgx_node *node)
{
	load_about(load, "%s", node->name);
	return json_bad(&load->reader, RULE_JSON_VALUE,
			"%s: %zu \"distances\" for %zu NUMA node%s; give one for each", node->name,
			node->memory->distance_count, load->topo->numa_count,
			load->topo->numa_count == 1 ? "" : "s");
}

static int check_distances(struct load *load)
{
	for (struct hgx_node *node = load->topo->all; node; node = node->all)
		if (node->memory && node->memory->distances &&
		    node->memory->distance_count != load->topo->numa_count)
			return lacks_distances(load, node);
	return HGX_OK;
}

int hgx_topo_from_json(struct hgx_topo **out, const char *data, size_t length, const char *name,
		       struct hgx_error *err)
{
	struct load load = { .reader = { .name = name ? name : "the topology", .err = err } };
	struct json *top;
	int code;

	*out = NULL;
	if (!data)
		return fail(err, RULE_TEXT_MISSING, "%s: no text given", load.reader.name);
	code = json_parse(&top, data, length, name, err);
	if (code)
		return code;
	load.topo = build_new();
	code = load.topo ? read_top(&load, top) : fail_memory(err);
	if (!code) {
		code = build_link(load.topo, err);
		if (!code)
			code = build_finish(load.topo, err);
		if (code && code != HGX_NO_MEMORY) /* they do not know the file */
			error_prefix(err, load.reader.name);
	}
	if (!code)
		code = check_distances(&load);
	if (!code)
		code = read_origins(&load, top);
	if (!code) {
		load_list(&load, top, "findings", MAX_ELEMENTS, true, read_finding);
		code = load.reader.code	       ? load.reader.code :
		       load.topo->arena.failed ? fail_memory(err) :
						 HGX_OK;
	}
	json_free(top);
	if (code) {
		hgx_topo_free(load.topo);
		return code;
	}
	*out = load.topo;
	return HGX_OK;
}
