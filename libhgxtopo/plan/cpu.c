/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells and vCPUs. The guest gets whole cores, pinned one to one, with SMT siblings side
 * by side; all its sockets have the same size. The lowest cores of each node stay with
 * the host. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan/cpu.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/version.h"
#include "plan/cores.h"
#include "plan/cores_apart.h"
#include "plan/cores_equal.h"
#include "plan/cores_named.h"
#include "plan/share.h"

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

static int reserve(struct hgx_plan *plan, struct cores *cores, struct hgx_error *err)
{
	int requested = plan->options.reserve_cores;

	for (size_t i = 0; i < plan->cell_count; i++) {
		struct cell *cell = &plan->cells[i];
		uint32_t number = requested > 0 ? (uint32_t)requested : cell->cores / 12;

		if (!requested && !number && cell->cores > 1)
			number = 1;
		if (requested < 0)
			number = 0;
		if (number >= cell->cores)
			return fail_about(
				err, RULE_CORES_EXHAUSTED, OPTION_RESERVE_CORES, cell->host->name,
				"%s has %u core%s: leaving %u to the host leaves none for the "
				"guest; use %s%s",
				cell->host->name, cell->cores, cell->cores == 1 ? "" : "s", number,
				option_value(plan->options.words, OPTION_RESERVE_CORES, "%u",
					     cell->cores - 1)
					.text,
				cell->cores > 1 ? " or less" : "");
		for (size_t j = 0; j < cores->count && cell->reserved < number; j++)
			if (cores->items[j].numa == cell->host) {
				cores->items[j].state = CORE_RESERVED;
				cell->reserved++;
			}
	}
	return HGX_OK;
}

static size_t cores_with(const struct cores *cores, unsigned threads)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		count += cores->items[i].state == CORE_FREE && cores->items[i].threads >= threads;
	return count;
}

/* Picks the number of threads per core that gives the most vCPUs; cores with fewer
 * threads stay with the host. */
static int choose_threads(struct hgx_plan *plan, struct cores *cores, struct hgx_error *err)
{
	unsigned least = plan->options.smt == HGX_ON ? 2 : 1;
	unsigned most = plan->options.smt == HGX_OFF ? 1 : MAX_THREADS;
	size_t left = 0;

	if (!cores_with(cores, least))
		return fail_option(
			err, RULE_SMT_MISSING, OPTION_SMT,
			"no core left for the guest has two online threads, so the guest cannot "
			"have SMT; leave out %s, or turn SMT on",
			option_value(plan->options.words, OPTION_SMT, "on").text);
	plan->threads = least;
	for (unsigned threads = least + 1; threads <= most; threads++)
		if (threads * cores_with(cores, threads) >
		    plan->threads * cores_with(cores, plan->threads))
			plan->threads = threads;
	for (size_t i = 0; i < cores->count; i++)
		if (cores->items[i].state == CORE_FREE && cores->items[i].threads < plan->threads) {
			cores->items[i].state = CORE_RESERVED;
			left++;
		}
	if (left)
		plan_note(plan, RULE_CORES_UNEVEN, HGX_NOTE, NULL, NULL,
			  "%zu core%s with fewer than %u online threads stay%s with the host", left,
			  left == 1 ? "" : "s", plan->threads, left == 1 ? "s" : "");
	return HGX_OK;
}

/* The cells that take the vCPUs if the user asks for a number of them: those of the VM's
 * GPUs if they have enough cores, otherwise all with free cores. Marks them in @used and
 * returns their number. */
static size_t cells_to_use(const struct hgx_plan *plan, const struct cores *cores, size_t requested,
			   bool *used)
{
	size_t near = 0, least = SIZE_MAX, all = 0;

	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_node *numa = plan->cells[i].host;
		size_t free = cores_on(cores, numa, CORE_FREE);

		used[i] = false;
		for (size_t j = 0; free && j < plan->share.count; j++)
			used[i] |= plan->share.owners[j] == plan->share.vm &&
				   plan->share.homes[j] == numa;
		near += used[i];
		all += free > 0;
		if (used[i] && free < least)
			least = free;
	}
	if (near && requested <= near * least)
		return near;
	for (size_t i = 0; i < plan->cell_count; i++)
		used[i] = cores_on(cores, plan->cells[i].host, CORE_FREE) > 0;
	return all;
}

static int refuse_vcpus(const struct hgx_plan *plan, size_t cells, size_t least,
			struct hgx_error *err)
{
	unsigned requested = plan->options.vcpus, unit = (unsigned)cells * plan->threads;
	unsigned below = requested / unit * unit, most = (unsigned)least * unit;
	int words = plan->options.words;
	char better[32];

