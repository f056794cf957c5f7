/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cores of a host: collecting them, dividing them among VMs, trimming packages and
 * nodes to one size. */
#include <stdbool.h>
#include <stdlib.h>
#include "plan/cores.h"
#include "util/arena.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/share.h"

static void core_add(struct cores *cores, const struct hgx_node *parent, const struct hgx_node *cpu)
{
	struct core *core = cores->count ? &cores->items[cores->count - 1] : NULL;

	/* the CPUs of a core follow each other; a CPU without a core is one of its own */
	if (!core || parent->kind != HGX_CORE || core->cpus[0]->parent != parent) {
		core = &cores->items[cores->count++];
		core->package = cpu->cpu->package < 0 ? 0 : (unsigned)cpu->cpu->package;
		core->numa = cpu->numa;
	}
	if (core->threads < MAX_THREADS)
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

static bool same_run(const struct core *a, const struct core *b)
{
	return a->numa == b->numa && a->package == b->package;
}

/* If one of several NUMA nodes spans packages, treats the host as one package: sockets
 * that follow the packages would split the node. */
static void merge_spanning(struct cores *cores)
{
	bool spanning = false, several = false;

	/* sorted: the cores of one package and node follow each other */
	for (size_t i = 0; i < cores->count; i++) {
		if (i && same_run(&cores->items[i], &cores->items[i - 1]))
			continue;
		several |= cores->items[i].numa != cores->items[0].numa;
		for (size_t j = 0; j < i; j++)
			spanning |= cores->items[i].numa == cores->items[j].numa;
	}
	for (size_t i = 0; spanning && several && i < cores->count; i++)
		cores->items[i].package = 0;
	qsort(cores->items, cores->count, sizeof(*cores->items), by_place);
}

int cores_collect(struct cores *cores, const struct hgx_topo *host)
{
	cores->items = calloc(host->count, sizeof(*cores->items));
	cores->count = 0;
	if (!cores->items)
		return HGX_NO_MEMORY;
	for (const struct hgx_node *n = host->root; n; n = node_next(host->root, n))
		if (n->cpu && n->cpu->online && n->numa && n->numa->memory->bytes)
			core_add(cores, n->parent, n);
	qsort(cores->items, cores->count, sizeof(*cores->items), by_place);
	merge_spanning(cores);
	return HGX_OK;
}

size_t cores_on(const struct cores *cores, const struct hgx_node *numa, enum core_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		count += cores->items[i].state == state && cores->items[i].numa == numa;
	return count;
}

size_t cores_in(const struct cores *cores, unsigned package)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		count += cores->items[i].state == CORE_FREE && cores->items[i].package == package;
	return count;
}

void cores_reserve(struct cores *cores, const struct hgx_node *numa, size_t number)
{
	size_t free = cores_on(cores, numa, CORE_FREE);

	number = number < free ? number : free ? free - 1 : 0;
	for (size_t i = 0; i < cores->count && number; i++)
		if (cores->items[i].numa == numa && cores->items[i].state == CORE_FREE) {
			cores->items[i].state = CORE_RESERVED;
			number--;
		}
}

void cores_divide(const struct share *share, struct cores *cores, unsigned vm)
{
	for (size_t n = 0; n < share->node_count; n++) {
		const struct sharers *node = &share->nodes[n];
		size_t all = cores_on(cores, node->numa, CORE_FREE), left = 0, gpu = 0;

		for (size_t i = 0; i < cores->count; i++) {
			struct core *core = &cores->items[i];

			if (core->numa != node->numa || core->state != CORE_FREE)
				continue;
			while (!left)
				left = share_part(share, node, all, gpu++);
			left--;
			if (!share_owns(share, node->gpus[gpu - 1], vm))
				core->state = CORE_OTHERS;
		}
	}
}

/* Gives the lowest core of the package's largest node back to the host. Returns false if
 * the package has no free core. */
