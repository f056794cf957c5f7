/* Cells and vCPUs: whole cores, pinned one to one, SMT siblings beside each other, the
 * lowest cores of each node left to the host; every socket of the guest the same size. */
#include <stdlib.h>
#include <string.h>
#include "plan.h"

#define MOST_VCPUS 288

struct core {
	const struct hgx_node *cpus[16]; /* online, by number */
	unsigned threads;
	unsigned package;
	const struct hgx_node *numa;
	bool reserved;
};

struct cores {
	struct core *items;
	size_t count;
};

static bool usable(const struct hgx_node *numa)
{
	return numa && numa->memory->bytes;
}

static void core_add(struct cores *cores, const struct hgx_node *parent, const struct hgx_node *cpu)
{
	struct core *core = cores->count ? &cores->items[cores->count - 1] : NULL;

	/* the CPUs of one core follow each other; one without a core stands alone */
	if (!core || parent->kind != HGX_CORE || core->cpus[0]->parent != parent) {
		core = &cores->items[cores->count++];
		core->package = cpu->cpu->package < 0 ? 0 : (unsigned)cpu->cpu->package;
		core->numa = cpu->numa;
	}
	if (core->threads < ARRAY_SIZE(core->cpus))
		core->cpus[core->threads++] = cpu;
}

static int by_place(const void *a, const void *b)
{
	const struct core *x = a, *y = b;

	if (x->package != y->package)
		return x->package < y->package ? -1 : 1;
	if (x->numa != y->numa)
		return x->numa->memory->id < y->numa->memory->id ? -1 : 1;
	return x->cpus[0]->cpu->id < y->cpus[0]->cpu->id ? -1 : 1;
}

static int cores_collect(struct cores *cores, const struct hgx_topo *host)
{
	cores->items = calloc(host->count, sizeof(*cores->items));
	cores->count = 0;
	if (!cores->items)
		return HGX_NO_MEMORY;
	for (const struct hgx_node *n = host->root; n; n = node_next(host->root, n))
		if (n->cpu && n->cpu->online && usable(n->numa))
			core_add(cores, n->parent, n);
	qsort(cores->items, cores->count, sizeof(*cores->items), by_place);
	return HGX_OK;
}

/* Where a node spans packages and is not the only one, sockets cannot be told apart. */
static void merge_crossing(struct cores *cores)
{
	bool crossing = false, several = false;

	/* sorted: each package's cores of a node are a run */
	for (size_t i = 0; i < cores->count; i++) {
		if (i && cores->items[i].numa == cores->items[i - 1].numa &&
		    cores->items[i].package == cores->items[i - 1].package)
			continue;
		several |= cores->items[i].numa != cores->items[0].numa;
		for (size_t j = 0; j < i; j++) {
			crossing |= cores->items[i].numa == cores->items[j].numa;
			while (j + 1 < i && cores->items[j + 1].numa == cores->items[j].numa &&
			       cores->items[j + 1].package == cores->items[j].package)
				j++;
		}
	}
	for (size_t i = 0; crossing && several && i < cores->count; i++)
		cores->items[i].package = 0;
	qsort(cores->items, cores->count, sizeof(*cores->items), by_place);
}

static struct cell *cell_of(struct hgx_plan *plan, const struct hgx_node *numa)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (plan->cells[i].host == numa)
			return &plan->cells[i];
	return NULL;
}

static int add_cells(struct hgx_plan *plan, const struct cores *cores)
{
	plan->cells = arena_alloc(&plan->arena,
				  (plan->host->numa_count + 1) * sizeof(*plan->cells));
	if (!plan->cells)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < cores->count; i++) {
		struct cell *cell = cell_of(plan, cores->items[i].numa);

		if (!cell) {
			cell = &plan->cells[plan->cell_count++];
			cell->host = cores->items[i].numa;
		}
		cell->cores++;
	}
	return HGX_OK;
}

