/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices of the host VMs are to get: those of the plans that the options describe. */
#include <string.h>
#include "check/chosen.h"
#include "check/domains.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"

bool chosen_has(const struct chosen *chosen, const struct hgx_node *node)
{
	for (size_t i = 0; i < chosen->count; i++)
		if (chosen->nodes[i] == node)
			return true;
	return false;
}

static bool plans_have(const struct hgx_node *const *marked, size_t count,
		       const struct hgx_node *node)
{
	for (size_t i = 0; i < count; i++)
		if (marked[i] == node)
			return true;
	return false;
}

/* The functions of @marked in the order of the tree, each once. */
static void take(struct chosen *out, struct check *check, const struct hgx_topo *host,
		 const struct hgx_node *const *marked, size_t count)
{
	out->nodes = arena_alloc(&check->out->arena, (count + 1) * sizeof(*out->nodes));
	for (const struct hgx_node *node = host->root; out->nodes && node;
	     node = node_next(host->root, node))
		if (plans_have(marked, count, node))
			out->nodes[out->count++] = node;
}

/* Without a plan: what computes, and the NIC nearest to it. */
static void take_all(struct chosen *out, struct check *check, const struct hgx_topo *host)
{
	const struct hgx_node **marked = arena_alloc(&check->out->arena,
						     2 * host->count * sizeof(*marked));
	size_t count = 0;

	for (const struct hgx_node *node = host->root; marked && node;
	     node = node_next(host->root, node)) {
		const struct hgx_node *nic = hgx_node_nearest(node, HGX_NIC);

		if (!kind_computes(node->kind) || node->pci->host_use ||
		    node->pci->physical_function)
			continue;
		marked[count++] = node;
		if (nic && !nic->pci->host_use)
			marked[count++] = nic;
	}
	take(out, check, host, marked, count);
}

/* Whether an error says that the host cannot do it, and not that the options make no sense. */
static bool is_refusal(int code)
{
	return code == HGX_REFUSED || code == HGX_LIMIT;
}

static bool is_about(const struct hgx_finding *finding, enum rule_id rule)
{
	return !strcmp(finding->rule, rule_row(rule)->id);
}

/* Whether a finding is not about the host: what a VM does not get on purpose, and huge pages that
 * it does not use, when nobody said how much memory of which sort it is to have. */
static bool is_beside(const struct check *check, const struct hgx_finding *finding)
{
	const struct hgx_plan_options *options = check->options.plan;

	if (is_about(finding, RULE_LEFT_OUT))
		return finding->severity == HGX_NOTE;
	return is_about(finding, RULE_MEMORY_IN_POOLS) &&
	       !(options && (options->hugepages || options->memory || options->memory_per_cell));
}

static void take_findings(struct check *check, const struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->findings.count; i++) {
		const struct hgx_finding *finding = &plan->findings.items[i];

		if (!is_beside(check, finding))
			check_take(check, "host", finding, finding->node);
	}
}

/* Adds the devices of one plan to @marked, which has room for all of the host. */
static int add_plan(struct check *check, const struct hgx_topo *host,
		    const struct hgx_plan_options *options, const struct hgx_node **marked,
		    size_t *count, struct hgx_error *err)
{
	struct hgx_error refusal;
	struct hgx_plan *plan;
	int code = hgx_plan_new(&plan, host, options, &refusal);

	if (is_refusal(code)) {
		check_refused(check, &refusal, topo_find(host, refusal.node), NULL);
		return HGX_OK;
	}
	if (code)
		return fail_as(err, &refusal);
	take_findings(check, plan);
	for (size_t i = 0; i < plan->chosen_count; i++)
		if (!plans_have(marked, *count, plan->chosen[i]))
			marked[(*count)++] = plan->chosen[i];
	hgx_plan_free(plan);
	return HGX_OK;
}

static void add_assigned(const struct hgx_node *device, const struct hgx_node **marked,
			 size_t *count)
{
	if (device && !device->pci->host_use && !kind_of(device->kind)->bridge &&
	    !plans_have(marked, *count, device))
		marked[(*count)++] = device;
}

/* Those that the domains of the options assign, but for bridges and what the host itself uses: of
 * these the family of domains speaks. */
static int find_assigned(struct chosen *out, struct check *check, const struct hgx_topo *host,
			 const struct hgx_node **marked, struct hgx_error *err)
{
	const struct hgx_check_options *options = &check->options;
	struct domains domains;
	int code = domains_open(&domains, options->domains, options->domain_count, host, options,
				err);
	size_t count = 0;

	for (size_t i = 0; !code && i < domains.count; i++) {
		const struct base *base = &domains.items[i].base;

		for (size_t k = 0; k < base->count; k++)
			add_assigned(base->items[k].source, marked, &count);
	}
	if (!code)
		take(out, check, host, marked, count);
	domains_close(&domains);
	return code;
}

int chosen_find(struct chosen *out, struct check *check, const struct hgx_topo *host,
		struct hgx_error *err)
{
	struct hgx_plan_options options = { .size = sizeof(options) };
	const struct hgx_node **marked = arena_alloc(&check->out->arena,
						     host->count * sizeof(*marked));
	unsigned last = 1;
	size_t count = 0;
	int code;

	*out = (struct chosen){ 0 };
	if (check->options.plan)
		options = *check->options.plan;
	options.words = check->options.words;
	if (check->options.every && options.vms)
		last = options.vms;
	code = marked ? HGX_OK : fail_memory(err);
	if (!code && check->options.domain_count)
		return find_assigned(out, check, host, marked, err);
	for (unsigned vm = 1; !code && vm <= last; vm++) {
		if (check->options.every && options.vms)
			options.vm = vm;
		code = add_plan(check, host, &options, marked, &count, err);
	}
	if (!code && count)
		take(out, check, host, marked, count);
	else if (!code)
		take_all(out, check, host);
	return code;
}