static bool drop_core(struct cores *cores, unsigned package)
{
	struct core *best = NULL, *first = NULL;
	size_t most = 0, size = 0;

	for (size_t i = 0; i < cores->count; i++) {
		struct core *core = &cores->items[i];

		if (core->state != CORE_FREE || core->package != package)
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
		best->state = CORE_RESERVED;
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
		size = cores_in(cores, cores->items[i].package);
		if (!size)
			continue;
		++*packages;
		smallest = size < smallest ? size : smallest;
	}
	return *packages ? smallest : 0;
}

size_t cores_level(struct cores *cores, size_t most, unsigned *packages, size_t *each)
{
	size_t dropped = 0;

	*each = smallest_package(cores, packages);
	if (*each > most)
		*each = most;
	for (size_t i = 0; i < cores->count; i++) {
		unsigned package = cores->items[i].package;

		if (i && cores->items[i - 1].package == package)
			continue;
		for (size_t left = cores_in(cores, package);
		     left > *each && drop_core(cores, package); left--)
			dropped++;
	}
	return dropped;
}

size_t cores_trim(struct cores *cores, size_t unit)
{
	size_t dropped = 0;

	for (size_t i = 0; i < cores->count; i++) {
		unsigned package = cores->items[i].package;

		if (i && cores->items[i - 1].package == package)
			continue;
		while (cores_in(cores, package) % unit && drop_core(cores, package))
			dropped++;
	}
	return dropped;
}

/* Whether all packages have the same number of nodes. Sets @nodes to that number,
 * @smallest to the number of cores of the smallest node. */
static bool count_nodes(const struct cores *cores, size_t *nodes, size_t *smallest)
{
	size_t in_package = 0;
	const struct core *last = NULL;

	*nodes = 0;
	*smallest = SIZE_MAX;
	for (size_t i = 0; i < cores->count; i++) {
		const struct core *core = &cores->items[i];

		if (core->state != CORE_FREE)
			continue;
		if (last && last->package != core->package) {
			if (*nodes && *nodes != in_package)
				return false;
			*nodes = in_package;
			in_package = 0;
		}
		if (!last || !same_run(last, core)) {
			size_t size = cores_on(cores, core->numa, CORE_FREE);

			in_package++;
			*smallest = size < *smallest ? size : *smallest;
		}
		last = core;
	}
	if (*nodes && *nodes != in_package)
		return false;
	*nodes = in_package;
	return in_package > 0;
}

size_t cores_level_nodes(struct cores *cores, size_t *each)
{
	size_t nodes, smallest, dropped = 0;

	if (!count_nodes(cores, &nodes, &smallest) || nodes < 2 ||
	    nodes * smallest * 16 < *each * 15)
		return 0;
	for (size_t i = 0; i < cores->count; i++) {
		struct core *core = &cores->items[i];

		if (core->state != CORE_FREE || cores_on(cores, core->numa, CORE_FREE) <= smallest)
			continue;
		core->state = CORE_RESERVED;
		dropped++;
	}
	*each = nodes * smallest;
	return dropped;
}

enum option_id cores_cause(const struct hgx_plan *plan)
{
	return plan->options.cpus	       ? OPTION_CPUS :
	       plan->options.reserve_cores > 0 ? OPTION_RESERVE_CORES :
	       plan->options.host_cpus	       ? OPTION_HOST_CPUS :
	       plan->options.vms	       ? OPTION_VMS :
	       plan->options.partition	       ? OPTION_PARTITION :
	       plan->share.apart	       ? OPTION_GPUS :
						 OPTION_NONE;
}

const char *cores_remedy(struct hgx_plan *plan)
{
	const enum option_id cause = cores_cause(plan);

	if (cause == OPTION_CPUS || cause == OPTION_HOST_CPUS)
		return arena_format(&plan->arena, "name %s CPUs with %s",
				    cause == OPTION_CPUS ? "more" : "fewer",
				    plan_option(plan, cause).text);
	return arena_format(&plan->arena, "use a smaller %s",
			    plan_option(plan, OPTION_RESERVE_CORES).text);
}
