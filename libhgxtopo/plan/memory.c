/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of each cell, bound to the cell's host node, and its pages. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan/memory.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/size.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "domain/base.h"
#include "domain/device.h"
#include "domain/memory.h"
#include "plan/share.h"

#define UNIT (2ull << 20) /* the smallest huge page, so that huge pages can back every cell */
#define GIB (1ull << 30)
#define MIN_HOST_LEFT (256ull << 20) /* QEMU itself does not start with less */

uint64_t hgx_plan_host_memory(uint64_t bytes)
{
	uint64_t reserved = bytes / 10;

	if (reserved < 8 * GIB)
		reserved = 8 * GIB;
	if (reserved > bytes / 2)
		reserved = bytes / 2;
	/* the guest gets whole GiB, or whole units if it gets less than 1 GiB */
	if (bytes - reserved >= GIB)
		reserved += (bytes - reserved) % GIB;
	else
		reserved += (bytes - reserved) % UNIT;
	return reserved;
}

uint64_t memory_room(const struct hgx_node *numa)
{
	uint64_t bytes = numa->memory->bytes;

	return bytes > MIN_HOST_LEFT ? bytes - MIN_HOST_LEFT : 0;
}

/* Only a base domain can have several cells on a node. */
static size_t cells_on(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->cell_count; i++)
		count += plan->cells[i].host == numa;
	return count;
}

/* A size without rounding, so that the user can pass it on as printed. */
static struct size_text exact_text(uint64_t bytes)
{
	struct size_text text;
	bool gib = bytes % GIB == 0;

	snprintf(text.text, sizeof(text.text), "%llu %s",
		 (unsigned long long)(bytes >> (gib ? 30 : 20)), gib ? "GiB" : "MiB");
	return text;
}

/* How a node is divided; NULL: the VM may have all of it. */
static const struct sharers *sharers(const struct hgx_plan *plan, const struct hgx_node *numa)
{
	return plan->share.whole_memory && plan->share.apart ? NULL :
							       sharers_of(&plan->share, numa);
}

/* A VM's share of @bytes of a node. */
static uint64_t part_of(const struct hgx_plan *plan, const struct hgx_node *numa, uint64_t bytes,
			unsigned vm)
{
	const struct sharers *node = sharers(plan, numa);

	if (!node)
		return bytes;
	return (uint64_t)((unsigned __int128)bytes * share_parts(&plan->share, node, vm) /
			  node->count);
}

static uint64_t round_down(const struct hgx_plan *plan, uint64_t bytes)
{
	uint64_t unit = bytes >= GIB ? GIB : UNIT;

	if (plan->page_size > unit)
		unit = plan->page_size;
	return bytes - bytes % unit;
}

static uint64_t default_of(const struct hgx_plan *plan, const struct hgx_node *numa, unsigned vm)
{
	const struct sharers *node = sharers(plan, numa);
	uint64_t bytes = numa->memory->bytes, unit;

	bytes -= hgx_plan_host_memory(bytes);
	if (!node || plan->share.equal)
		return round_down(plan, part_of(plan, numa, bytes, vm));
	/* the unit must not depend on the VM: all units of the node belong to a GPU */
	unit = bytes / node->count >= GIB ? GIB : UNIT;
	bytes = share_of(&plan->share, node, bytes / unit, vm) * unit;
	return plan->page_size ? bytes - bytes % plan->page_size : bytes;
}

static size_t parts_count(const struct hgx_plan *plan, unsigned vm)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->share.node_count; i++)
		count += share_parts(&plan->share, &plan->share.nodes[i], vm) > 0;
	return count;
}

/* For equal VMs: the least default memory of cell @index in any VM. If the parts of some
 * VM do not correspond to its cells, the least of all cells. */
static uint64_t least_of(const struct hgx_plan *plan, size_t index)
{
	uint64_t least = UINT64_MAX;
	bool every = false;

	for (unsigned vm = 0; vm < plan->share.vms; vm++)
		every |= parts_count(plan, vm) != plan->cell_count;
	for (unsigned vm = 0; vm < plan->share.vms; vm++) {
		size_t cell = 0;

		for (size_t i = 0; i < plan->share.node_count; i++) {
			const struct sharers *node = &plan->share.nodes[i];
			uint64_t bytes;

			if (!share_parts(&plan->share, node, vm) || (cell++ != index && !every))
				continue;
			bytes = default_of(plan, node->numa, vm);
			least = bytes < least ? bytes : least;
		}
	}
	return least;
}

