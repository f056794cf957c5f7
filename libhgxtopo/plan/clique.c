/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GPUDirect cliques. NVIDIA's driver does not recognise QEMU's switch as one that carries
 * peer-to-peer traffic; a clique id tells it which GPUs reach each other (QEMU
 * documentation, x-nv-gpudirect-clique). GPUs with NVLink do not need it. */
#include <stdbool.h>
#include <string.h>
#include "plan/clique.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"

#define MAX_CLIQUES 16 /* the id has four bits */

/* A host with NVLink has NVSwitches, functions that manage the links, or GPUs whose name
 * contains their module type. */
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

static bool several_below(const struct hgx_plan *plan, const struct hgx_node *group)
{
	unsigned count = 0;

	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		for (const struct port *port = bus; port; port = port_next(bus, port))
			count += is_member(port) && top_switch(port->host) == group;
	return count > 1;
}

static void set_clique(struct hgx_plan *plan, const struct hgx_node *group, int id)
{
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus; port; port = port_next(bus, port))
			if (is_member(port) && top_switch(port->host) == group)
				port->clique = id;
}

void plan_cliques(struct hgx_plan *plan)
{
	int id = 0;

	if (plan->options.p2p_clique == HGX_OFF || has_nvlink(plan->host))
		return;
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus; port; port = port_next(bus, port)) {
			const struct hgx_node *group = is_member(port) ? top_switch(port->host) :
									 NULL;

			if (!group || port->clique >= 0 || !several_below(plan, group))
				continue;
			if (id == MAX_CLIQUES) {
				plan_note(
					plan, RULE_CLIQUE_LIMIT, HGX_WARNING, port->host, NULL,
					"GPU %s and those near it get no GPUDirect clique id: there are "
					"only %d",
					port->host->name, MAX_CLIQUES);
				return;
			}
			set_clique(plan, group, id++);
		}
}
