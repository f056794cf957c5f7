/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about room: the memory of a domain on the nodes of its host, and the addresses of its
 * guest. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "check/domain.h"
#include "check/tell.h"
#include "util/arena.h"
#include "util/size.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "domain/override.h"
#include "plan/hardware.h"
#include "plan/window.h"

static const struct xml_element *backing(const struct domain *domain)
{
	return xml_child(xml_child(domain->base.domain, "memoryBacking"), "hugepages");
}

static bool lists(const char *list, size_t cell)
{
	struct arena arena = { 0 };
	struct cpuset set = { 0 };
	bool found = false;

	binding_list(&arena, list, &set);
	for (size_t i = 0; i < set.count; i++)
		found |= set.ids[i] == cell;
	arena_free(&arena);
	return found;
}

/* The huge pages of a cell, in bytes; 0: it has none, or their size is unknown. */
static uint64_t page_of(const struct domain_check *check, const struct domain *domain, size_t cell)
{
	const struct xml_element *pages = backing(domain), *page = xml_child(pages, "page");
	uint64_t bytes = 0, size;

	if (pages && !page)
		return check->host->default_page;
	for (; page; page = xml_following(page)) {
		const char *text = xml_attribute(page, "size");
		const char *cells = xml_attribute(page, "nodeset");

		if (!text || base_size(&domain->base, page, text, &size, NULL))
			continue;
		if (cells && lists(cells, cell))
			return size;
		bytes = cells ? bytes : size;
	}
	return bytes;
}

static uint64_t pages_on(const struct hgx_node *numa, uint64_t size)
{
	for (size_t i = 0; i < numa->memory->huge_page_sizes; i++)
		if (numa->memory->huge_pages[i].size == size)
			return numa->memory->huge_pages[i].total * size;
	return 0;
}

/* The bytes of a domain's cells that are bound to a node and have pages of that size; 0: normal
 * ones. */
static uint64_t bound_to(const struct domain_check *check, const struct domain *domain,
			 const struct hgx_node *numa, uint64_t page)
{
	uint64_t sum = 0;

	for (size_t i = 0; domain->whole && i < domain->binding.cell_count; i++)
		if (domain->binding.memory[i] == numa && page_of(check, domain, i) == page)
			sum += domain->plan->cells[i].memory;
	return sum;
}

/* What the domains before it take, if they run at the same time. */
static uint64_t taken_before(const struct domain_check *check, const struct domain *domain,
			     const struct hgx_node *numa, uint64_t page)
{
	uint64_t sum = 0;

	for (const struct domain *other = check->domains.items; other < domain; other++)
		sum += bound_to(check, other, numa, page);
	return sum;
}

static const char *beside(struct domain_check *check, uint64_t taken)
{
	return taken ? arena_format(&check->check.out->arena,
				    ", of which the domains before it take %s",
				    size_text(taken).text) :
		       "";
}

void node_memory_short(struct domain_check *check, const struct domain *domain)
{
	const struct hgx_node *numa = check->host ? check->host->root->first : NULL;

	for (; numa; numa = numa->next) {
		uint64_t own, taken;

		if (numa->kind != HGX_NUMA)
			continue;
		own = bound_to(check, domain, numa, 0);
		taken = taken_before(check, domain, numa, 0);
		if (own && own + taken > numa->memory->bytes)
			domain_add(check, domain, RULE_NODE_MEMORY_SHORT,
				   xml_child(domain->base.domain, "numatune"), numa, NULL,
				   "cells with %s of memory are bound to %s, which has %s%s",
				   size_text(own).text, numa->name,
				   size_text(numa->memory->bytes).text, beside(check, taken));
	}
}

static void look_pages(struct domain_check *check, const struct domain *domain,
		       const struct hgx_node *numa, uint64_t page)
{
	uint64_t own = bound_to(check, domain, numa, page), there = pages_on(numa, page);
	uint64_t taken = taken_before(check, domain, numa, page);

	if (!own || own + taken <= there)
		return;
	domain_add(check, domain, RULE_NODE_PAGES_SHORT, backing(domain), numa,
		   arena_format(&check->check.out->arena,
				"echo %llu >/sys/devices/system/node/%s/hugepages/"
				"hugepages-%llukB/nr_hugepages",
				(unsigned long long)((own + taken + page - 1) / page), numa->name,
				(unsigned long long)page / 1024),
		   "its cells need %s in huge pages of %s on %s, which has %s of them%s",
		   size_text(own).text, size_text(page).text, numa->name, size_text(there).text,
		   beside(check, taken));
}

