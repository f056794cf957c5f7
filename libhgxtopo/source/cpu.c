/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads packages, CPUs, NUMA nodes and memory, through hwloc. */
#include <hwloc.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/cpu.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/utf8.h"
#include "model/build.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/limits.h"
#include "source/numbers.h"
#include "source/package.h"
#include "source/root.h"
#include "source/sibling.h"

/* Variables that make hwloc show something other than the machine or root it is asked for
 * (hwloc manual, "Environment Variables"), and the one that makes it silent. */
static const char *const variables[] = {
	"HWLOC_FSROOT",	    "HWLOC_XMLFILE",	      "HWLOC_SYNTHETIC",  "HWLOC_CPUID_PATH",
	"HWLOC_COMPONENTS", "HWLOC_DUMP_NOFILE_INFO", "HWLOC_THISSYSTEM", "HWLOC_HIDE_ERRORS",
};
#define MISLEADING (ARRAY_SIZE(variables) - 1)

/* hwloc takes the path of a captured root from the environment, which the whole process
 * shares: only one load runs at a time, and it restores every variable. */
static pthread_mutex_t environment = PTHREAD_MUTEX_INITIALIZER;

static int environment_clean(struct hgx_error *err)
{
	for (size_t i = 0; i < MISLEADING; i++)
		if (getenv(variables[i]))
			return fail(err, RULE_HWLOC_ENVIRONMENT,
				    "%s is set: hwloc would not show this machine as it is; run "
				    "'unset %s' first",
				    variables[i], variables[i]);
	return HGX_OK;
}

static bool environment_swap(char *saved[], const char *root)
{
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		const char *value = getenv(variables[i]);

		saved[i] = value ? strdup(value) : NULL;
		if (value)
			unsetenv(variables[i]);
	}
	return setenv("HWLOC_FSROOT", root, 1) == 0 && setenv("HWLOC_HIDE_ERRORS", "2", 1) == 0;
}

static void environment_restore(char *saved[])
{
	unsetenv("HWLOC_FSROOT");
	unsetenv("HWLOC_HIDE_ERRORS");
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		if (saved[i])
			setenv(variables[i], saved[i], 1);
		free(saved[i]);
	}
}

/* Turns off the components of hwloc that would show the running machine instead of a
 * captured root (x86 and no_os ask the processor, the others look for devices), and the
 * objects that are not used here. */
static bool configure(hwloc_topology_t hwloc)
{
	static const char *const excluded[] = { "x86", "no_os", "pci", "gl", "opencl" };
	static const hwloc_obj_type_t included[] = { HWLOC_OBJ_PACKAGE, HWLOC_OBJ_DIE,
						     HWLOC_OBJ_CORE };

	for (size_t i = 0; i < ARRAY_SIZE(excluded); i++)
		hwloc_topology_set_components(hwloc, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
					      excluded[i]);
	if (hwloc_topology_set_flags(hwloc, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED |
						    HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
						    HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS))
		return false;
	if (hwloc_topology_set_all_types_filter(hwloc, HWLOC_TYPE_FILTER_KEEP_NONE))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(included); i++)
		if (hwloc_topology_set_type_filter(hwloc, included[i], HWLOC_TYPE_FILTER_KEEP_ALL))
			return false;
	return true;
}

static int load_here(hwloc_topology_t *out, const struct root *root, struct hgx_error *err)
{
	hwloc_topology_t hwloc;

	if (hwloc_topology_init(&hwloc))
		return fail_memory(err);
	if (!configure(hwloc) || hwloc_topology_load(hwloc)) {
		hwloc_topology_destroy(hwloc);
		return fail_option(
			err, RULE_CPUS_UNREADABLE, root_option(root),
			"%s: hwloc finds no CPUs there; sys/devices/system/cpu is missing or "
			"incomplete: capture the machine again",
			root->path);
	}
	if (!hwloc_topology_is_thissystem(hwloc) != !root->live) {
		hwloc_topology_destroy(hwloc);
		return fail_option(
			err, RULE_HWLOC_ENVIRONMENT, root_option(root),
			"%s: hwloc shows another machine; look for HWLOC_ variables in the "
			"environment",
			root->path);
	}
	*out = hwloc;
	return HGX_OK;
}

