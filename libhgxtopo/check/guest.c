/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks a running guest: takes over what was noticed while it was matched with its plan, and looks
 * for what the plan's topology replaces. */
#include <inttypes.h>
#include "check/guest.h"
#include "util/error.h"
#include "util/size.h"

#define ROW(name, id, function, ...) function,
#define NOTHING(...)
static guest_rule *const rules[] = { GUEST_RULES(ROW, NOTHING) NULL };

/* Firmware and kernel keep some memory; more of it on the first node. */
#define KEPT_PART 8

static bool is_far_off(uint64_t seen, uint64_t planned)
{
	uint64_t kept = planned / KEPT_PART;

	return seen + kept < planned || seen > planned + kept;
}

void guest_memory(struct guest_check *guest)
{
	if (match_is_flat(&guest->match))
		return;
	for (const struct hgx_node *node = guest->planned->root->first; node; node = node->next) {
		const struct hgx_node *seen = node->memory ? topo_find(guest->seen, node->name) :
							     NULL;

		if (seen && seen->memory && is_far_off(seen->memory->bytes, node->memory->bytes))
			check_add(&guest->check, RULE_GUEST_MEMORY, seen, NULL,
				  "NUMA node %u has %s of memory, but the plan gives it %s",
				  node->memory->id, size_text(seen->memory->bytes).text,
				  size_text(node->memory->bytes).text);
	}
}

/* A width never falls when a device idles, so one below that of the plan is a fault. */
void guest_links(struct guest_check *guest)
{
	for (size_t i = 0; i < guest->match.seen.count; i++) {
		const struct match_device *device = &guest->match.seen.devices[i];
		uint16_t here, there;

		if (!device->other)
			continue;
		here = (uint16_t)device->node->pci->link_now.width;
		there = (uint16_t)device->other->node->pci->link_now.width;
		if (!there)
			there = (uint16_t)device->other->node->pci->link_max.width;
		if (here && here < there)
			check_add(&guest->check, RULE_GUEST_LINK, device->node, NULL,
				  "%s: the link has %u lanes now, but %u by the plan",
				  node_title(device->node).text, here, there);
	}
}

static void take_findings(struct guest_check *guest, const struct hgx_topo *matched)
{
	for (size_t i = 0; i < matched->findings.count; i++) {
		const struct hgx_finding *finding = &matched->findings.items[i];

		check_take(&guest->check, "guest", finding,
			   finding->node ? topo_find(guest->seen, finding->node->name) : NULL);
	}
}

/* Which device is which, and what follows. */
static int compare(struct guest_check *guest, struct hgx_error *err)
{
	struct hgx_topo *matched = NULL;
	struct hgx_error refusal;
	int code = hgx_topo_match(&matched, guest->seen, guest->planned, &refusal);

	if (code == HGX_REFUSED) {
		check_refused(&guest->check, &refusal, NULL, NULL);
		return HGX_OK;
	}
	if (code) {
		*err = refusal;
		return code;
	}
	take_findings(guest, matched);
	hgx_topo_free(matched);
	code = match_make(&guest->match, guest->seen, guest->planned, err);
	for (size_t i = 0; !code && rules[i]; i++)
		rules[i](guest);
	match_free(&guest->match);
	return code;
}

int hgx_check_guest(struct hgx_findings **out, const struct hgx_topo *seen,
		    const struct hgx_topo *planned, const struct hgx_check_options *options,
		    struct hgx_error *err)
{
	struct guest_check guest = { .seen = seen, .planned = planned };
	int code;

	*out = NULL;
	code = check_begin(&guest.check, options, err);
	if (code)
		return code;
	code = compare(&guest, err);
	return check_end(&guest.check, code, out, err);
}
