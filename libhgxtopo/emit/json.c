/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The topology as JSON (docs/json-format.md, docs/hgxtopo.schema.json). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/error.h"
#include "util/macros.h"
#include "util/text.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/json.h"
#include "guest/plan.h"
#include "emit/finding_json.h"
#include "emit/json_origin.h"

static struct json *package_json(const struct hgx_node *node)
{
	struct json *object = json_new_object();

	if (object && json_put_number(object, "id", node->processor->id) &&
	    json_put_processor(object, node->processor))
		return object;
	json_free(object);
	return NULL;
}

static struct json *pages_json(const struct hgx_memory *memory)
{
	struct json *array = json_new_array();

	for (size_t i = 0; array && i < memory->huge_page_sizes; i++) {
		struct json *object = json_new_object();

		if (!object || !json_add(array, object) ||
		    !json_put_number(object, "size", (int64_t)memory->huge_pages[i].size) ||
		    !json_put_number(object, "total", (int64_t)memory->huge_pages[i].total) ||
		    !json_put_number(object, "free", (int64_t)memory->huge_pages[i].free)) {
			json_free(array);
			return NULL;
		}
	}
	return array;
}

static struct json *distances_json(const struct hgx_memory *memory)
{
	struct json *array = json_new_array();

	for (size_t i = 0; array && i < memory->distance_count; i++)
		if (!json_add(array, json_number(memory->distances[i]))) {
			json_free(array);
			return NULL;
		}
	return array;
}

static bool put_distances(struct json *object, const struct hgx_memory *memory)
{
	if (!memory->distances)
		return json_put_null(object, "distances");
	return json_put(object, "distances", distances_json(memory));
}

static struct json *numa_json(const struct hgx_node *node)
{
	struct json *object = json_new_object();

	if (object && json_put_number(object, "id", node->memory->id) &&
	    json_put_number(object, "memory", (int64_t)node->memory->bytes) &&
	    put_distances(object, node->memory) &&
	    json_put(object, "huge_pages", pages_json(node->memory)))
		return object;
	json_free(object);
	return NULL;
}

static struct json *cpu_json(const struct hgx_node *node)
{
	const struct hgx_cpu *cpu = node->cpu;
	struct json *object = json_new_object();

	if (object && json_put_number(object, "id", cpu->id) &&
	    json_put_known(object, "package", cpu->package) &&
	    json_put_known(object, "die", cpu->die) && json_put_known(object, "core", cpu->core) &&
	    json_put_known(object, "numa_node", cpu->numa_node) &&
	    json_put(object, "online", json_boolean(cpu->online)))
		return object;
	json_free(object);
	return NULL;
}

static struct json *bars_json(const struct hgx_pci *pci)
{
	struct json *array = json_new_array();

	for (int i = 0; array && i < HGX_BARS; i++) {
		struct json *object;

		if (!pci->bars[i].size)
			continue;
		object = json_new_object();
		if (!object || !json_add(array, object) || !json_put_number(object, "index", i) ||
		    !json_put_number(object, "size", (int64_t)pci->bars[i].size) ||
		    !json_put_text(object, "type",
				   pci->bars[i].flags & HGX_BAR_IO    ? "io" :
				   pci->bars[i].flags & HGX_BAR_64BIT ? "mem64" :
									"mem32") ||
		    !json_put(object, "prefetch",
			      json_boolean(pci->bars[i].flags & HGX_BAR_PREFETCH))) {
			json_free(array);
			return NULL;
		}
	}
	return array;
}

static bool put_capability(struct json *object, const char *key,
			   const struct hgx_capability *capability)
{
	bool present = capability->state == HGX_PRESENT;
	struct json *value;

	if (capability->state == HGX_UNKNOWN)
		return json_put_null(object, key);
	value = json_new_object();
	if (value && json_put(value, "present", json_boolean(present)) &&
	    (!present || (json_put(value, "capability", json_hex(4, capability->bits)) &&
			  json_put(value, "control", json_hex(4, capability->control)))))
		return json_put(object, key, value);
	json_free(value);
	return false;
}

static bool put_sriov(struct json *object, const struct hgx_pci *pci)
{
	struct json *value;

	if (pci->sriov_total <= 0)
		return json_put_null(object, "sriov");
	value = json_new_object();
	if (value && json_put_number(value, "total", pci->sriov_total) &&
	    json_put_number(value, "enabled", pci->sriov_enabled))
		return json_put(object, "sriov", value);
	json_free(value);
	return false;
}