/* hwloc takes as long as all other sources together, so it runs in parallel with the scan
 * of the PCI functions. The environment changes before the thread starts and is restored
 * after it ends. */
struct cpu_load {
	const struct root *root;
	hwloc_topology_t hwloc;
	struct hgx_error err;
	int code;
	bool running;
	pthread_t thread;
	char *saved[ARRAY_SIZE(variables)];
};

static void *load_thread(void *context)
{
	struct cpu_load *load = context;

	load->code = load_here(&load->hwloc, load->root, &load->err);
	return NULL;
}

static int prepare(struct cpu_load *load)
{
	if (load->root->live)
		return environment_clean(&load->err);
	pthread_mutex_lock(&environment);
	return environment_swap(load->saved, load->root->path) ? HGX_OK : fail_memory(&load->err);
}

/* The thread must not get the caller's signals. */
static void launch(struct cpu_load *load)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	load->running = pthread_create(&load->thread, NULL, load_thread, load) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct cpu_load *source_cpu_begin(const struct root *root)
{
	struct cpu_load *load = calloc(1, sizeof(*load));

	if (!load)
		return NULL;
	load->root = root;
	load->code = prepare(load);
	if (!load->code)
		launch(load);
	return load;
}

static int finish_load(struct cpu_load *load)
{
	if (load->running)
		pthread_join(load->thread, NULL);
	else if (!load->code)
		load_thread(load);
	if (!load->root->live) {
		environment_restore(load->saved);
		pthread_mutex_unlock(&environment);
	}
	return load->code;
}

/* hwloc 3 keeps infos in a structure with its own lookup function. */
static const char *info_of(hwloc_obj_t object, const char *name)
{
#if HWLOC_API_VERSION >= 0x00030000
	return hwloc_get_info_by_name(&object->infos, name);
#else
	return hwloc_obj_get_info_by_name(object, name);
#endif
}

static int info_number(hwloc_obj_t object, const char *name)
{
	const char *text = info_of(object, name);

	return text ? processor_number(text) : -1;
}

static const char *info_text(struct hgx_topo *topo, hwloc_obj_t object, const char *name)
{
	const char *text = info_of(object, name);
	char *copy = (char *)arena_string(&topo->arena, text && *text ? text : NULL);

	if (copy)
		text_clean(copy);
	return copy;
}

/* hwloc read the vendor from the captured /proc/cpuinfo; uname() would describe the
 * running machine. */
static const char *arch_of(hwloc_obj_t package)
{
	const char *vendor = info_of(package, "CPUVendor");

	if (info_of(package, "CPUImplementer"))
		return "arm64";
	if (info_of(package, "CPUModelNumber") && vendor)
		return "x86_64";
	return NULL;
}

static int add_package(struct hgx_topo *topo, hwloc_obj_t object, int id)
{
	struct hgx_node *node = build_package(topo, (uint32_t)id);

	if (!node)
		return HGX_NO_MEMORY;
	node->processor->vendor = info_text(topo, object, "CPUVendor");
	if (node->processor->vendor && !is_vendor(node->processor->vendor))
		node->processor->vendor = NULL;
	node->processor->name = info_text(topo, object, "CPUModel");
	node->processor->family = info_number(object, "CPUFamilyNumber");
	node->processor->model = info_number(object, "CPUModelNumber");
	node->processor->arch = arena_string(&topo->arena, arch_of(object));
	return HGX_OK;
}

/* One for each number: hwloc may have several sets of CPUs that have it. */
static int add_packages(struct hgx_topo *topo, hwloc_topology_t hwloc, const struct seen_cpu *seen)
{
	hwloc_obj_t pu = NULL;
	int last = -1, code = HGX_OK;

	for (; !code && (pu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, pu)) != NULL;
	     seen++) {
		hwloc_obj_t object = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, pu);
		int id = seen->number[LEVEL_PACKAGE];

		if (id < 0 || id == last || package_exists(topo, (uint32_t)id))
			continue;
		last = id;
		code = add_package(topo, object ? object : hwloc_get_root_obj(hwloc), id);
	}
	return code;
}

