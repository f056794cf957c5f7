/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host CPUs that the user names: those that stay with the host, and those that the VM may use. */
#include <stdbool.h>
#include <stdlib.h>
#include "plan/cores_named.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"

#define MAX_CPUS 65536

/* Reads "0-3", "8" or "0-94:2" at *@text and marks its numbers. */
static bool read_range(const char **text, bool *named)
{
	unsigned long first, last, step = 1;
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	first = last = strtoul(*text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		last = strtoul(end + 1, &end, 10);
	if (*end == ':' && last > first && end[1] >= '1' && end[1] <= '9')
		step = strtoul(end + 1, &end, 10);
	if (last < first || last >= MAX_CPUS || step >= MAX_CPUS)
		return false;
	for (; first <= last; first += step)
		named[first] = true;
	*text = end;
	return true;
}

static int read_list(const struct hgx_plan *plan, enum option_id option, const char *text,
		     bool *named, struct hgx_error *err)
{
	for (const char *at = text;; at++) {
		if (!read_range(&at, named) || (*at && *at != ','))
			return fail_option(err, RULE_OPTION_VALUE, option,
					   "%s: '%.100s' is not a list of CPUs such as 0-3,8 or "
					   "0-94:2",
					   plan_option(plan, option).text, text);
		if (!*at)
			return HGX_OK;
	}
}

static bool is_in(const struct core *core, const bool *named, bool all)
{
	bool any = false, every = true;

	for (unsigned t = 0; t < core->threads; t++) {
		any |= named[core->cpus[t]->cpu->id];
		every &= named[core->cpus[t]->cpu->id];
	}
	return all ? every : any;
}

/* Refuses CPUs that the host does not have online, and with @usable those that no VM can use. */
static int check_cpus(const struct hgx_plan *plan, const struct cores *cores, enum option_id option,
		      const bool *named, bool usable, struct hgx_error *err)
{
	bool *known = calloc(MAX_CPUS, sizeof(*known)), *found = calloc(MAX_CPUS, sizeof(*found));
	const struct option_text text = plan_option(plan, option);
	int code = known && found ? HGX_OK : fail_memory(err);

	for (const struct hgx_node *n = plan->host->all; !code && n; n = n->all)
		if (n->cpu && n->cpu->online && n->cpu->id < MAX_CPUS)
			known[n->cpu->id] = true;
	for (size_t i = 0; !code && i < cores->count; i++)
		for (unsigned t = 0; t < cores->items[i].threads; t++)
			found[cores->items[i].cpus[t]->cpu->id] = true;
	for (unsigned cpu = 0; !code && cpu < MAX_CPUS; cpu++)
		if (named[cpu] && !known[cpu])
			code = fail_option(err, RULE_CPU_MISSING, option,
					   "%s: this host has no CPU %u that is online", text.text,
					   cpu);
		else if (named[cpu] && usable && !found[cpu])
			code = fail_option(err, RULE_CPU_MISSING, option,
					   "%s: CPU %u is on a NUMA node without memory, which no "
					   "VM can use",
					   text.text, cpu);
	free(known);
	free(found);
	return code;
}

/* A vCPU on one sibling of a core, and a thread of somebody else on the other, slow each other
 * down, and can see each other's caches. */
static int check_siblings(const struct hgx_plan *plan, const struct cores *cores, const bool *named,
			  struct hgx_error *err)
{
	for (size_t i = 0; i < cores->count; i++) {
		const struct core *core = &cores->items[i];
		const struct hgx_cpu *in = NULL, *out = NULL;

		for (unsigned t = 0; t < core->threads; t++)
			*(named[core->cpus[t]->cpu->id] ? &in : &out) = core->cpus[t]->cpu;
		if (in && out)
			return fail_option(
				err, RULE_CORE_SPLIT, OPTION_CPUS,
				"%s names CPU %u and not CPU %u, but both are threads of "
				"one core; name both or neither",
				plan_option(plan, OPTION_CPUS).text, in->id, out->id);
	}
	return HGX_OK;
}

static size_t count_free(const struct cores *cores)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		count += cores->items[i].state == CORE_FREE;
	return count;
}

static int keep(const struct hgx_plan *plan, struct cores *cores, const bool *named,
		struct hgx_error *err)
{
	int code = check_cpus(plan, cores, OPTION_HOST_CPUS, named, false, err);

	for (size_t i = 0; !code && i < cores->count; i++)
		if (is_in(&cores->items[i], named, false))
			cores->items[i].state = CORE_RESERVED;
	if (code || count_free(cores))
		return code;
	return fail_option(err, RULE_CORES_EXHAUSTED, OPTION_HOST_CPUS,
			   "%s leaves no core for the guest; name fewer CPUs",
			   plan_option(plan, OPTION_HOST_CPUS).text);
}

static int allow(struct hgx_plan *plan, struct cores *cores, const bool *named,
		 struct hgx_error *err)
{
	int code = check_cpus(plan, cores, OPTION_CPUS, named, true, err);
	size_t kept = 0;

	if (!code)
		code = check_siblings(plan, cores, named, err);
	for (size_t i = 0; !code && i < cores->count; i++) {
		struct core *core = &cores->items[i];

		if (core->state == CORE_FREE && !is_in(core, named, true))
			core->state = CORE_OTHERS;
		kept += core->state == CORE_RESERVED && is_in(core, named, true);
	}
	if (!code && !count_free(cores))
		return fail_option(err, RULE_CORES_EXHAUSTED, OPTION_CPUS,
				   "%s: all of these CPUs stay with the host; name others, or use "
				   "a smaller %s",
				   plan_option(plan, OPTION_CPUS).text,
				   plan_option(plan, OPTION_RESERVE_CORES).text);
	if (!code && kept)
		plan_note(plan, RULE_CPUS_RESERVED, HGX_NOTE, NULL, NULL,
			  "%zu core%s that %s names stay%s with the host (%s)", kept,
			  kept == 1 ? "" : "s", plan_option(plan, OPTION_CPUS).text,
			  kept == 1 ? "s" : "", plan_option(plan, OPTION_RESERVE_CORES).text);
	return code;
}

int cores_named(struct hgx_plan *plan, struct cores *cores, struct hgx_error *err)
{
	const struct hgx_plan_options *options = &plan->options;
	bool *host, *guest;
	int code;

	if (!options->cpus && !options->host_cpus)
		return HGX_OK;
	host = calloc(MAX_CPUS, sizeof(*host));
	guest = calloc(MAX_CPUS, sizeof(*guest));
	code = host && guest ? HGX_OK : fail_memory(err);
	if (!code && options->host_cpus)
		code = read_list(plan, OPTION_HOST_CPUS, options->host_cpus, host, err);
	if (!code && options->cpus)
		code = read_list(plan, OPTION_CPUS, options->cpus, guest, err);
	for (unsigned cpu = 0; !code && cpu < MAX_CPUS; cpu++)
		if (host[cpu] && guest[cpu])
			code = fail_option(err, RULE_OPTIONS_CONFLICT, OPTION_CPUS,
					   "%s and %s both name CPU %u; name it in one of them",
					   plan_option(plan, OPTION_CPUS).text,
					   plan_option(plan, OPTION_HOST_CPUS).text, cpu);
	if (!code && options->host_cpus)
		code = keep(plan, cores, host, err);
	if (!code && options->cpus)
		code = allow(plan, cores, guest, err);
	free(host);
	free(guest);
	return code;
}