static struct json *os_json(const struct hgx_pci *pci)
{
	struct json *array = json_new_array();

	for (size_t i = 0; array && i < pci->os_device_count; i++) {
		struct json *object = json_new_object();

		if (!object || !json_add(array, object) ||
		    !json_put_text(object, "type", pci->os_devices[i].type) ||
		    !json_put_text(object, "name", pci->os_devices[i].name)) {
			json_free(array);
			return NULL;
		}
	}
	return array;
}

static bool put_identity(struct json *object, const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;

	return json_put_text(object, "address", node->name) &&
	       json_put_text(object, "kind", kind_of(node->kind)->name) &&
	       json_put(object, "kind_inferred", json_boolean(pci->kind_inferred)) &&
	       json_put_text(object, "parent", node->parent->name) &&
	       json_put(object, "vendor", json_hex(4, pci->vendor)) &&
	       json_put(object, "device", json_hex(4, pci->device)) &&
	       json_put(object, "subsystem_vendor", json_hex(4, pci->subsystem_vendor)) &&
	       json_put(object, "subsystem_device", json_hex(4, pci->subsystem_device)) &&
	       json_put(object, "class", json_hex(6, pci->class_code)) &&
	       json_put_known(object, "revision", pci->revision) &&
	       json_put_text(object, "vendor_name", pci->vendor_name) &&
	       json_put_text(object, "device_name", pci->device_name);
}

static struct json *pci_json(const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;
	const struct hgx_node *pf = pci->physical_function;
	struct json *object = json_new_object();

	if (object && put_identity(object, node) &&
	    json_put_link(object, "link_max", pci->link_max) &&
	    json_put_link(object, "link_now", pci->link_now) &&
	    json_put(object, "bars", bars_json(pci)) &&
	    json_put_known(object, "numa_node", pci->numa_node) &&
	    json_put_text(object, "driver", pci->driver) &&
	    json_put_known(object, "iommu_group", pci->iommu_group) &&
	    json_put_known(object, "port_type", pci->port_type) &&
	    put_capability(object, "acs", &pci->acs) && put_capability(object, "ats", &pci->ats) &&
	    put_sriov(object, pci) &&
	    json_put_text(object, "physical_function", pf ? pf->name : NULL) &&
	    json_put_text(object, "slot", pci->slot) &&
	    json_put(object, "os_devices", os_json(pci)) &&
	    json_put_text(object, "host_use", pci->host_use) &&
	    (!pci->net_speed || json_put_number(object, "net_speed", pci->net_speed)) &&
	    (!node->direct_of || json_put_text(object, "data_direct_of", node->direct_of->name)))
		return object;
	json_free(object);
	return NULL;
}

static struct json *ids_json(const struct hgx_pci *pci)
{
	struct json *object = json_new_object();

	if (object && json_put_text(object, "drive_serial", pci->drive_serial) &&
	    json_put_text(object, "guid", pci->guid) &&
	    json_put_text(object, "device_serial", pci->device_serial))
		return object;
	json_free(object);
	return NULL;
}

static struct json *pci_json_with_ids(const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;
	struct json *object = pci_json(node), *ids;

	if (!object || (!pci->drive_serial && !pci->guid && !pci->device_serial))
		return object;
	ids = ids_json(pci);
	if (ids && json_put(object, "ids", ids))
		return object;
	json_free(object);
	return NULL;
}

static struct json *bridge_json(const struct hgx_node *node)
{
	return json_text(node->name);
}