static bool has_node(const struct hgx_topo *topo, unsigned id)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->memory && node->memory->id == id)
			return true;
	return false;
}

#define LEFT_OUT UINT_MAX

/* The rank of each of hwloc's NUMA nodes among those of the topology: hwloc sorts by
 * logical index, the topology by number. *@count is how many of them the topology has.
 * For free(); NULL if there is no memory. */
static unsigned *places_of(const struct hgx_topo *topo, const struct hwloc_distances_s *found,
			   size_t *count)
{
	unsigned *places = malloc(found->nbobjs * sizeof(*places));

	*count = 0;
	for (unsigned i = 0; places && i < found->nbobjs; i++) {
		places[i] = has_node(topo, found->objs[i]->os_index) ? 0 : LEFT_OUT;
		*count += places[i] != LEFT_OUT;
	}
	for (unsigned i = 0; places && i < found->nbobjs; i++)
		for (unsigned j = 0; places[i] != LEFT_OUT && j < found->nbobjs; j++)
			places[i] += places[j] != LEFT_OUT &&
				     found->objs[j]->os_index < found->objs[i]->os_index;
	return places;
}

static bool add_row(struct hgx_topo *topo, const struct hwloc_distances_s *found,
		    const unsigned *places, unsigned from)
{
	struct hgx_node *node = topo->all;
	uint32_t *row = arena_alloc(&topo->arena, topo->numa_count * sizeof(*row));

	if (!row)
		return false;
	while (!node->memory || node->memory->id != found->objs[from]->os_index)
		node = node->all;
	for (unsigned to = 0; to < found->nbobjs; to++)
		if (places[to] != LEFT_OUT)
			row[places[to]] = (uint32_t)found->values[from * found->nbobjs + to];
	node->memory->distances = row;
	node->memory->distance_count = topo->numa_count;
	return true;
}

/* Linux keeps a distance in a byte; hwloc takes any number from the file. */
static bool fit_a_byte(const struct hwloc_distances_s *found)
{
	for (size_t i = 0; i < (size_t)found->nbobjs * found->nbobjs; i++)
		if (found->values[i] > MAX_DISTANCE)
			return false;
	return true;
}

static bool add_rows(struct hgx_topo *topo, const struct hwloc_distances_s *found)
{
	size_t count;
	unsigned *places = places_of(topo, found, &count);
	bool fine = places != NULL;

	for (unsigned from = 0; fine && count == topo->numa_count && from < found->nbobjs; from++)
		if (places[from] != LEFT_OUT)
			fine = add_row(topo, found, places, from);
	free(places);
	return fine;
}

static int add_distances(struct hgx_topo *topo, hwloc_topology_t hwloc)
{
	struct hwloc_distances_s *found;
	unsigned count = 1;
	bool fine;

	if (hwloc_distances_get_by_type(hwloc, HWLOC_OBJ_NUMANODE, &count, &found,
					HWLOC_DISTANCES_KIND_FROM_OS, 0) ||
	    !count)
		return HGX_OK;
	fine = true;
	if (fit_a_byte(found))
		fine = add_rows(topo, found);
	else
		finding_add(&topo->findings, &topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, NULL,
			    NULL,
			    "a distance between NUMA nodes in sysfs is above 255, which is not "
			    "possible: the distances are treated as unknown");
	hwloc_distances_release(hwloc, found);
	return fine ? HGX_OK : HGX_NO_MEMORY;
}

static uint64_t read_number(const struct root *root, const char *path)
{
	char text[64];
	unsigned long long value;

	if (root_read(root, path, text, sizeof(text)) <= 0)
		return 0;
	value = strtoull(text, NULL, 10);
	return value > INT64_MAX ? 0 : value;
}

