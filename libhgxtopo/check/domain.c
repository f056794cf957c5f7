/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks domains against their host: takes over what was noticed while they were read, and looks
 * for the other rules of the family. */
#include "check/domain.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "plan/partition.h"

#define ROW(name, id, function, ...) function,
#define NOTHING(...)
static domain_rule *const rules[] = { DOMAIN_RULES(ROW, NOTHING) NULL };

/* The device of the host that a node of the guest is. */
static const struct hgx_node *host_of(const struct hgx_node *node)
{
	return node && node->guest ? node->guest->host : NULL;
}

static void take_findings(struct domain_check *check, const struct domain *domain)
{
	const struct findings *findings = &domain->plan->findings;

	if (!domain->whole)
		check_refused(
			&check->check, &domain->error,
			check->host ? topo_find(check->host, domain->error.node) : NULL,
			"correct the domain there; virsh define says whether libvirt takes it");
	for (size_t i = 0; i < findings->count; i++) {
		struct hgx_finding finding = findings->items[i];

		finding.text = arena_format(&check->check.out->arena, "%s: %s", domain->base.name,
					    finding.text);
		check_take(&check->check, "domain", &finding, host_of(finding.node));
	}
}

/* A plan would refuse the options that say something of the host. */
static int check_plan_options(const struct hgx_check_options *options, struct hgx_error *err)
{
	const char *ids = options->plan ? options->plan->module_ids : NULL;

	return ids ? partition_check_ids(ids, options->words, err) : HGX_OK;
}

static int check_all(struct domain_check *check, const struct hgx_domain_text *domains,
		     size_t count, struct hgx_error *err)
{
	int code = check_plan_options(&check->check.options, err);

	if (!code)
		code = domains_open(&check->domains, domains, count, check->host,
				    &check->check.options, err);

	for (size_t i = 0; !code && i < count; i++) {
		take_findings(check, &check->domains.items[i]);
		for (size_t rule = 0; rules[rule]; rule++)
			rules[rule](check, &check->domains.items[i]);
	}
	return code;
}

int hgx_check_domain(struct hgx_findings **out, const struct hgx_domain_text *domains, size_t count,
		     const struct hgx_topo *host, const struct hgx_check_options *options,
		     struct hgx_error *err)
{
	struct domain_check check = { .host = host };
	int code;

	*out = NULL;
	if (host && host->guest)
		return fail(err, RULE_TOPOLOGY_IS_GUEST,
			    "this is what a guest sees; give the topology of a host");
	if (!domains || !count)
		return fail(err, RULE_TEXT_MISSING, "no domain given");
	code = check_begin(&check.check, options, err);
	if (code)
		return code;
	code = check_all(&check, domains, count, err);
	code = check_end(&check.check, code, out, err);
	domains_close(&check.domains);
	return code;
}
