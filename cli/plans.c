/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Planning one VM or each of several. */
#include <stdio.h>
#include <stdlib.h>
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

int plans_findings(struct hgx_findings ***out, const struct hgx_topo *topo,
		   const struct plans *plans, struct hgx_error *err)
{
	size_t count = plans->count + 1;
	struct hgx_findings **lists = calloc(count, sizeof(*lists));
	int code = lists ? hgx_findings_of_topo(&lists[0], topo, err) : out_of_memory(err);

	*out = NULL;
	for (size_t i = 0; !code && i < plans->count; i++)
		code = hgx_findings_of_plan(&lists[i + 1], plans->items[i], err);
	if (code)
		findings_free(lists, count);
	else
		*out = lists;
	return code;
}

void findings_free(struct hgx_findings **lists, size_t count)
{
	for (size_t i = 0; lists && i < count; i++)
		hgx_findings_free(lists[i]);
	free(lists);
}

void plans_free(struct plans *plans)
{
	for (size_t i = 0; i < plans->count; i++)
		hgx_plan_free(plans->items[i]);
	free(plans->items);
	*plans = (struct plans){ NULL, 0 };
}
