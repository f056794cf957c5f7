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

/* Of two GPUs, the one that gets the lower functions of a NIC: those behind the NIC's own switch
 * come first, so that these need no functions for GPUs elsewhere; otherwise by address. */
static bool comes_before(const struct hgx_node *nic, const struct hgx_node *a,
			 const struct hgx_node *b)
{
	const struct hgx_node *group = top_switch(nic);
	bool x = group && top_switch(a) == group, y = group && top_switch(b) == group;

	return x != y ? x : bdf_compare(a->pci->address, b->pci->address) < 0;
}

/* For a VM planned by itself: how many GPUs of the host come before its first one. Every VM counts
 * in the same order, and what comes before a VM's first GPU is left to others, so no two VMs have
 * the same rank. */
static unsigned rank_on_host(const struct selection *selection, const struct candidate *nic)
{
	const struct share *share = &selection->plan->share;
	const struct hgx_node *own = NULL;
	unsigned rank = 0;

	for (size_t i = 0; i < share->count; i++)
		if (share->owners[i] == share->vm &&
		    (!own || comes_before(nic->node, share->gpus[i], own)))
			own = share->gpus[i];
	for (unsigned i = 0; own && i < gpu_count(selection); i++)
		rank += comes_before(nic->node, gpu_by_number(selection, i)->node, own);
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

/* The tool that turns SR-IOV on in the firmware of NVIDIA's NICs. */
static bool has_mlxconfig(const struct hgx_node *nic)
{
	return nic->pci->vendor == 0x15b3;
}

static int refuse_off(struct selection *selection, const struct candidate *nic, unsigned needed)
{
	const char *name = nic->node->name, *how = "with its maker's tool";
	const struct hgx_plan *plan = selection->plan;

	if (has_mlxconfig(nic->node))
		how = arena_format(&selection->plan->arena,
				   "mlxconfig -d %s set SRIOV_EN=1 NUM_OF_VFS=%u", name, needed);
	return fail_about(
		selection->err, RULE_SRIOV_OFF, OPTION_VF, name,
		"%.150s offers no virtual functions, but %u %s needed; turn SR-IOV on in the "
		"firmware of the server and of the NIC (%s, then a cold boot), or leave out %s",
		node_title(nic->node).text, needed, needed == 1 ? "is" : "are", how,
		plan_flag(plan, OPTION_VF).text);
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
		return refuse_off(selection, nic, needed);
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

/* What keeps a NIC from giving a function. */
enum lack { LACK_CREATE, LACK_RESET, LACK_OFF, LACK_OFF_OTHER, LACK_LIMIT, LACKS };

static unsigned total_of(const struct candidate *nic)
{
	return nic->needed_functions + (unsigned)nic->node->pci->sriov_enabled -
	       nic->usable_functions;
}

static enum lack lack_of(const struct candidate *nic)
{
	const struct hgx_pci *pci = nic->node->pci;

	if (pci->sriov_total <= 0)
		return has_mlxconfig(nic->node) ? LACK_OFF : LACK_OFF_OTHER;
	if (total_of(nic) > (unsigned)pci->sriov_total)
		return LACK_LIMIT;
	return pci->sriov_enabled ? LACK_RESET : LACK_CREATE;
}

static bool lacks(const struct candidate *nic)
{
	return nic->usable_functions < nic->needed_functions;
}

/* The addresses of the NICs from @first on with this lack and as many functions to have. */
static const char *alike(const struct selection *selection, size_t first, enum lack lack,
			 unsigned total)
{
	const char *list = "";

	for (size_t i = first; i < selection->count; i++) {
		const struct candidate *nic = &selection->items[i];

		if (lacks(nic) && lack_of(nic) == lack && total_of(nic) == total)
			list = arena_format(&selection->plan->arena, "%s%s%s", list,
					    *list ? " " : "", nic->node->name);
	}
	return list;
}

static bool is_first(const struct selection *selection, size_t index, enum lack lack)
{
	unsigned total = total_of(&selection->items[index]);

	for (size_t i = 0; i < index; i++)
		if (lacks(&selection->items[i]) && lack_of(&selection->items[i]) == lack &&
		    total_of(&selection->items[i]) == total)
			return false;
	return true;
}

/* What to do about the NICs with one lack, a part for each number of functions. */
static const char *remedies(const struct selection *selection, enum lack lack)
{
	static const char *const formats[LACKS] = {
		[LACK_CREATE] =
			"%s%sfor d in %s; do echo %u > /sys/bus/pci/devices/$d/sriov_numvfs; "
			"done",
		[LACK_RESET] = "%s%sfor d in %s; do echo 0 > /sys/bus/pci/devices/$d/sriov_numvfs; "
			       "echo %u > /sys/bus/pci/devices/$d/sriov_numvfs; done (removes the "
			       "existing ones)",
		[LACK_OFF] =
			"%s%sfor d in %s; do mlxconfig -d $d set SRIOV_EN=1 NUM_OF_VFS=%u; done "
			"(and a cold boot)",
		[LACK_OFF_OTHER] = "%s%sturn SR-IOV on in the firmware of %s with their maker's "
				   "tool: %u functions each (and a cold boot)",
		[LACK_LIMIT] = "%s%sshare %s among fewer VMs: %u functions are too many",
	};
	const char *text = "";

	for (size_t i = 0; i < selection->count; i++) {
		const struct candidate *nic = &selection->items[i];

		if (!lacks(nic) || lack_of(nic) != lack || !is_first(selection, i, lack))
			continue;
		text = arena_format(&selection->plan->arena, formats[lack], text, *text ? "; " : "",
				    alike(selection, i, lack, total_of(nic)), total_of(nic));
	}
	return text;
}

static int refuse_several(struct selection *selection, const struct candidate *nic, size_t count)
{
	static const enum rule_id rules[LACKS] = {
		[LACK_CREATE] = RULE_VIRTUAL_FUNCTIONS_MISSING,
		[LACK_RESET] = RULE_VIRTUAL_FUNCTIONS_MISSING,
		[LACK_OFF] = RULE_SRIOV_OFF,
		[LACK_OFF_OTHER] = RULE_SRIOV_OFF,
		[LACK_LIMIT] = RULE_SRIOV_LIMIT,
	};
	const char *text = "";

	for (enum lack lack = LACK_CREATE; lack < LACKS; lack++) {
		const char *part = remedies(selection, lack);

		if (*part)
			text = arena_format(&selection->plan->arena, "%s%s%s", text,
					    *text ? "; " : "", part);
	}
	return fail_about(selection->err, rules[lack_of(nic)], OPTION_VF, nic->node->name,
			  "%zu NICs have too few free virtual functions; on the host: %s", count,
			  text);
}

int check_virtual(struct selection *selection)
{
	const struct candidate *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < selection->count; i++)
		if (lacks(&selection->items[i])) {
			first = first ? first : &selection->items[i];
			count++;
		}
	if (count > 1)
		return refuse_several(selection, first, count);
	return first ? refuse_missing(selection, first, first->usable_functions,
				      first->needed_functions) :
		       HGX_OK;
}

void choose_function(struct selection *selection, struct candidate *nic, unsigned rank,
		     unsigned needed)
{
	unsigned usable;
	struct candidate *chosen = function_at(selection, nic, rank, &usable);

	nic->usable_functions = usable;
	nic->needed_functions = needed;
	if (usable < needed)
		return;
	give(selection, chosen, selection->plan->share.vm);
	chosen->with = nic->node;
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
