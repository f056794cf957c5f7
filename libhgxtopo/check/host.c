/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks a host: takes over what was noticed while it was read and planned for, and looks for the
 * other rules of the family. */
#include "check/host.h"
#include "util/error.h"
#include "util/macros.h"

#define ROW(name, id, function, ...) function,
#define NOTHING(...)
static host_rule *const rules[] = { HOST_RULES(ROW, NOTHING) NULL };

/* What a capture or an ordinary user cannot tell. */
static const struct {
	enum rule_id rule;
	const char *what;
} unknowns[] = {
	{ RULE_CONFIG_UNREADABLE, "ACS and ATS (only root can read configuration space)" },
	{ RULE_DRIVE_USE_UNKNOWN, "which drives the host itself uses" },
	{ RULE_NIC_USE_UNKNOWN, "which NICs the host itself uses" },
};

static void take_findings(struct host_check *host)
{
	const struct findings *findings = &host->host->findings;

	for (size_t i = 0; i < findings->count; i++)
		check_take(&host->check, "host", &findings->items[i], findings->items[i].node);
	for (size_t i = 0; i < ARRAY_SIZE(unknowns); i++)
		if (finding_has(findings, unknowns[i].rule, NULL))
			check_unknown(&host->check, unknowns[i].what);
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
