/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a plan: the public accessors, and what several parts and emitters ask of it. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "guest/plan.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/finding.h"
#include "model/topo.h"

void plan_note(struct hgx_plan *plan, enum rule_id rule, enum hgx_severity severity,
	       const struct hgx_node *node, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_vadd(&plan->findings, &plan->arena, rule, severity, node, remedy, format, args);
	va_end(args);
}

void hgx_plan_free(struct hgx_plan *plan)
{
	if (!plan)
		return;
	hgx_topo_free(plan->guest);
	finding_free(&plan->findings);
	arena_free(&plan->arena);
	free(plan);
}

const char *hgx_plan_name(const struct hgx_plan *plan)
{
	return plan->name;
}

const struct hgx_topo *hgx_plan_guest(const struct hgx_plan *plan)
{
	return plan->guest;
}

const struct hgx_node *hgx_plan_host_of(const struct hgx_plan *plan, const struct hgx_node *guest)
{
	return guest && guest->topo == plan->guest && guest->guest ? guest->guest->host : NULL;
}

const struct hgx_node *hgx_plan_guest_of(const struct hgx_plan *plan, const struct hgx_node *host)
{
	const struct hgx_node *root = plan->guest->root;

	for (const struct hgx_node *node = root; host && node; node = node_next(root, node))
		if (hgx_plan_host_of(plan, node) == host)
			return node;
	return NULL;
}

static int by_address(const void *node, const void *verdict)
{
	return bdf_compare(((const struct hgx_node *)node)->pci->address,
			   ((const struct verdict *)verdict)->node->pci->address);
}

const char *hgx_fate_name(int fate)
{
	static const char *const names[] = { "this-vm", "other-vm", "host", "left-out" };

	return fate >= 0 && (size_t)fate < ARRAY_SIZE(names) ? names[fate] : NULL;
}

const struct hgx_verdict *hgx_plan_verdict(const struct hgx_plan *plan, const struct hgx_node *host)
{
	const struct verdict *found;

	if (!host || host->topo != plan->host || !host->pci)
		return NULL;
	found = bsearch(host, plan->verdicts, plan->verdict_count, sizeof(*found), by_address);
	return found ? &found->told : NULL;
}

size_t hgx_plan_vcpus(const struct hgx_plan *plan, const struct hgx_vcpu **out)
{
	*out = plan->vcpus;
	return plan->vcpu_count;
}

size_t hgx_plan_emulator_cpus(const struct hgx_plan *plan, const uint32_t **out)
{
	*out = plan->reserved.ids;
	return plan->reserved.count;
}

uint64_t hgx_plan_page_size(const struct hgx_plan *plan)
{
	return plan->page_size;
}

uint64_t hgx_plan_window(const struct hgx_plan *plan)
{
	return plan->window;
}

size_t hgx_plan_findings(const struct hgx_plan *plan, const struct hgx_finding **out)
{
	*out = plan->findings.items;
	return plan->findings.count;
}

uint64_t plan_memory_size(const struct hgx_plan *plan)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->cell_count; i++)
		bytes += plan->cells[i].memory;
	return bytes;
}

struct option_text plan_option(const struct hgx_plan *plan, enum option_id option)
{
	return option_name(plan->options.words, option);
}

struct option_text plan_flag(const struct hgx_plan *plan, enum option_id option)
{
	return option_value(plan->options.words, option, "1");
}

void plan_beside_vcpus(struct hgx_plan *plan)
{
	plan->beside_vcpus = true;
	plan_note(plan, RULE_THREADS_BESIDE_VCPUS, HGX_NOTE, NULL,
		  arena_format(&plan->arena, "leave cores to the host (%s)",
			       option_value(plan->options.words, OPTION_RESERVE_CORES, "1").text),
		  "no core is left to the host, so QEMU's own threads run on the core of vCPU 0");
}

bool plan_chose(const struct hgx_plan *plan, const struct hgx_node *node)
{
	for (size_t i = 0; i < plan->chosen_count; i++)
		if (plan->chosen[i] == node)
			return true;
	return false;
}

bool plan_leaves(const struct hgx_plan *plan, const struct hgx_node *node)
{
	for (size_t i = 0; i < plan->other_count; i++)
		if (plan->others[i] == node)
			return true;
	return false;
}

int plans_check(struct hgx_plan *const *plans, size_t count, struct hgx_error *err)
{
	if (!count)
		return fail(err, RULE_PLANS_NONE, "no plan given");
	for (size_t i = 1; i < count; i++)
		if (plans[i]->host != plans[0]->host)
			return fail(err, RULE_PLANS_OF_SEVERAL_HOSTS,
				    "the plans belong to different hosts");
	return HGX_OK;
}

int plan_can_start(const struct hgx_plan *plan, struct hgx_error *err)
{
	return plan->pages_used ? fail_node(err, RULE_HUGE_PAGES_IN_USE, plan->pages_node->name,
					    "%s", plan->pages_used) :
				  HGX_OK;
}

enum option_id plan_memory_option(const struct hgx_plan *plan)
{
	return plan->options.memory	     ? OPTION_MEMORY :
	       plan->options.memory_per_cell ? OPTION_MEMORY_PER_CELL :
					       OPTION_NONE;
}

struct option_text plan_memory_name(const struct hgx_plan *plan)
{
	enum option_id option = plan_memory_option(plan);

	return plan_option(plan, option ? option : OPTION_MEMORY);
}