/* hwloc reports sizes and totals, sysfs the free pages. */
static int add_pages(struct hgx_topo *topo, const struct root *root, struct hgx_node *node,
		     const struct hwloc_numanode_attr_s *attr)
{
	struct hgx_pages *pages = arena_alloc(&topo->arena,
					      (attr->page_types_len + 1) * sizeof(*pages));
	size_t count = 0;

	if (!pages)
		return HGX_NO_MEMORY;
	for (unsigned i = 0; i < attr->page_types_len; i++) {
		uint64_t size = attr->page_types[i].size;
		char path[160];

		if (size <= 65536 || size > MAX_PAGE) /* base pages are 4 to 64 KiB */
			continue;
		snprintf(path, sizeof(path),
			 "sys/devices/system/node/node%u/hugepages/hugepages-%llukB/free_hugepages",
			 node->memory->id, (unsigned long long)(size / 1024));
		pages[count].size = size;
		pages[count].total = attr->page_types[i].count > INT64_MAX ?
					     0 :
					     attr->page_types[i].count;
		pages[count].free = read_number(root, path);
		if (pages[count].free > pages[count].total)
			pages[count].free = pages[count].total;
		count++;
	}
	node->memory->huge_pages = pages;
	node->memory->huge_page_sizes = count;
	return HGX_OK;
}

/* The kernel makes the memory of a coherent GPU a NUMA node, and the driver reports its
 * number. The memory belongs to the GPU and goes with it. hwloc up to 2.9 leaves such
 * nodes out, newer versions do not. */
#define MAX_GPU_NODES 64
struct gpu_nodes {
	const struct root *root;
	unsigned count, ids[MAX_GPU_NODES];
};

static int add_gpu_node(void *context, int dir, const char *name)
{
	struct gpu_nodes *nodes = context;
	char path[300], text[256];
	unsigned id;

	(void)dir;
	snprintf(path, sizeof(path), "proc/driver/nvidia/gpus/%s/numa_status", name);
	if (root_read(nodes->root, path, text, sizeof(text)) > 0 &&
	    sscanf(text, "Node: %9u", &id) == 1 && nodes->count < MAX_GPU_NODES)
		nodes->ids[nodes->count++] = id;
	return 0;
}

/* A node with CPUs never belongs to a GPU, whatever the driver reports. */
static bool is_gpu_node(const struct gpu_nodes *nodes, unsigned id)
{
	char path[80], text[64];

	for (unsigned i = 0; i < nodes->count; i++) {
		if (nodes->ids[i] != id)
			continue;
		snprintf(path, sizeof(path), "sys/devices/system/node/node%u/cpulist", id);
		return root_read(nodes->root, path, text, sizeof(text)) >= 0 && !*text;
	}
	return false;
}

static int add_numa(struct hgx_topo *topo, hwloc_topology_t hwloc, const struct root *root)
{
	struct gpu_nodes gpus = { .root = root };
	hwloc_obj_t object = NULL;

	root_list(root, "proc/driver/nvidia/gpus", add_gpu_node, &gpus);
	while ((object = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, object)) != NULL) {
		struct hgx_node *node;

		if (object->os_index >= MAX_ELEMENTS || is_gpu_node(&gpus, object->os_index))
			continue;
		node = build_numa(topo, object->os_index);
		if (!node)
			return HGX_NO_MEMORY;
		node->memory->bytes = object->attr->numanode.local_memory;
		if (node->memory->bytes > (uint64_t)MAX_MEMORY_BYTES) {
			finding_add(&topo->findings, &topo->arena, RULE_SYSFS_VALUE, HGX_WARNING,
				    node, NULL,
				    "%s: more than 64 PiB of memory, which is not possible for a "
				    "NUMA node: treated as none",
				    node->name);
			node->memory->bytes = 0;
		}
		if (add_pages(topo, root, node, &object->attr->numanode))
			return HGX_NO_MEMORY;
	}
	return add_distances(topo, hwloc);
}

/* hwloc may give a CPU several near nodes. The kernel lists it under one, its own. */
static void numa_of_cpus(struct hgx_topo *topo, const struct root *root, int *numa, size_t count)
{
	for (struct hgx_node *node = topo->all; node; node = node->all) {
		char path[80];
		struct cpuset cpus;

		if (!node->memory)
			continue;
		snprintf(path, sizeof(path), "sys/devices/system/node/node%u/cpulist",
			 node->memory->id);
		if (!source_list(&topo->arena, root, path, &cpus))
			continue;
		for (size_t i = 0; i < cpus.count; i++)
			if (cpus.ids[i] < count &&
			    (numa[cpus.ids[i]] < 0 || numa[cpus.ids[i]] > (int)node->memory->id))
				numa[cpus.ids[i]] = (int)node->memory->id;
	}
}