static int reserve(struct hgx_plan *plan, struct cores *cores, int wanted, struct hgx_error *err)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		struct cell *cell = &plan->cells[i];
		uint32_t number = wanted > 0 ? (uint32_t)wanted : cell->cores / 12;

		if (!wanted && !number)
			number = 1;
		if (wanted < 0)
			number = 0;
		if (number >= cell->cores)
			return fail(
				err, HGX_REFUSED,
				"%s has %u core%s: leaving %u to the host leaves none to the guest; "
				"use --reserve-cores %u or less",
				cell->host->name, cell->cores, cell->cores == 1 ? "" : "s", number,
				cell->cores - 1);
		for (size_t j = 0; j < cores->count && cell->reserved < number; j++)
			if (cores->items[j].numa == cell->host) {
				cores->items[j].reserved = true;
				cell->reserved++;
			}
	}
	return HGX_OK;
}

static size_t cores_with(const struct cores *cores, unsigned threads)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		count += !cores->items[i].reserved && cores->items[i].threads >= threads;
	return count;
}

/* As many threads per core as give the most vCPUs; cores with fewer stay with the host. */
static void choose_threads(struct hgx_plan *plan, struct cores *cores)
{
	size_t left = 0;

	plan->threads = 1;
	plan->dies = 1;
	for (unsigned threads = 2; threads <= ARRAY_SIZE(cores->items->cpus); threads++)
		if (threads * cores_with(cores, threads) >
		    plan->threads * cores_with(cores, plan->threads))
			plan->threads = threads;
	for (size_t i = 0; i < cores->count; i++)
		if (!cores->items[i].reserved && cores->items[i].threads < plan->threads) {
			cores->items[i].reserved = true;
			left++;
		}
	if (left)
		note(plan, "cores-uneven", HGX_NOTE, NULL, NULL,
		     "%zu core%s with fewer than %u online threads stay%s with the host", left,
		     left == 1 ? "" : "s", plan->threads, left == 1 ? "s" : "");
}

static size_t package_size(const struct cores *cores, unsigned package)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		count += !cores->items[i].reserved && cores->items[i].package == package;
	return count;
}

static size_t node_size(const struct cores *cores, const struct hgx_node *numa)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		count += !cores->items[i].reserved && cores->items[i].numa == numa;
	return count;
}

/* Gives the lowest core of the package's largest node back to the host. */
static bool drop_core(struct cores *cores, unsigned package)
{
	struct core *best = NULL, *first = NULL;
	size_t most = 0, size = 0;

	for (size_t i = 0; i < cores->count; i++) {
		struct core *core = &cores->items[i];

		if (core->reserved || core->package != package)
			continue;
		if (!first || core->numa != first->numa) {
			first = core;
			size = 0;
		}
		if (++size > most) {
			most = size;
			best = first;
		}
	}
	if (best)
		best->reserved = true;
	return best != NULL;
}

static size_t smallest_package(const struct cores *cores, unsigned *packages)
{
	size_t smallest = SIZE_MAX;

	*packages = 0;
	for (size_t i = 0; i < cores->count; i++) {
		size_t size;

		if (i && cores->items[i - 1].package == cores->items[i].package)
			continue;
		size = package_size(cores, cores->items[i].package);
		if (!size)
			continue;
		++*packages;
		smallest = size < smallest ? size : smallest;
	}
	return *packages ? smallest : 0;
}

