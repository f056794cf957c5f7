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

static bool has_finding(const struct hgx_plan *plan, const struct hgx_finding *finding)
{
	const struct hgx_finding *findings;
	size_t count = hgx_plan_findings(plan, &findings);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(findings[i].rule, finding->rule) &&
		    !strcmp(findings[i].text, finding->text))
			return true;
	return false;
}

/* Prints a finding of plan @first with the names of all VMs that have it, or without names if all
 * have it. Does nothing if an earlier plan has it, because it was printed then. */
static void report_once(const struct plans *plans, size_t first, const struct hgx_finding *finding)
{
	const char *before = "hgxtopo: ";
	size_t count = 0;

	if (plans->count == 1) {
		report_finding(finding, false);
		return;
	}
	for (size_t i = 0; i < first; i++)
		if (has_finding(plans->items[i], finding))
			return;
	for (size_t i = first; i < plans->count; i++)
		count += has_finding(plans->items[i], finding);
	for (size_t i = first; count < plans->count && i < plans->count; i++) {
		if (!has_finding(plans->items[i], finding))
			continue;
		fprintf(stderr, "%s%s", before, hgx_plan_name(plans->items[i]));
		before = ", ";
	}
	if (count < plans->count)
		fputs(": ", stderr);
	report_finding(finding, count < plans->count);
}

void plans_report(const struct plans *plans, bool kernel, int least)
{
	for (size_t i = 0; i < plans->count; i++) {
		const struct hgx_finding *findings;
		size_t count = hgx_plan_findings(plans->items[i], &findings);

		for (size_t j = 0; j < count; j++)
			if (findings[j].severity >= least &&
			    (kernel || strcmp(findings[j].rule, "id-shared")))
				report_once(plans, i, &findings[j]);
	}
}

void plans_free(struct plans *plans)
{
	for (size_t i = 0; i < plans->count; i++)
		hgx_plan_free(plans->items[i]);
	free(plans->items);
	*plans = (struct plans){ NULL, 0 };
}
