/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks a host: takes over what was noticed while it was read and planned for, and looks for the
 * other rules of the family. */
#include "check/host.h"
#include "util/error.h"
#include "util/macros.h"

#define ROW(name, id, function, ...) function,
#define NOTHING(...)
static host_rule *const rules[] = { HOST_RULES(ROW, NOTHING) NULL };

static void take_findings(struct host_check *host)
{
	for (size_t i = 0; i < host->host->findings.count; i++) {
		const struct hgx_finding *finding = &host->host->findings.items[i];

		check_take(&host->check, "host", finding, finding->node);
	}
	if (finding_has(&host->host->findings, RULE_CONFIG_UNREADABLE, NULL))
		check_unknown(&host->check, "ACS and ATS (only root can read configuration space)");
}

int hgx_check_host(struct hgx_findings **out, const struct hgx_topo *topo,
		   const struct hgx_check_options *options, struct hgx_error *err)
{
	struct host_check host = { .host = topo };
	int code;

	*out = NULL;
	if (topo->guest)
		return fail(err, RULE_TOPOLOGY_IS_GUEST,
			    "this is what a guest sees; give the topology of a host");
	code = check_begin(&host.check, options, err);
	if (code)
		return code;
	take_findings(&host);
	code = chosen_find(&host.chosen, &host.check, topo, err);
	for (size_t i = 0; !code && rules[i]; i++)
		rules[i](&host);
	return check_end(&host.check, code, out, err);
}