	if (requested > most)
		return fail_option(
			err, RULE_VCPUS_TOO_MANY, OPTION_VCPUS,
			"%u vCPUs are more than the %u that %zu NUMA node%s can give evenly (%zu "
			"cores of %u thread%s each); use %s or less",
			requested, most, cells, cells == 1 ? "" : "s", least, plan->threads,
			plan->threads == 1 ? "" : "s",
			option_value(words, OPTION_VCPUS, "%u", most).text);
	snprintf(better, sizeof(better), "%u", below ? below : unit);
	if (below && below + unit <= most)
		snprintf(better, sizeof(better), "%u or %u", below, below + unit);
	return fail_option(
		err, RULE_VCPUS_UNEVEN, OPTION_VCPUS,
		"%u vCPU%s not divide into %zu cell%s of whole cores with %u thread%s each; use "
		"%s",
		requested, requested == 1 ? " does" : "s do", cells, cells == 1 ? "" : "s",
		plan->threads, plan->threads == 1 ? "" : "s",
		option_value(words, OPTION_VCPUS, "%s", better).text);
}

/* Keeps as many cores as the vcpus option asks for, the first of each cell in use; nobody
 * gets the others. */
static int take_vcpus(struct hgx_plan *plan, struct cores *cores, struct hgx_error *err)
{
	size_t requested = plan->options.vcpus / plan->threads, cells, each, least = SIZE_MAX;
	bool *used = arena_alloc(&plan->arena, (plan->cell_count + 1) * sizeof(*used));

	if (!plan->options.vcpus)
		return HGX_OK;
	if (!used)
		return fail_memory(err);
	if (plan->options.vcpus > plan_max_vcpus(plan))
		return fail_option(err, RULE_VCPUS_TOO_MANY, OPTION_VCPUS,
				   "%u vCPUs are more than the %u that the q35 of QEMU %s "
				   "supports",
				   plan->options.vcpus, plan_max_vcpus(plan),
				   version_text(plan->versions.qemu).text);
	cells = cells_to_use(plan, cores, requested, used);
	if (!cells)
		return HGX_OK; /* level() reports that no core is left */
	for (size_t i = 0; i < plan->cell_count; i++) {
		size_t free = cores_on(cores, plan->cells[i].host, CORE_FREE);

		if (used[i] && free < least)
			least = free;
	}
	if (plan->options.vcpus % plan->threads || requested % cells || requested / cells > least)
		return refuse_vcpus(plan, cells, least, err);
	each = requested / cells;
	for (size_t i = 0; i < plan->cell_count; i++) {
		size_t left = used[i] ? each : 0;

		for (size_t j = 0; j < cores->count; j++) {
			struct core *core = &cores->items[j];

			if (core->numa != plan->cells[i].host || core->state != CORE_FREE)
				continue;
			if (left)
				left--;
			else
				core->state = CORE_OTHERS;
		}
	}
	return HGX_OK;
}

static size_t limit_cores(struct hgx_plan *plan, size_t most)
{
	unsigned packages = plan->sockets ? plan->sockets : 1, vcpus = plan_max_vcpus(plan);
	size_t possible = vcpus / packages / plan->threads;

	if (most <= possible)
		return most;
	plan_note(plan, RULE_VCPU_LIMIT, HGX_WARNING, NULL, NULL,
		  "%zu of %zu cores per socket are used: the q35 of QEMU %u.%u supports %u vCPUs",
		  possible, most, plan->versions.qemu / 1000000, plan->versions.qemu / 1000 % 1000,
		  vcpus);
	return possible;
}

/* Whether the VM gets its share of the cores only. */
static bool divides(const struct hgx_plan *plan)
{
	return plan->share.divided && !plan->share.whole_cores;
}

static int refuse_no_core(struct hgx_plan *plan, struct hgx_error *err)
{
	return fail_option(
		err, RULE_CORES_EXHAUSTED, cores_cause(plan),
		plan->share.apart && divides(plan) ?
			"no core is the share of the VM's GPUs; name more GPUs, or %s" :
		plan->options.vms && divides(plan) ?
			"no core is left for the VM; share the host among fewer VMs, or %s" :
			"no core is left for the VM; %s",
		cores_remedy(plan));
}

/* Packages of one size become the sockets. Those of a VM planned apart may differ; each then
 * becomes several sockets. */
static int find_sockets(struct hgx_plan *plan, struct cores *cores, size_t *each, size_t *dropped,
			struct hgx_error *err)
{
	size_t surplus;