static void level(struct hgx_plan *plan, struct cores *cores)
{
	size_t size = smallest_package(cores, &plan->sockets), dropped = 0, most;

	most = MOST_VCPUS / (plan->sockets ? plan->sockets : 1) / plan->threads;
	if (size > most) {
		note(plan, "vcpu-limit", HGX_WARNING, NULL, NULL,
		     "%zu of %zu cores per socket are used: QEMU's q35 takes %u vCPUs up to version 7.2",
		     most, size, MOST_VCPUS);
		size = most;
	}
	for (size_t i = 0; i < cores->count; i++) {
		if (i && cores->items[i - 1].package == cores->items[i].package)
			continue;
		for (size_t left = package_size(cores, cores->items[i].package);
		     left > size && drop_core(cores, cores->items[i].package); left--)
			dropped++;
	}
	plan->cores = (unsigned)size;
	if (dropped)
		note(plan, "cores-levelled", HGX_NOTE, NULL, NULL,
		     "%zu more core%s with the host, so that every socket of the guest has %u",
		     dropped, dropped == 1 ? " stays" : "s stay", plan->cores);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int number_vcpus(struct hgx_plan *plan, const struct cores *cores)
{
	size_t online = 0;
	uint32_t core = 0;

	for (size_t i = 0; i < cores->count; i++)
		online += cores->items[i].threads;
	plan->vcpus = arena_alloc(&plan->arena, (online + 1) * sizeof(*plan->vcpus));
	plan->reserved.ids = arena_alloc(&plan->arena, (online + 1) * sizeof(*plan->reserved.ids));
	if (!plan->vcpus || !plan->reserved.ids)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < cores->count; i++) {
		const struct core *item = &cores->items[i];
		struct cell *cell = cell_of(plan, item->numa);

		for (unsigned t = 0; item->reserved && t < item->threads; t++)
			plan->reserved.ids[plan->reserved.count++] = item->cpus[t]->cpu->id;
		if (item->reserved)
			continue;
		if (!cell->vcpus)
			cell->first_vcpu = (uint32_t)plan->vcpu_count;
		cell->vcpus += plan->threads;
		for (unsigned t = 0; t < plan->threads; t++)
			plan->vcpus[plan->vcpu_count++] =
				(struct vcpu){ item->cpus[t], (uint32_t)(cell - plan->cells),
					       core / plan->cores, 0, core % plan->cores, t };
		core++;
	}
	qsort(plan->reserved.ids, plan->reserved.count, sizeof(*plan->reserved.ids), by_number);
	return HGX_OK;
}

/* A cell that lost all its cores is none. */
static void drop_empty_cells(struct hgx_plan *plan, const struct cores *cores)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->cell_count; i++) {
		if (node_size(cores, plan->cells[i].host))
			plan->cells[kept++] = plan->cells[i];
		else
			note(plan, "node-unused", HGX_WARNING, plan->cells[i].host, NULL,
			     "%s is not used: none of its cores is left for the guest",
			     plan->cells[i].host->name);
	}
	plan->cell_count = kept;
}

static void tell_unused(struct hgx_plan *plan)
{
	for (const struct hgx_node *node = plan->host->root->first; node; node = node->next) {
		if (node->kind != HGX_NUMA || cell_of(plan, node))
			continue;
		note(plan, "node-unused", HGX_NOTE, node, NULL, "%s is not used: it has no %s",
		     node->name, node->memory->bytes ? "online CPUs" : "memory");
	}
}

unsigned plan_highest_apic_id(const struct hgx_plan *plan)
{
	unsigned thread_bits = 0, core_bits = 0;

	while (1u << thread_bits < plan->threads)
		thread_bits++;
	while (1u << core_bits < plan->cores)
		core_bits++;
	return (plan->sockets - 1) << (core_bits + thread_bits) | (plan->cores - 1) << thread_bits |
	       (plan->threads - 1);
}

static int lay_out(struct hgx_plan *plan, struct cores *cores, int wanted, struct hgx_error *err)
{
	int code;

	if (!cores->count)
		return fail(err, HGX_REFUSED,
			    "no NUMA node of this machine has both online CPUs and memory");
	merge_crossing(cores);
	if (add_cells(plan, cores))
		return fail_memory(err);
	tell_unused(plan);
	code = reserve(plan, cores, wanted, err);
	if (code)
		return code;
	choose_threads(plan, cores);
	level(plan, cores);
	drop_empty_cells(plan, cores);
	if (!plan->cores)
		return fail(err, HGX_REFUSED,
			    "no core is left for the guest; use a smaller "
			    "--reserve-cores");
	return number_vcpus(plan, cores) ? fail_memory(err) : HGX_OK;
}

int plan_cpu(struct hgx_plan *plan, struct hgx_error *err)
{
	struct cores cores;
	int code;

	if (cores_collect(&cores, plan->host))
		return fail_memory(err);
	code = lay_out(plan, &cores, plan->options.reserve_cores, err);
	free(cores.items);
	return code;
}