void node_pages_short(struct domain_check *check, const struct domain *domain)
{
	static const uint64_t sizes[] = { 2ull << 20, 1ull << 30 };
	const struct hgx_node *numa = check->host && backing(domain) ? check->host->root->first :
								       NULL;

	for (; numa; numa = numa->next)
		for (size_t i = 0; numa->kind == HGX_NUMA && i < sizeof(sizes) / sizeof(*sizes);
		     i++)
			look_pages(check, domain, numa, sizes[i]);
}

/* libvirt sets <memory> to the sum of the cells and memory modules. */
void cell_memory_sum(struct domain_check *check, const struct domain *domain)
{
	const struct xml_element *memory = xml_child(domain->base.domain, "memory");
	uint64_t told, sum;

	if (!domain->whole || domain->plan->without_cells || !memory ||
	    base_size(&domain->base, memory, memory->text, &told, NULL))
		return;
	sum = plan_memory_size(domain->plan);
	if (told != sum)
		domain_add(check, domain, RULE_CELL_MEMORY_SUM, memory, NULL, NULL,
			   "<memory> says %s, but its NUMA cells and memory modules have %s: "
			   "libvirt takes their sum",
			   size_text(told).text, size_text(sum).text);
}

/* ------------------------------------------------- addresses */

/* The bytes of the window that the domain asks OVMF for; 0: it asks for none. */
static uint64_t asked_window(const struct domain *domain)
{
	static const char name[] = "name=opt/ovmf/X-PciMmio64Mb,string=";
	const struct xml_element *line = qemu_child(domain->base.domain, "commandline");

	for (const struct xml_element *e = line ? line->first : NULL; e; e = e->next) {
		const char *value = e->name ? xml_attribute(e, "value") : NULL;

		if (value && !strncmp(value, name, strlen(name)))
			return strtoull(value + strlen(name), NULL, 10) << 20;
	}
	return 0;
}

static void add_window(struct domain_check *check, const struct domain *domain)
{
	uint64_t asked = asked_window(domain), needed = domain->plan->window;

	if (needed && asked < needed)
		domain_add(
			check, domain, RULE_WINDOW_SHORT, NULL, NULL,
			arena_format(&check->check.out->arena,
				     "<qemu:commandline><qemu:arg value='-fw_cfg'/>"
				     "<qemu:arg value='name=opt/ovmf/X-PciMmio64Mb,string=%llu'/>"
				     "</qemu:commandline>",
				     (unsigned long long)(needed >> 20)),
			"the BARs of its devices need a 64-bit window of %s, and OVMF opens "
			"less%s",
			size_text(needed).text,
			asked ? ": the domain asks for too little" : " by itself");
}

/* The window is computed as for a plan into which the domain goes with its own devices. */
void window_short(struct domain_check *check, const struct domain *domain)
{
	struct hgx_plan *plan = domain->plan;
	struct hgx_error refusal = { 0 };
	size_t before = plan->findings.count;
	int code;

	if (!domain->whole || !check->host || !plan->vcpu_count)
		return;
	plan->window = 0;
	plan_hardware(plan, &refusal);
	code = plan_window(plan, &refusal);
	if (code == HGX_NO_MEMORY)
		check->check.out->arena.failed = true;
	else if (code)
		domain_add(check, domain, RULE_ADDRESSES_SHORT, NULL, NULL, NULL, "%s",
			   refusal.text);
	else
		add_window(check, domain);
	for (size_t i = before; i < plan->findings.count; i++)
		if (!strcmp(plan->findings.items[i].rule, "base-crowded"))
			domain_add(check, domain, RULE_ADDRESSES_SHORT, NULL, NULL, NULL, "%s",
				   plan->findings.items[i].text);
}