	*each = 0;
	if (plan->share.apart && divides(plan) && !plan->options.vcpus &&
	    cores_sockets(cores, plan_max_vcpus(plan) / plan->threads, &plan->sockets, each,
			  &surplus))
		return fail_memory(err);
	if (*each) {
		*dropped += surplus;
		return HGX_OK;
	}
	*dropped += cores_level(cores, SIZE_MAX, &plan->sockets, each);
	*each = limit_cores(plan, *each);
	cores_level(cores, *each, &plan->sockets, each);
	*dropped += cores_level_nodes(cores, each);
	return HGX_OK;
}

static int level(struct hgx_plan *plan, struct cores *cores, size_t dropped, struct hgx_error *err)
{
	size_t each;

	if (find_sockets(plan, cores, &each, &dropped, err))
		return HGX_NO_MEMORY;
	plan->cores = (unsigned)each;
	plan->dies = 1;
	if (!each)
		return refuse_no_core(plan, err);
	if (plan->options.vcpus && plan->sockets * each * plan->threads != plan->options.vcpus)
		return fail_option(err, RULE_VCPUS_UNEVEN, OPTION_VCPUS,
				   "%u vCPUs do not divide into %u socket%s of one size; use %s",
				   plan->options.vcpus, plan->sockets,
				   plan->sockets == 1 ? "" : "s",
				   option_value(plan->options.words, OPTION_VCPUS, "%zu",
						plan->sockets * each * plan->threads)
					   .text);
	if (dropped)
		plan_note(plan, RULE_CORES_LEVELLED, HGX_NOTE, NULL, NULL,
			  "%zu more core%s with the host, so that every socket of %s has %zu",
			  dropped, dropped == 1 ? " stays" : "s stay",
			  plan->share.equal ? "every VM" : "the guest", each);
	return HGX_OK;
}

/* Makes the NUMA nodes of a socket its dies, if all nodes have the same size: guests
 * expect that a cache does not span nodes. */