/* By number or address, regardless of the parent. */
static int by_order(const void *a, const void *b)
{
	const struct hgx_node *x = *(const struct hgx_node *const *)a;
	const struct hgx_node *y = *(const struct hgx_node *const *)b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static struct json *software_json(const struct hgx_topo *topo)
{
	struct json *object = json_new_object();

	if (object && json_put_text(object, "libvirt", topo->libvirt) &&
	    json_put_text(object, "qemu", topo->qemu) && json_put_text(object, "ovmf", topo->ovmf))
		return object;
	json_free(object);
	return NULL;
}

static bool is_pci(const struct hgx_node *node)
{
	return node->pci != NULL;
}
static bool is_cpu(const struct hgx_node *node)
{
	return node->cpu != NULL;
}
static bool is_numa(const struct hgx_node *node)
{
	return node->memory != NULL;
}
static bool is_package(const struct hgx_node *node)
{
	return node->processor != NULL;
}
static bool is_bridge(const struct hgx_node *node)
{
	return node->kind == HGX_HOST_BRIDGE;
}

static const struct list {
	const char *key;
	bool (*holds)(const struct hgx_node *node);
	struct json *(*make)(const struct hgx_node *node);
} lists[] = {
	{ "packages", is_package, package_json },
	{ "numa_nodes", is_numa, numa_json },
	{ "cpus", is_cpu, cpu_json },
	{ "host_bridges", is_bridge, bridge_json },
	{ "pci", is_pci, pci_json },
};

static const struct list pci_with_ids = { "pci", is_pci, pci_json_with_ids };

static bool write_list(FILE *stream, const struct hgx_topo *topo, const struct list *list,
		       const struct hgx_node **nodes)
{
	size_t count = 0;

	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (list->holds(node))
			nodes[count++] = node;
	qsort(nodes, count, sizeof(*nodes), by_order);
	fprintf(stream, ",\n  \"%s\": [", list->key);
	for (size_t i = 0; i < count; i++)
		if (!json_write_element(stream, list->make(nodes[i]), i))
			return false;
	fputs(count ? "\n  ]" : "]", stream);
	return true;
}

/* What the plan of a guest says about its host, whose nodes are not the guest's. */
static bool write_plan(FILE *stream, const struct hgx_plan *plan)
{
	struct json *name = json_text(plan->name);

	if (!name)
		return false;
	fputs(",\n  \"plan\": {\n    \"name\": ", stream);
	json_write(stream, name);
	json_free(name);
	fputs(",\n", stream);
	if (!plan_write_told(stream, plan, "    "))
		return false;
	fputs("\n  }", stream);
	return true;
}

static bool write_head(FILE *stream, const struct hgx_topo *topo)
{
	struct json *software = software_json(topo);

	if (!software)
		return false;
	fprintf(stream,
		"{\n  \"format\": \"hgxtopo\",\n  \"version\": 1,\n  \"machine\": \"%s\",\n  \"software\": ",
		topo->guest ? "guest" : "host");
	json_write(stream, software);
	json_free(software);
	if (topo->default_page > 2u << 20) /* the default of x86 goes without saying */
		fprintf(stream, ",\n  \"default_huge_page\": %llu",
			(unsigned long long)topo->default_page);
	return true;
}

/* How to write a topology. */
struct form {
	bool ids;
	const struct hgx_plan *plan; /* of the guest; NULL: left out */
};

static bool write_topo(FILE *stream, const struct hgx_topo *topo, const struct form *form)
{
	const struct hgx_node **nodes = malloc(topo->count * sizeof(*nodes));
	bool good = nodes && write_head(stream, topo);

	for (size_t i = 0; good && i < ARRAY_SIZE(lists); i++)
		good = write_list(stream, topo,
				  form->ids && lists[i].holds == is_pci ? &pci_with_ids : &lists[i],
				  nodes);
	free(nodes);
	good = good && (!topo->origins || json_write_origins(stream, topo->origins)) &&
	       (!form->plan || write_plan(stream, form->plan));
	fputs(",\n  \"findings\": [", stream);
	for (size_t i = 0; good && i < topo->findings.count; i++)
		good = json_write_element(stream, finding_json(&topo->findings.items[i]), i);
	fputs(topo->findings.count ? "\n  ]\n}\n" : "]\n}\n", stream);
	return good;
}

static int emit(const struct hgx_topo *topo, const struct form *form, char **out,
		struct hgx_error *err)
{
	struct text text;
	bool good;
	int code;

	*out = NULL;
	code = text_open(&text, err);
	if (code)
		return code;
	good = write_topo(text.stream, topo, form);
	code = text_close(&text, out, err);
	if (code || good)
		return code;
	hgx_text_free(*out);
	*out = NULL;
	return fail_memory(err);
}

int hgx_emit_json(const struct hgx_topo *topo, char **out, struct hgx_error *err)
{
	return emit(topo, &(struct form){ false, NULL }, out, err);
}

int hgx_emit_json_with_ids(const struct hgx_topo *topo, char **out, struct hgx_error *err)
{
	return emit(topo, &(struct form){ true, NULL }, out, err);
}

int hgx_emit_guest_json(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	return emit(plan->guest, &(struct form){ false, plan }, out, err);
}