/* An option says so, but VMs with the other GPUs do not know. */
static void note_more(struct hgx_plan *plan, const struct hgx_node *host, uint64_t each,
		      uint64_t part)
{
	if (finding_has(&plan->findings, RULE_WHOLE_HOST, host))
		return; /* of another cell on the node */
	if (!part) {
		plan_note(plan, RULE_WHOLE_HOST, HGX_WARNING, host,
			  arena_format(&plan->arena, "name CPUs of the nodes of its GPUs with %s",
				       plan_option(plan, OPTION_CPUS).text),
			  "the VM gets %s of %s, whose memory is the share of other GPUs: VMs with "
			  "these may find too little",
			  size_text(each).text, host->name);
		return;
	}
	plan_note(plan, RULE_WHOLE_HOST, HGX_WARNING, host,
		  arena_format(&plan->arena, "use a smaller %s", plan_memory_name(plan).text),
		  "the VM gets %s of %s, more than the %s that are the share of its GPUs: VMs with "
		  "other GPUs may find too little",
		  size_text(each).text, host->name, size_text(part).text);
}

/* ---- a VM planned apart that has CPUs of nodes whose memory is the share of other GPUs */

static bool has_foreign_cell(const struct hgx_plan *plan)
{
	for (size_t i = 0; plan->share.apart && i < plan->cell_count; i++) {
		const struct sharers *node = sharers(plan, plan->cells[i].host);

		if (node && !share_parts(&plan->share, node, plan->share.vm))
			return true;
	}
	return false;
}

/* What the VM's GPUs own, wherever it is. */
static uint64_t memory_owned(const struct hgx_plan *plan)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->share.node_count; i++)
		if (share_parts(&plan->share, &plan->share.nodes[i], plan->share.vm))
			bytes += default_of(plan, plan->share.nodes[i].numa, plan->share.vm);
	return bytes;
}

/* What all VMs together may have of a node. */
static uint64_t memory_shared(const struct hgx_node *numa)
{
	return numa->memory->bytes - hgx_plan_host_memory(numa->memory->bytes);
}

/* The guest has as much memory as is the share of its GPUs, but where its vCPUs are. */
static int share_moved(struct hgx_plan *plan, struct hgx_error *err)
{
	const uint64_t each = memory_owned(plan) / plan->cell_count;

	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_node *host = plan->cells[i].host;
		uint64_t most = memory_shared(host) / cells_on(plan, host), owned;
		uint64_t bytes = round_down(plan, each < most ? each : most);

		if (bytes < UNIT)
			return fail_about(
				err, RULE_MEMORY_TOO_SMALL, OPTION_MEMORY, host->name,
				"the share of the VM's GPUs is %s of memory, too little for "
				"%zu NUMA node%s; give %s",
				size_text(memory_owned(plan)).text, plan->cell_count,
				plan->cell_count == 1 ? "" : "s",
				plan_option(plan, OPTION_MEMORY).text);
		plan->cells[i].memory = bytes;
		bytes *= cells_on(plan, host);
		owned = default_of(plan, host, plan->share.vm);
		if (bytes > owned)
			note_more(plan, host, bytes, owned);
	}
	return HGX_OK;
}

static int share_default(struct hgx_plan *plan, struct hgx_error *err)
{
	if (has_foreign_cell(plan))
		return share_moved(plan, err);
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_node *host = plan->cells[i].host;
		uint64_t bytes = default_of(plan, host, plan->share.vm);

		if (plan->share.equal && least_of(plan, i) < bytes)
			bytes = least_of(plan, i);
		bytes = round_down(plan, bytes / cells_on(plan, host));
		plan->cells[i].memory = bytes;
		if (bytes < UNIT)
			return fail_node(err, RULE_MEMORY_TOO_SMALL, host->name,
					 "%s has only %s of memory, too little to share",
					 host->name, size_text(host->memory->bytes).text);
	}
	return HGX_OK;
}

/* Beyond this, a VM takes what VMs with other GPUs are given. */
static uint64_t untold(const struct hgx_plan *plan, const struct hgx_node *host)
{
	return plan->share.apart && sharers(plan, host) ? default_of(plan, host, plan->share.vm) :
							  host->memory->bytes;
}

static int check_room(struct hgx_plan *plan, const struct hgx_node *host, uint64_t each,
		      struct hgx_error *err)
{
	uint64_t has = host->memory->bytes, part = part_of(plan, host, has, plan->share.vm), left;

