/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual functions of a NIC that several VMs share. Each VM gets a fixed one, so that no
 * two plans assign the same. */
#include <stdbool.h>
#include <stdio.h>
#include "plan/select_vf.h"
#include "util/bdf.h"
#include "util/error.h"
#include "model/distance.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/select_list.h"
#include "plan/selection.h"
#include "plan/share.h"

/* The place in the share of the VM's first GPU that the NIC serves. */
static size_t first_of(const struct share *share, const struct candidate *nic, unsigned vm)
{
	size_t i = 0;

	while (i < share->count && !(nic->served[i] && share->owners[i] == vm))
		i++;
	return i;
}

/* With a partition: how many GPUs that the NIC serves come before the VM's first one. */
static unsigned rank_on_board(const struct share *share, const struct candidate *nic, unsigned vm)
{
	unsigned rank = 0;

	for (size_t i = 0; i < first_of(share, nic, vm); i++)
		rank += nic->served[i];
	return rank;
}

/* For a VM planned by itself: how many GPUs of the host come before its first one by
 * address. If that GPU is behind the NIC's switch, only GPUs behind this switch count. */
static unsigned rank_on_host(const struct selection *selection, const struct candidate *nic)
{
	const struct share *share = &selection->plan->share;
	const struct hgx_node *own = share->gpus[first_of(share, nic, share->vm)];
	const struct hgx_node *group = top_switch(nic->node);
	bool near = group && top_switch(own) == group;
	unsigned rank = 0;

	for (unsigned i = 0; i < gpu_count(selection); i++) {
		const struct hgx_node *gpu = gpu_by_number(selection, i)->node;

		if (share_owns(share, gpu, share->vm))
			continue; /* only GPUs that are left to other VMs count */
		rank += (!near || top_switch(gpu) == group) &&
			bdf_compare(gpu->pci->address, own->pci->address) < 0;
	}
	return rank;
}

unsigned function_rank(const struct selection *selection, const struct candidate *nic,
		       const unsigned *sharers, size_t count, unsigned *needed)
{
	const struct share *share = &selection->plan->share;
	unsigned rank = 0;

	if (!share->dealt || selection->plan->options.partition) {
		rank = share->dealt ? rank_on_board(share, nic, share->vm) :
				      rank_on_host(selection, nic);
		*needed = rank + 1;
		return rank;
	}
	while (rank < count && sharers[rank] != share->vm)
		rank++;
	*needed = (unsigned)count;
	return rank;
}

static int refuse_missing(struct selection *selection, const struct candidate *nic, unsigned usable,
			  unsigned needed)
{
	const struct hgx_pci *pci = nic->node->pci;
	unsigned total = needed + (unsigned)pci->sriov_enabled - usable;
	char title[160], file[80], first[100] = "";

	snprintf(title, sizeof(title), "%.150s", node_title(nic->node).text);
	snprintf(file, sizeof(file), "/sys/bus/pci/devices/%s/sriov_numvfs", nic->node->name);
	if (pci->sriov_enabled)
		snprintf(first, sizeof(first), "echo 0 > %s; ", file);
	if (pci->sriov_total <= 0)
		return fail_about(
			selection->err, RULE_SRIOV_OFF, OPTION_VF, nic->node->name,
			"%s offers no virtual functions, but %u %s needed; turn SR-IOV on in the "
			"firmware of the server and of the NIC (mlxconfig -d %s set SRIOV_EN=1 "
			"NUM_OF_VFS=%u, then a cold boot), or leave out %s",
			title, needed, needed == 1 ? "is" : "are", nic->node->name, needed,
			plan_flag(selection->plan, OPTION_VF).text);
	if (total > (unsigned)pci->sriov_total)
		return fail_about(
			selection->err, RULE_SRIOV_LIMIT, OPTION_VF, nic->node->name,
			"%s can have %d virtual function%s, but %u are needed; share it among "
			"fewer VMs",
			title, pci->sriov_total, pci->sriov_total == 1 ? "" : "s", total);
	return fail_about(
		selection->err, RULE_VIRTUAL_FUNCTIONS_MISSING, OPTION_VF, nic->node->name,
		"%s has %u free virtual function%s, but %u %s needed; create them on the host "
		"with: %secho %u > %s%s",
		title, usable, usable == 1 ? "" : "s", needed, needed == 1 ? "is" : "are", first,
		total, file, *first ? " (the first command removes the existing ones)" : "");
}

/* The free virtual function of that rank, or NULL. Sets @usable to the number of free
 * ones. */
static struct candidate *function_at(const struct selection *selection, const struct candidate *nic,
				     unsigned rank, unsigned *usable)
{
	struct candidate *found = NULL;

	*usable = 0;
	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->pci->physical_function != nic->node || item->stay ||
		    item->skipped || item->added)
			continue;
		if ((*usable)++ == rank)
			found = item;
	}
	return found;
}

int choose_function(struct selection *selection, struct candidate *nic, unsigned rank,
		    unsigned needed)
{
	unsigned usable;
	struct candidate *chosen = function_at(selection, nic, rank, &usable);

	if (usable < needed)
		return refuse_missing(selection, nic, usable, needed);
	give(selection, chosen, selection->plan->share.vm);
	chosen->with = nic->node;
	return HGX_OK;
}

void leave_functions(struct selection *selection, const struct candidate *nic,
		     const unsigned *sharers, size_t count)
{
	const struct share *share = &selection->plan->share;

	for (size_t i = 0; i < count; i++) {
		unsigned usable, rank = (unsigned)i;
		struct candidate *item;

		if (sharers[i] == share->vm)
			continue;
		if (selection->plan->options.partition)
			rank = rank_on_board(share, nic, sharers[i]);
		item = function_at(selection, nic, rank, &usable);
		if (!item)
			continue;
		give(selection, item, sharers[i]);
		item->with = nic->node;
	}
}
