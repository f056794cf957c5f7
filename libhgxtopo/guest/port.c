/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building and walking the guest's PCIe tree. */
#include <stdbool.h>
#include "guest/port.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"

struct port *port_next(const struct port *top, const struct port *port)
{
	if (!port)
		return (struct port *)top;
	if (port->first)
		return port->first;
	while (port != top && !port->next)
		port = port->parent;
	return port == top ? NULL : port->next;
}

struct port *port_add(struct hgx_plan *plan, struct port *parent, enum hgx_kind kind,
		      const struct hgx_node *host)
{
	struct port *port = arena_alloc(&plan->arena, sizeof(*port));

	if (!port)
		return NULL;
	port->kind = kind;
	port->host = host;
	port->parent = parent;
	port->clique = -1;
	if (parent && parent->last)
		parent->last->next = port;
	else if (parent)
		parent->first = port;
	if (parent)
		parent->last = port;
	return port;
}

int port_root(struct hgx_plan *plan, struct hgx_error *err)
{
	plan->root = port_add(plan, NULL, HGX_HOST_BRIDGE, NULL);
	return plan->root ? HGX_OK : fail_memory(err);
}

bool needs_atomics(const struct hgx_node *host)
{
	return host->kind == HGX_GPU && host->pci->vendor == 0x1002 &&
	       !host->pci->physical_function;
}

void port_insert(struct port *parent, struct port *port)
{
	struct port **link = &parent->first;

	while (*link && ((*link)->slot < port->slot ||
			 ((*link)->slot == port->slot && (*link)->function <= port->function)))
		link = &(*link)->next;
	port->parent = parent;
	port->next = *link;
	*link = port;
	if (!port->next)
		parent->last = port;
}
