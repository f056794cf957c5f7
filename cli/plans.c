/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Planning one VM or each of several, and printing the findings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

static int out_of_memory(struct hgx_error *err)
{
	return input_failed(err, HGX_NO_MEMORY, "the plan", "out of memory");
}

/* Plans VM @number of all. A given name gets the number appended. */
static int make_numbered(struct hgx_plan **out, const struct hgx_topo *topo,
			 const struct hgx_plan_options *common, unsigned number,
			 struct hgx_error *err)
{
	struct hgx_plan_options options = *common;
	char *name = NULL;
	int code;

	options.vm = number;
	if (common->name && asprintf(&name, "%s-%u", common->name, number) < 0)
		return out_of_memory(err);
	options.name = name;
	code = hgx_plan_new(out, topo, &options, err);
	free(name);
	return code;
}

int plans_make(struct plans *out, const struct hgx_topo *topo, const struct vm_options *vm,
	       struct hgx_error *err)
{
	size_t count = vm->every ? vm->plan.vms : 1;
	int code = HGX_OK;

	out->count = 0;
	out->items = calloc(count, sizeof(struct hgx_plan *));
	if (!out->items)
		return out_of_memory(err);
	for (; !code && out->count < count; out->count += !code)
		code = vm->every ? make_numbered(&out->items[out->count], topo, &vm->plan,
						 (unsigned)out->count + 1, err) :
				   hgx_plan_new(&out->items[0], topo, &vm->plan, err);
	if (code)
		plans_free(out);
	return code;
}

/* A finding of one of the plans. */
struct told {
	const struct hgx_finding *finding;
	size_t plan, place; /* its place among the findings of that plan */
};

static int by_text(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int order = strcmp(x->finding->rule, y->finding->rule);

	if (!order)
		order = strcmp(x->finding->text, y->finding->text);
	if (order)
		return order;
	if (x->plan != y->plan)
		return x->plan < y->plan ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static bool is_same(const struct told *a, const struct told *b)
{
	return !strcmp(a->finding->rule, b->finding->rule) &&
	       !strcmp(a->finding->text, b->finding->text);
}

/* What the plans say with one rule and text: the first of these findings, and in which plans. */
struct group {
	const struct told *first;
	size_t count;
};

static int by_first(const void *a, const void *b)
{
	const struct told *x = ((const struct group *)a)->first;
	const struct told *y = ((const struct group *)b)->first;

	if (x->plan != y->plan)
		return x->plan < y->plan ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* Prints a finding with the names of all VMs that have it, or without names if all have it. */
static void report_group(const struct plans *plans, const struct group *group)
{
	const char *before = "hgxtopo: ";
	size_t vms = 1;

	for (size_t i = 1; i < group->count; i++)
		vms += group->first[i].plan != group->first[i - 1].plan;
	for (size_t i = 0; vms < plans->count && i < group->count; i++) {
		if (i && group->first[i].plan == group->first[i - 1].plan)
			continue;
		fprintf(stderr, "%s%s", before, hgx_plan_name(plans->items[group->first[i].plan]));
		before = ", ";
	}
	if (vms < plans->count)
		fputs(": ", stderr);
	report_finding(group->first->finding, vms < plans->count);
}

static size_t collect(const struct plans *plans, bool kernel, struct told *out)
{
	size_t all = 0;

	for (size_t i = 0; i < plans->count; i++) {
		const struct hgx_finding *findings;
		size_t count = hgx_plan_findings(plans->items[i], &findings);

		for (size_t j = 0; j < count; j++) {
			if (!kernel && !strcmp(findings[j].rule, "id-shared"))
				continue;
			if (out)
				out[all] = (struct told){ &findings[j], i, j };
			all++;
		}
	}
	return all;
}

static void report_sorted(const struct plans *plans, struct told *told, struct group *groups,
			  size_t count)
{
	size_t last = 0;

	qsort(told, count, sizeof(*told), by_text);
	for (size_t i = 0; i < count; i++) {
		if (i && is_same(&told[i], &told[i - 1]))
			groups[last - 1].count++;
		else
			groups[last++] = (struct group){ &told[i], 1 };
	}
	qsort(groups, last, sizeof(*groups), by_first);
	for (size_t i = 0; i < last; i++)
		report_group(plans, &groups[i]);
}

void plans_report(const struct plans *plans, bool kernel)
{
	size_t count = collect(plans, kernel, NULL);
	struct told *told = calloc(count + 1, sizeof(*told));
	struct group *groups = calloc(count + 1, sizeof(*groups));

	if (!told || !groups) {
		say("out of memory: the findings are not shown");
	} else if (collect(plans, kernel, told) && plans->count > 1) {
		report_sorted(plans, told, groups, count);
	} else {
		for (size_t i = 0; i < count; i++)
			report_finding(told[i].finding, false);
	}
	free(told);
	free(groups);
}

void plans_free(struct plans *plans)
{
	for (size_t i = 0; i < plans->count; i++)
		hgx_plan_free(plans->items[i]);
	free(plans->items);
	*plans = (struct plans){ NULL, 0 };
}
