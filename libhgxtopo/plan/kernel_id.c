/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI ids that keep the chosen devices from their drivers, and the other devices they
 * match. */
#include <stdbool.h>
#include <stdlib.h>
#include "plan/kernel_id.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"

static bool is_held(const struct held_back *held, const struct hgx_node *node)
{
	for (size_t i = 0; i < held->count; i++)
		if (plan_chose(held->plans[i], node))
			return true;
	return false;
}

static bool id_matches(const struct id *id, const struct hgx_pci *pci)
{
	if (id->vendor != pci->vendor || id->device != pci->device)
		return false;
	return !id->subsystem || (id->subsystem_vendor == pci->subsystem_vendor &&
				  id->subsystem_device == pci->subsystem_device);
}

/* The first device that matches the id but is not held back, preferably one that the host
 * needs. Virtual functions do not count: they do not exist yet when the host boots. */
static const struct hgx_node *other_match(const struct held_back *held, const struct id *id)
{
	const struct hgx_node *found = NULL, *root = held->plans[0]->host->root;

	for (const struct hgx_node *node = root; node; node = node_next(root, node)) {
		if (!node->pci || node->pci->physical_function || !id_matches(id, node->pci) ||
		    is_held(held, node))
			continue;
		if (node->pci->host_use)
			return node;
		if (!found)
			found = node;
	}
	return found;
}

static struct id id_of(const struct held_back *held, const struct hgx_pci *pci)
{
	struct id id = { pci->vendor, pci->device, pci->subsystem_vendor, pci->subsystem_device,
			 false };
	const struct hgx_node *plain = other_match(held, &id), *exact;

	if (!plain)
		return id;
	id.subsystem = true;
	exact = other_match(held, &id);
	id.subsystem = !exact || (plain->pci->host_use && !exact->pci->host_use);
	return id;
}

static bool ids_equal(const struct id *a, const struct id *b)
{
	return a->vendor == b->vendor && a->device == b->device && a->subsystem == b->subsystem &&
	       (!a->subsystem || (a->subsystem_vendor == b->subsystem_vendor &&
				  a->subsystem_device == b->subsystem_device));
}

static int by_number(const void *a, const void *b)
{
	const struct id *x = a, *y = b;
	uint64_t left = (uint64_t)x->vendor << 48 | (uint64_t)x->device << 32 |
			(uint64_t)x->subsystem_vendor << 16 | x->subsystem_device;
	uint64_t right = (uint64_t)y->vendor << 48 | (uint64_t)y->device << 32 |
			 (uint64_t)y->subsystem_vendor << 16 | y->subsystem_device;

	return left < right ? -1 : left > right;
}

static int refuse_match(const struct id *id, const struct hgx_node *chosen,
			const struct hgx_node *other, struct hgx_error *err)
{
	return fail_node(err, RULE_ID_IN_USE, chosen->name,
			 "the id %04x:%04x of %s would also match %s, which the host needs (%s); "
			 "bind the chosen devices one by one, with driverctl set-override or "
			 "libvirt's managed='yes'",
			 id->vendor, id->device, chosen->name, node_title(other).text,
			 other->pci->host_use);
}

static int add_id(const struct held_back *held, const struct hgx_node *chosen, struct id *ids,
		  size_t *count, struct hgx_error *err)
{
	struct id id = id_of(held, chosen->pci);
	const struct hgx_node *other;

	if (chosen->pci->physical_function)
		return HGX_OK;
	for (size_t i = 0; i < *count; i++)
		if (ids_equal(&ids[i], &id))
			return HGX_OK;
	other = other_match(held, &id);
	if (other && other->pci->host_use)
		return refuse_match(&id, chosen, other, err);
	ids[(*count)++] = id;
	return HGX_OK;
}

static int collect(const struct held_back *held, struct id *ids, size_t *count,
		   struct hgx_error *err)
{
	int code = HGX_OK;

	*count = 0;
	for (size_t i = 0; !code && i < held->count; i++)
		for (size_t j = 0; !code && j < held->plans[i]->chosen_count; j++)
			code = add_id(held, held->plans[i]->chosen[j], ids, count, err);
	qsort(ids, *count, sizeof(*ids), by_number);
	return code;
}

static size_t count_chosen(const struct held_back *held)
{
	size_t count = 0;

	for (size_t i = 0; i < held->count; i++)
		count += held->plans[i]->chosen_count;
	return count;
}

int kernel_ids(const struct held_back *held, struct id **out, size_t *count, struct hgx_error *err)
{
	struct id *ids = calloc(count_chosen(held) + 1, sizeof(*ids));
	int code;

	*out = NULL;
	if (!ids)
		return fail_memory(err);
	code = collect(held, ids, count, err);
	if (code)
		free(ids);
	else
		*out = ids;
	return code;
}

static bool same_numbers(const struct hgx_pci *a, const struct hgx_pci *b)
{
	return a->vendor == b->vendor && a->device == b->device &&
	       a->subsystem_vendor == b->subsystem_vendor &&
	       a->subsystem_device == b->subsystem_device;
}

static bool seen_before(const struct hgx_plan *plan, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same_numbers(plan->chosen[i]->pci, plan->chosen[index]->pci))
			return true;
	return false;
}

static void note_shared(struct hgx_plan *plan, size_t index)
{
	struct hgx_plan *const plans[] = { plan };
	const struct held_back held = { plans, 1 };
	struct id id = id_of(&held, plan->chosen[index]->pci);
	const struct hgx_node *other = other_match(&held, &id);

	if (!other || other->pci->host_use || plan_leaves(plan, other))
		return;
	for (size_t i = 0; i < index; i++) {
		struct id earlier = id_of(&held, plan->chosen[i]->pci);

		if (ids_equal(&earlier, &id))
			return;
	}
	plan_note(plan, RULE_ID_SHARED, HGX_WARNING, other, NULL,
		  "the id %04x:%04x also matches %s, which stays on the host: the host will lose "
		  "its driver",
		  id.vendor, id.device, node_title(other).text);
}

void kernel_notes(struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->chosen_count; i++)
		if (!seen_before(plan, i))
			note_shared(plan, i);
}