static void find_dies(struct hgx_plan *plan, const struct cores *cores)
{
	size_t each = 0, nodes = 0;

	for (size_t i = 0; i < plan->cell_count; i++) {
		size_t count = cores_on(cores, plan->cells[i].host, CORE_FREE);

		nodes += count > 0;
		if (count && each && count != each)
			return;
		each = count ? count : each;
	}
	if (each && plan->cores % each == 0 && nodes * each == plan->sockets * plan->cores &&
	    plan->cores / each > 1 && version_has_dies(plan)) {
		plan->dies = plan->cores / (unsigned)each;
		plan->cores = (unsigned)each;
	}
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void number_core(struct hgx_plan *plan, const struct core *core, uint32_t index)
{
	struct cell *cell = cell_of(plan, core->numa);
	uint32_t die = index / plan->cores;

	if (!cell->vcpus)
		cell->first_vcpu = (uint32_t)plan->vcpu_count;
	cell->vcpus += plan->threads;
	for (unsigned t = 0; t < plan->threads; t++) {
		uint32_t id = (uint32_t)plan->vcpu_count++;

		plan->vcpu_hosts[id] = core->cpus[t];
		plan->vcpus[id] = (struct hgx_vcpu){ .id = id,
						     .host_cpu = core->cpus[t]->cpu->id,
						     .cell = (uint32_t)(cell - plan->cells),
						     .socket = die / plan->dies,
						     .die = die % plan->dies,
						     .core = index % plan->cores,
						     .thread = t };
	}
}

/* Collects the CPUs for QEMU's own threads: from the VM's nodes, or from all with
 * @everywhere. */
static void collect_reserved(struct hgx_plan *plan, const struct cores *cores, bool everywhere)
{
	for (size_t i = 0; i < cores->count; i++) {
		const struct core *core = &cores->items[i];

		if (core->state != CORE_RESERVED || (!everywhere && !cell_of(plan, core->numa)))
			continue;
		for (unsigned t = 0; t < core->threads; t++)
			plan->reserved.ids[plan->reserved.count++] = core->cpus[t]->cpu->id;
	}
}

/* Without cores that stay with the host, QEMU's own threads run on the first core of the VM:
 * anywhere else, they could disturb the vCPUs of other VMs. */
static void take_own_core(struct hgx_plan *plan, const struct cores *cores)
{
	const struct core *core = cores->items;

	while (core->state != CORE_FREE)
		core++;
	for (unsigned t = 0; t < core->threads; t++)
		plan->reserved.ids[plan->reserved.count++] = core->cpus[t]->cpu->id;
	plan_beside_vcpus(plan);
}

/* The I/O thread runs on the CPUs of QEMU's own threads. */
static void add_iothread(struct hgx_plan *plan)
{
	static const uint32_t first = 1;

	plan->iothread_ids = &first;
	plan->iothreads = 1;
}

static int number_vcpus(struct hgx_plan *plan, const struct cores *cores)
{
	size_t online = 0;
	uint32_t index = 0;

	for (size_t i = 0; i < cores->count; i++)
		online += cores->items[i].threads;
	plan->vcpus = arena_alloc(&plan->arena, (online + 1) * sizeof(*plan->vcpus));
	plan->vcpu_hosts = arena_alloc(&plan->arena, (online + 1) * sizeof(*plan->vcpu_hosts));
	plan->reserved.ids = arena_alloc(&plan->arena, (online + 1) * sizeof(*plan->reserved.ids));
	if (!plan->vcpus || !plan->vcpu_hosts || !plan->reserved.ids)
		return HGX_NO_MEMORY;
	for (size_t i = 0; i < cores->count; i++)
		if (cores->items[i].state == CORE_FREE)
			number_core(plan, &cores->items[i], index++);
	collect_reserved(plan, cores, false);
	if (!plan->reserved.count)
		collect_reserved(plan, cores, true);
	plan->beside_vcpus = false;
	if (!plan->reserved.count)
		take_own_core(plan, cores);
	qsort(plan->reserved.ids, plan->reserved.count, sizeof(*plan->reserved.ids), by_number);
	if (!plan->base && !plan->beside_vcpus)
		add_iothread(plan);
	return HGX_OK;
}

/* Removes the cells that have no cores left. */
static void drop_empty_cells(struct hgx_plan *plan, const struct cores *cores)
{
	bool by_choice = divides(plan) || plan->options.vcpus || plan->options.cpus;
	size_t count = 0;

	for (size_t i = 0; i < plan->cell_count; i++) {
		if (cores_on(cores, plan->cells[i].host, CORE_FREE))
			plan->cells[count++] = plan->cells[i];
		else if (!by_choice)
			plan_note(plan, RULE_NODE_UNUSED, HGX_WARNING, plan->cells[i].host, NULL,
				  "%s is not used: none of its cores is left for the guest",
				  plan->cells[i].host->name);
	}
	plan->cell_count = count;
}

static void note_unused(struct hgx_plan *plan)
{
	for (const struct hgx_node *node = plan->host->root->first; node; node = node->next) {
		if (node->kind != HGX_NUMA || cell_of(plan, node))
			continue;
		plan_note(plan, RULE_NODE_UNUSED, HGX_NOTE, node, NULL,
			  "%s is not used: it has no %s", node->name,
			  node->memory->bytes ? "online CPUs" : "memory");
	}
}

/* VMs that are planned one by one may have different numbers of threads per core, so what belongs
 * to whom must not depend on it. */
static int take_share(struct hgx_plan *plan, struct cores *cores, struct hgx_error *err)
{
	int code = HGX_OK;

	if (!divides(plan) || plan->options.vms)
		return HGX_OK;
	if (plan->share.apart)
		code = cores_apart(plan, cores, plan->options.vcpus, err);
	else
		cores_divide(&plan->share, cores, plan->share.vm);
	for (size_t i = 0; !code && i < cores->count; i++)
		if (cores->items[i].state == CORE_FREE)
			return HGX_OK;
	return code ? code : refuse_no_core(plan, err);
}

static int lay_out(struct hgx_plan *plan, struct cores *cores, struct hgx_error *err)
{
	size_t dropped = 0;
	int code;

	if (!cores->count)
		return fail(err, RULE_NODES_UNUSABLE,
			    "no NUMA node of this machine has both online CPUs and memory");
	if (add_cells(plan, cores) || share_nodes(plan))
		return fail_memory(err);
	note_unused(plan);
	code = reserve(plan, cores, err);
	if (!code)
		code = cores_named(plan, cores, err);
	if (!code)
		code = take_share(plan, cores, err);
	if (!code)
		code = choose_threads(plan, cores, err);
	if (!code && plan->share.equal)
		code = cores_equal(plan, cores, &dropped, err);
	if (code)
		return code;
	if (plan->options.vms && plan->share.divided && !plan->share.equal)
		cores_divide(&plan->share, cores, plan->share.vm);
	code = take_vcpus(plan, cores, err);
	if (!code)
		code = level(plan, cores, dropped, err);
	if (code)
		return code;
	drop_empty_cells(plan, cores);
	find_dies(plan, cores);
	return number_vcpus(plan, cores) ? fail_memory(err) : HGX_OK;
}

int cpu_lay_out(struct hgx_plan *plan, struct hgx_error *err)
{
	struct cores cores;
	int code;

	if (cores_collect(&cores, plan->host))
		return fail_memory(err);
	code = lay_out(plan, &cores, err);
	free(cores.items);
	return code;
}