static int near_node(const struct hgx_topo *topo, hwloc_obj_t pu)
{
	int id = hwloc_bitmap_first(pu->nodeset);

	return id >= 0 && has_node(topo, (unsigned)id) ? id : -1;
}

static int add_cpus(struct hgx_topo *topo, hwloc_topology_t hwloc, const struct root *root,
		    const struct seen_cpu *seen)
{
	size_t count = MAX_ELEMENTS;
	int *numa = malloc(count * sizeof(*numa)), code = HGX_OK;
	hwloc_obj_t pu = NULL;

	if (!numa)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		numa[i] = -1;
	numa_of_cpus(topo, root, numa, count);
	for (; !code && (pu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, pu)) != NULL;
	     seen++) {
		struct hgx_cpu cpu = {
			.id = seen->id,
			.package = seen->number[LEVEL_PACKAGE],
			.die = seen->number[LEVEL_DIE],
			.core = seen->number[LEVEL_CORE],
			.numa_node = seen->id < count ? numa[seen->id] : -1,
			.online = 1,
		};

		if (cpu.numa_node < 0)
			cpu.numa_node = near_node(topo, pu);
		if (!build_cpu(topo, &cpu))
			code = HGX_NO_MEMORY;
	}
	free(numa);
	return code;
}

/* The kernel writes -1 where it does not know a number, and hwloc stores it without a sign. */
static void look_at(hwloc_topology_t hwloc, hwloc_obj_t pu, struct seen_cpu *out)
{
	static const struct {
		hwloc_obj_type_t type;
		unsigned most;
	} types[LEVELS] = {
		[LEVEL_PACKAGE] = { HWLOC_OBJ_PACKAGE, MAX_ELEMENTS - 1 },
		[LEVEL_DIE] = { HWLOC_OBJ_DIE, MAX_ELEMENTS },
		[LEVEL_CORE] = { HWLOC_OBJ_CORE, INT_MAX },
	};

	out->id = pu->os_index;
	for (enum level level = LEVEL_PACKAGE; level < LEVELS; level++) {
		hwloc_obj_t object = hwloc_get_ancestor_obj_by_type(hwloc, types[level].type, pu);

		out->set[level] = object ? (int)object->logical_index : -1;
		out->number[level] = object && object->os_index <= types[level].most ?
					     (int)object->os_index :
					     -1;
	}
}

/* The online CPUs, in hwloc's order; for free(). */
static struct seen_cpu *see_cpus(hwloc_topology_t hwloc, size_t *count)
{
	int total = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_PU);
	struct seen_cpu *seen = calloc((size_t)(total > 0 ? total : 0) + 1, sizeof(*seen));
	hwloc_obj_t pu = NULL;

	*count = 0;
	while (seen && (pu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, pu)) != NULL)
		look_at(hwloc, pu, &seen[(*count)++]);
	return seen;
}

static int add_machine(struct hgx_topo *topo, hwloc_topology_t hwloc, const struct root *root)
{
	size_t count;
	struct seen_cpu *seen = see_cpus(hwloc, &count);
	int code = seen ? sibling_settle(topo, root, seen, count) : HGX_NO_MEMORY;

	if (!code)
		code = add_packages(topo, hwloc, seen);
	if (!code)
		code = add_numa(topo, hwloc, root);
	if (!code)
		code = add_cpus(topo, hwloc, root, seen);
	free(seen);
	return code ? code : source_packages(topo);
}

int source_cpu_end(struct hgx_topo *topo, struct cpu_load *load, struct hgx_error *err)
{
	int code;

	if (!load)
		return fail_memory(err);
	code = finish_load(load);
	if (code) {
		fail_as(err, &load->err);
		free(load);
		return code;
	}
	if (topo)
		code = add_machine(topo, load->hwloc, load->root);
	hwloc_topology_destroy(load->hwloc);
	free(load);
	return code ? fail_memory(err) : HGX_OK;
}
