/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How one topology differs from another. */
#include <stdlib.h>
#include "compare/device.h"
#include "compare/difference.h"
#include "compare/group.h"
#include "compare/machine.h"
#include "compare/pair.h"
#include "compare/path.h"
#include "model/topo.h"
#include "util/error.h"

static int collect(struct differences *differences, const struct hgx_topo *expected,
		   const struct hgx_topo *examined)
{
	bool same_nodes = expected->numa_count == examined->numa_count;
	struct pairs pairs;
	int code = pairs_make(&pairs, expected, examined);

	if (!code) {
		compare_machines(differences, examined, expected);
		compare_devices(differences, &pairs, same_nodes);
		code = compare_groups(differences, &pairs);
	}
	if (!code)
		code = compare_paths_of(differences, &pairs, same_nodes);
	pairs_free(&pairs);
	return code;
}

int hgx_compare(struct hgx_findings **out, const struct hgx_topo *expected,
		const struct hgx_topo *examined, struct hgx_error *err)
{
	struct hgx_findings *findings = calloc(1, sizeof(*findings));
	struct differences differences = { NULL, 0, 0, { NULL, false } };
	int code = findings ? collect(&differences, expected, examined) : HGX_NO_MEMORY;

	*out = NULL;
	if (!code)
		differences_tell(&differences, &findings->list, &findings->arena);
	differences_free(&differences);
	if (!code && !findings->arena.failed) {
		*out = findings;
		return HGX_OK;
	}
	hgx_findings_free(findings);
	return fail_memory(err);
}
