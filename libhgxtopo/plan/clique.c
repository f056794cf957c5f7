/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GPUDirect cliques: NVIDIA's driver does not take QEMU's switch for one that carries
 * peer-to-peer traffic; an id tells it which GPUs reach each other (QEMU docs,
 * x-nv-gpudirect-clique). GPUs with NVLink do not need it. */
#include <stdbool.h>
#include <string.h>
#include "plan/clique.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "domain/base.h"
#include "domain/override.h"

#define MAX_CLIQUES 16 /* the id has four bits */

/* Boards with NVLink have NVSwitches, functions that manage the links, or GPUs that are
 * called by their socket. */
static bool has_nvlink(const struct hgx_topo *host)
{
	for (const struct hgx_node *node = host->all; node; node = node->all) {
		const char *name = node->pci ? node->pci->device_name : NULL;

		if (kind_of(node->kind)->fabric ||
		    finding_has(&host->findings, RULE_NVLINK_MANAGER_UNKNOWN, node))
			return true;
		if (node->kind == HGX_GPU && name && (strstr(name, "SXM") || strstr(name, "HGX")))
			return true;
	}
	return false;
}

static bool is_member(const struct port *port)
{
	return port->host && port->kind == HGX_GPU && port->host->pci->vendor == 0x10de &&
	       !port->user;
}

/* QEMU's properties are set by alias, and libvirt keeps those that begin so. */
static bool has_alias(const struct hgx_plan *plan, const struct port *port)
{
	return !port->own || (!strncmp(port->alias, "ua-", strlen("ua-")) &&
			      !base_overrides(plan->base, port->alias));
}

static bool several_below(const struct hgx_plan *plan, const struct hgx_node *group)
{
	unsigned count = 0;

	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		for (const struct port *port = bus; port; port = port_next(bus, port))
			count += is_member(port) && top_switch(port->host) == group;
	return count > 1;
}

static void mark(struct hgx_plan *plan, const struct hgx_node *group, int id)
{
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus; port; port = port_next(bus, port))
			if (is_member(port) && top_switch(port->host) == group &&
			    has_alias(plan, port))
				port->clique = id;
}

/* The first GPU of a group that cannot be given its id, and how many there are. */
static void note_without(struct hgx_plan *plan)
{
	const struct hgx_node *first = NULL;
	unsigned count = 0;

	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus; port; port = port_next(bus, port)) {
			const struct hgx_node *group = is_member(port) ? top_switch(port->host) :
									 NULL;

			if (!group || !several_below(plan, group) || has_alias(plan, port) ||
			    base_overrides(plan->base, port->alias))
				continue;
			first = first ? first : port->host;
			count++;
		}
	if (first)
		plan_note(plan, RULE_CLIQUE_ALIAS, HGX_WARNING, first,
			  "add an <alias> whose name begins with ua- to each of these <hostdev>s",
			  "GPUs that get no GPUDirect clique id, as their <hostdev> in the base "
			  "domain has no alias of the user's: %u (the first is %s)",
			  count, first->name);
}

/* To NVIDIA's driver a guest that does not see KVM is a machine of its own, where it reads no id.
 */
static void note_hidden(struct hgx_plan *plan)
{
	plan_note(
		plan, RULE_CLIQUE_HIDDEN, HGX_WARNING, NULL,
		"remove <hidden state='on'/> from <kvm> if GPUs should reach each other directly",
		"the base domain hides KVM from the guest, where GPUDirect clique ids then have no "
		"effect: none is written");
}

/* The number of the next id. False: there is none. */
static bool mark_group(struct hgx_plan *plan, const struct port *port, int *id)
{
	if (*id == MAX_CLIQUES) {
		plan_note(plan, RULE_CLIQUE_LIMIT, HGX_WARNING, port->host, NULL,
			  "GPU %s and those near it get no GPUDirect clique id: there are only %d",
			  port->host->name, MAX_CLIQUES);
		return false;
	}
	mark(plan, top_switch(port->host), (*id)++);
	return true;
}

/* The first GPU of its group, which has more than one. */
static bool is_first(const struct hgx_plan *plan, const struct port *port)
{
	const struct hgx_node *group = is_member(port) ? top_switch(port->host) : NULL;

	if (!group || !several_below(plan, group))
		return false;
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		for (const struct port *other = bus; other; other = port_next(bus, other))
			if (is_member(other) && top_switch(other->host) == group)
				return other == port;
	return false;
}

void plan_cliques(struct hgx_plan *plan)
{
	int id = 0;

	if (plan->options.p2p_clique == HGX_OFF || has_nvlink(plan->host))
		return;
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus; port; port = port_next(bus, port)) {
			if (!is_first(plan, port))
				continue;
			if (base_hides_kvm(plan)) {
				note_hidden(plan);
				return;
			}
			if (!mark_group(plan, port, &id))
				return;
		}
	if (plan->base)
		note_without(plan);
}
