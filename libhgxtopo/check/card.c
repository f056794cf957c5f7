/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about cards: functions that belong together, and what a function needs of its slot. */
#include <stdbool.h>
#include "check/domain.h"
#include "check/tell.h"
#include "util/bdf.h"
#include "guest/port.h"

/* Whether both are in one slot of the guest, as far as it is known. */
static bool same_slot(const struct base_item *a, const struct base_item *b)
{
	if (a->port && b->port && a->port->parent && b->port->parent)
		return a->port->parent == b->port->parent && a->port->slot == b->port->slot;
	if (!a->placed || !b->placed)
		return false;
	return a->address.bus == b->address.bus && a->address.device == b->address.device;
}

static bool is_function(const struct base_item *item)
{
	return item->source && !item->source->pci->physical_function && !item->held;
}

/* An AMD GPU is alone in its slot on purpose: atomics_lost(). */
static bool same_card(const struct base_item *a, const struct base_item *b)
{
	return is_function(a) && is_function(b) && a->source != b->source &&
	       !needs_atomics(a->source) && !needs_atomics(b->source) &&
	       bdf_same_card(a->source->pci->address, b->source->pci->address);
}

/* Whether both are virtual functions of NICs on one card. */
static bool same_link(const struct base_item *a, const struct base_item *b)
{
	const struct hgx_node *x = a->source ? a->source->pci->physical_function : NULL;
	const struct hgx_node *y = b->source ? b->source->pci->physical_function : NULL;

	return x && y && a->source != b->source && a->source->kind == HGX_NIC &&
	       b->source->kind == HGX_NIC && bdf_same_card(x->pci->address, y->pci->address);
}

typedef bool belonging(const struct base_item *a, const struct base_item *b);

/* The first item before this one to which it belongs; NULL if there is none. */
static const struct base_item *mate_of(const struct domain *domain, const struct base_item *item,
				       belonging *belong)
{
	for (const struct base_item *other = domain->base.items; other < item; other++)
		if (belong(other, item))
			return other;
	return NULL;
}

void card_torn(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];
		const struct base_item *mate = mate_of(domain, item, same_card);

		if (mate && !same_slot(mate, item))
			domain_add(check, domain, RULE_CARD_TORN, item->element, item->source, NULL,
				   "%s and %s are functions of one card, but in different slots of "
				   "the guest",
				   node_title(item->source).text, mate->source->name);
	}
}

void link_twice(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];
		const struct base_item *mate = mate_of(domain, item, same_link);

		if (mate && !same_slot(mate, item))
			domain_add(
				check, domain, RULE_LINK_TWICE, item->element, item->source, NULL,
				"%s and %s are virtual functions of one card, so NCCL counts its "
				"link twice",
				node_title(item->source).text, mate->source->name);
	}
}

/* Whether another function is in the slot. */
static bool is_shared(const struct port *port)
{
	for (const struct port *other = port->parent->first; other; other = other->next)
		if (other != port && other->slot == port->slot)
			return true;
	return false;
}

static const char *without_atomics(const struct port *port)
{
	if (port->parent->kind == HGX_SWITCH_DOWN)
		return "behind an emulated switch, which passes no PCIe atomics";
	if (port->parent->kind != HGX_ROOT_PORT)
		return "not on a root port, so it has no PCIe atomics";
	if (port->function || is_shared(port))
		return "not alone in its slot, so it has no PCIe atomics";
	return NULL;
}

void atomics_lost(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];
		const char *why;

		if (!item->source || !needs_atomics(item->source) || !item->port ||
		    !item->port->parent)
			continue;
		why = without_atomics(item->port);
		if (why)
			domain_add(check, domain, RULE_ATOMICS_LOST, item->element, item->source,
				   NULL, "%s is %s", node_title(item->source).text, why);
	}
}