	if (each > untold(plan, host) && each <= has) {
		note_more(plan, host, each, untold(plan, host));
		part = has;
	}
	if (each > part && part < has)
		return fail_about(
			err, RULE_MEMORY_TOO_LARGE, plan_memory_option(plan), host->name,
			"%s has %s of memory; the VM's share is %s, but its cell would get %s; "
			"use a smaller %s",
			host->name, size_text(has).text, size_text(part).text, size_text(each).text,
			plan_memory_name(plan).text);
	if (each > has)
		return fail_about(
			err, RULE_MEMORY_TOO_LARGE, plan_memory_option(plan), host->name,
			"%s has %s of memory, but its cell would get %s (%zu cell%s); use a "
			"smaller %s",
			host->name, size_text(has).text, size_text(each).text, plan->cell_count,
			plan->cell_count == 1 ? "" : "s", plan_memory_name(plan).text);
	left = has - (uint64_t)((unsigned __int128)each * has / part);
	if (left < MIN_HOST_LEFT)
		return fail_about(
			err, RULE_MEMORY_TOO_LARGE, plan_memory_option(plan), host->name,
			"%s has %s of memory, and only %s would be left for the host; use a "
			"smaller %s",
			host->name, size_text(has).text, size_text(left).text,
			plan_memory_name(plan).text);
	if (left < 4 * GIB && left < has / 10)
		plan_note(
			plan, RULE_MEMORY_TIGHT, HGX_WARNING, host,
			arena_format(&plan->arena, "use a smaller %s", plan_memory_name(plan).text),
			"%s keeps only %s for the host", host->name, size_text(left).text);
	return HGX_OK;
}

static int share_requested(struct hgx_plan *plan, struct hgx_error *err)
{
	uint64_t cells = plan->cell_count, page = plan->page_size > UNIT ? plan->page_size : UNIT;
	uint64_t total = plan->options.memory, each = plan->options.memory_per_cell;
	uint64_t unit = page * cells;
	int code = HGX_OK;

	if (each % page)
		return fail_option(err, RULE_MEMORY_UNEVEN, OPTION_MEMORY_PER_CELL,
				   "%s per cell is not a multiple of %s; use %s",
				   size_text(each).text, size_text(page).text,
				   exact_text(each < page ? page : each - each % page).text);
	if (total % unit)
		return fail_option(
			err, RULE_MEMORY_UNEVEN, OPTION_MEMORY,
			"%s of memory does not divide into %zu cell%s in multiples of %s; use %s",
			size_text(total).text, plan->cell_count, cells == 1 ? "" : "s",
			size_text(page).text,
			exact_text(total < unit ? unit : total - total % unit).text);
	if (!each)
		each = total / cells;
	for (size_t i = 0; !code && i < plan->cell_count; i++) {
		const struct hgx_node *host = plan->cells[i].host;

		plan->cells[i].memory = each;
		code = check_room(plan, host, each * cells_on(plan, host), err);
	}
	return code;
}

/* ---- what a base domain has */

/* Splits the memory evenly or, if a node is too small for that, in proportion to the nodes. */
static int split(struct hgx_plan *plan, uint64_t total, struct hgx_error *err)
{
	uint64_t unit = plan->page_size > UNIT ? plan->page_size : UNIT, room = 0, left = total;
	uint64_t cells = plan->cell_count;
	bool even = true;

	for (size_t i = 0; i < cells; i++)
		room += memory_room(plan->cells[i].host);
	if (total > room)
		return fail_option(
			err, RULE_MEMORY_TOO_LARGE,
			plan->options.memory ? OPTION_MEMORY : OPTION_BASE,
			"the domain has %s of memory, but the %zu NUMA node%s that its cells are "
			"on can give %s; use a smaller %s",
			size_text(total).text, plan->cell_count, cells == 1 ? "" : "s",
			size_text(room).text, plan_option(plan, OPTION_MEMORY).text);
	for (size_t i = 0; i < cells; i++) {
		struct cell *cell = &plan->cells[i];

		cell->memory = (total / unit / cells + (i < total / unit % cells)) * unit;
		even &= cell->memory + total % unit <= memory_room(cell->host);
	}
	for (size_t i = 0; i < cells; i++) {
		struct cell *cell = &plan->cells[i];
		unsigned __int128 part = (unsigned __int128)total * memory_room(cell->host) / room;

		if (!even)
			cell->memory = (uint64_t)part - (uint64_t)part % unit;
		left -= cell->memory;
	}
	plan->cells[0].memory += left;
	return HGX_OK;
}

/* Only a warning, because the domain may have run like this before. What is on no node takes its
 * memory anywhere. */
