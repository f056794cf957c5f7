/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was noticed about a topology or a plan, as a list of its own. */
#include <stdlib.h>
#include "util/error.h"
#include "model/finding.h"
#include "model/topo.h"
#include "guest/plan.h"

int hgx_findings_of_topo(struct hgx_findings **out, const struct hgx_topo *topo,
			 struct hgx_error *err)
{
	return finding_list(out, &topo->findings, err);
}

int hgx_findings_of_plan(struct hgx_findings **out, const struct hgx_plan *plan,
			 struct hgx_error *err)
{
	int code = finding_list(out, &plan->findings, err);

	if (code)
		return code;
	(*out)->of = arena_string(&(*out)->arena, plan->name);
	(*out)->plan = plan;
	if (!(*out)->arena.failed)
		return HGX_OK;
	hgx_findings_free(*out);
	*out = NULL;
	return fail_memory(err);
}
