/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the domains that are checked. */
#include <stdlib.h>
#include "check/domains.h"
#include "util/error.h"
#include "domain/topo.h"

static int open_one(struct domain *domain, const struct hgx_domain_text *text,
		    const struct hgx_topo *host, const struct hgx_check_options *options,
		    struct hgx_error *err)
{
	const char *name = text->name ? text->name : "the domain";
	int code;

	if (!text->data)
		return fail(err, RULE_TEXT_MISSING, "%s: no text given", name);
	domain->base = (struct base){
		.whole = true, .text = text->data, .length = text->length, .name = name
	};
	code = domain_read(&domain->plan, &domain->base, host,
			   options->plan ? options->plan->libvirt_version : NULL, options->words,
			   &domain->error);
	domain->whole = !code;
	if (!code || (domain->base.devices && code != HGX_NO_MEMORY && code != HGX_INVALID))
		return HGX_OK;
	return fail_as(err, &domain->error);
}

int domains_open(struct domains *out, const struct hgx_domain_text *texts, size_t count,
		 const struct hgx_topo *host, const struct hgx_check_options *options,
		 struct hgx_error *err)
{
	int code = HGX_OK;

	*out = (struct domains){ .items = calloc(count + 1, sizeof(*out->items)) };
	if (!out->items)
		return fail_memory(err);
	out->count = count;
	for (size_t i = 0; !code && i < count; i++)
		code = open_one(&out->items[i], &texts[i], host, options, err);
	return code;
}

void domains_close(struct domains *domains)
{
	for (size_t i = 0; i < domains->count; i++)
		hgx_plan_free(domains->items[i].plan);
	free(domains->items);
	*domains = (struct domains){ 0 };
}