static void note_crowded(struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_node *host = plan->cells[i].host;
		uint64_t bytes = 0;
		bool first = true;

		for (size_t j = 0; j < plan->cell_count; j++) {
			first &= plan->cells[j].host != host || j >= i;
			if (plan->cells[j].host == host && !plan->base->spread[j])
				bytes += plan->cells[j].memory;
		}
		if (first && bytes > host->memory->bytes)
			plan_note(plan, RULE_BASE_CROWDED, HGX_WARNING, host,
				  arena_format(&plan->arena, "use a smaller %s",
					       plan_memory_name(plan).text),
				  "%s has %s of memory, but the domain's cells on it have %s",
				  host->name, size_text(host->memory->bytes).text,
				  size_text(bytes).text);
	}
}

/* If the domain gives no memory: all, but no more than leaves room for BARs in the address bits
 * that it shows the guest. */
static int take_default(struct hgx_plan *plan, struct hgx_error *err)
{
	int code = share_default(plan, err);
	bool limit;
	unsigned bits = base_address_bits(plan->base, &limit);
	uint64_t most = bits > 30 && bits < 64 ? (1ull << (bits - 1)) / plan->cell_count :
						 UINT64_MAX;

	plan->base->keeps_memory = false;
	for (size_t i = 0; !code && i < plan->cell_count; i++)
		if (plan->cells[i].memory > most)
			plan->cells[i].memory = round_down(plan, most);
	return code;
}

static int keep_memory(struct hgx_plan *plan, struct hgx_error *err)
{
	uint64_t total;
	int code = domain_total(plan, &total, err);

	if (code)
		return code;
	if (!total)
		return take_default(plan, err);
	if (plan->only_pci)
		return HGX_OK;
	if (!plan->base->keeps_cells)
		return split(plan, total, err);
	note_crowded(plan);
	return HGX_OK;
}

/* The domain's own memory modules come on top. */
static int add_modules(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;

	if (!base || (base->keeps_memory && base->keeps_cells))
		return HGX_OK; /* they are counted already */
	for (size_t i = 0; i < plan->cell_count; i++)
		plan->cells[i].modules = 0;
	return domain_modules(plan, err);
}

/* Warns if the pools of huge pages leave too little memory for cells with normal pages. */
static void note_pools(struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_memory *memory = plan->cells[i].host->memory;
		uint64_t pools = 0;

		for (size_t j = 0; j < memory->huge_page_sizes; j++)
			pools += memory->huge_pages[j].total * memory->huge_pages[j].size;
		if (pools &&
		    (pools >= memory->bytes || memory->bytes - pools < plan->cells[i].memory))
			plan_note(
				plan, RULE_MEMORY_IN_POOLS, HGX_WARNING, plan->cells[i].host,
				arena_format(&plan->arena,
					     "use them with %s, release them, or use a smaller %s",
					     plan_option(plan, OPTION_HUGEPAGES).text,
					     plan_memory_name(plan).text),
				"%s has %s set aside as huge pages, which the domain does not use: too "
				"little is left for the %s of its cell",
				plan->cells[i].host->name, size_text(pools).text,
				size_text(plan->cells[i].memory).text);
	}
}

static struct hgx_pages pool_of(const struct hgx_memory *memory, uint64_t size)
{
	for (size_t i = 0; i < memory->huge_page_sizes; i++)
		if (memory->huge_pages[i].size == size)
			return memory->huge_pages[i];
	return (struct hgx_pages){ size, 0, 0 };
}

/* The number of huge pages that the pool of a cell's node lacks: to serve this VM and the
 * others on the node, or with @now, to start this VM at once. */
static uint64_t pages_lacking(const struct hgx_plan *plan, const struct cell *cell, bool now)
{
	struct hgx_pages pool = pool_of(cell->host->memory, plan->page_size);
	const struct sharers *node = plan->share.dealt ? sharers(plan, cell->host) : NULL;
	uint64_t needed = cell->memory / plan->page_size, all = needed;

	if (now)
		return needed > pool.free ? needed - pool.free : 0;
	if (node) {
		size_t own = share_parts(&plan->share, node, plan->share.vm);

		all = (needed * node->count + own - 1) / own;
	}
	return all > pool.total ? all - pool.total : 0;
}

/* Names the nodes whose pools are too small, and the commands that enlarge them. NULL if
 * no pool is too small; otherwise sets @first to the first of these nodes. */
static const char *missing_pages_text(struct hgx_plan *plan, bool now,
				      const struct hgx_node **first)
{
	char commands[400] = "", nodes[100] = "";
	bool more = false;

	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];
		struct hgx_pages pool = pool_of(cell->host->memory, plan->page_size);
		uint64_t lacking = pages_lacking(plan, cell, now);
		size_t used = strlen(commands);

		if (!lacking)
			continue;
		*first = *nodes ? *first : cell->host;
		if (used > 200) {
			more = true;
			continue;
		}
		snprintf(nodes + strlen(nodes), sizeof(nodes) - strlen(nodes), "%s%s",
			 *nodes ? ", " : "", cell->host->name);
		snprintf(commands + used, sizeof(commands) - used,
			 "%secho %llu > /sys/devices/system/node/%s/hugepages/hugepages-%llukB/"
			 "nr_hugepages",
			 used ? "; " : "", (unsigned long long)(pool.total + lacking),
			 cell->host->name, (unsigned long long)(plan->page_size / 1024));
	}
	if (!*nodes)
		return NULL;
	return arena_format(&plan->arena,
			    "too few free huge pages of %s on %s%s; %sreserve them with: %s%s",
			    size_text(plan->page_size).text, nodes, more ? " and other nodes" : "",
			    now ? "stop the VM that uses them, or " : "", commands,
			    more ? "; likewise on the others" : "");
}

/* Fails if the pools have too few pages in total. If the domain used them before, that is a
 * warning: more may be reserved before it starts. Too few free ones are only recorded: this very
 * VM may be running on the others. */
static int check_pages(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct hgx_node *first = NULL;
	const char *text = missing_pages_text(plan, false, &first);
	bool kept = plan->base && plan->base->keeps_pages, runs = base_is_running(plan);

	if (text && !kept)
		return fail_about(err, RULE_HUGE_PAGES_MISSING,
				  plan->options.hugepages ? OPTION_HUGEPAGES : OPTION_BASE,
				  first->name, "%s", text);
	if (!kept && !runs)
		plan->pages_used = missing_pages_text(plan, true, &plan->pages_node);
	if (kept && !text && !runs)
		text = missing_pages_text(plan, true, &first);
	if (text)
		plan_note(plan, RULE_BASE_CROWDED, HGX_WARNING, first, NULL, "%s", text);
	return HGX_OK;
}

static int find_page_size(struct hgx_plan *plan, struct hgx_error *err)
{
	uint64_t size = plan->options.hugepages;

	if (!size && plan->base) {
		plan->page_size = plan->base->page_size;
		return HGX_OK;
	}
	plan->page_size = size == HGX_HUGEPAGES_OFF ? 0 : size;
	if (plan->page_size && plan->page_size != UNIT && plan->page_size != GIB)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_HUGEPAGES,
				   "%s: %s is not a valid page size; use 2 MiB or 1 GiB",
				   plan_option(plan, OPTION_HUGEPAGES).text,
				   size_text(plan->page_size).text);
	return HGX_OK;
}

/* A domain's own cells need not divide the memory evenly. */
static bool divides_unevenly(const struct hgx_plan *plan)
{
	uint64_t page = plan->page_size > UNIT ? plan->page_size : UNIT;
	uint64_t total = plan->options.memory;

	return plan->base && plan->base->keeps_vcpus && total && total % page == 0 &&
	       total % (page * plan->cell_count);
}

/* An option that names the memory that the domain has changes nothing. */
static int find_kept(struct hgx_plan *plan, struct hgx_error *err)
{
	uint64_t total;
	int code = plan->base ? domain_total(plan, &total, err) : HGX_OK;

	if (!code && plan->base && plan->options.memory && plan->options.memory == total)
		plan->base->keeps_memory = true;
	return code;
}

int plan_memory(struct hgx_plan *plan, struct hgx_error *err)
{
	int code = find_page_size(plan, err);

	if (!code)
		code = find_kept(plan, err);
	if (code)
		return code;
	if (plan->base && plan->base->keeps_memory)
		code = keep_memory(plan, err);
	else if (divides_unevenly(plan))
		code = split(plan, plan->options.memory, err);
	else if (plan->options.memory || plan->options.memory_per_cell)
		code = share_requested(plan, err);
	else
		code = share_default(plan, err);
	if (!code)
		code = add_modules(plan, err);
	if (code || plan->only_pci) /* its memory is another's decision */
		return code;
	if (plan->page_size)
		return check_pages(plan, err);
	if (!plan->base || !plan->base->keeps_pages || !plan->base->has_pages)
		note_pools(plan);
	return HGX_OK;
}
