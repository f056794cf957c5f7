/* Virtual functions in place of a NIC that several VMs share: a fixed one for each, so that
 * no two plans hand out the same. */
#include <stdio.h>
#include "select.h"

/* Of the GPUs behind the NIC's switch, how many come before the first one of this VM. */
static unsigned rank_by_gpu(const struct selection *selection, const struct candidate *nic)
{
	const struct share *share = &selection->plan->share;
	const struct hgx_node *own = NULL;
	unsigned rank = 0;

	for (size_t i = 0; i < share->count && !own; i++)
		if (nic->served[i] && share->owners[i] == share->vm)
			own = share->gpus[i];
	for (unsigned i = 0; own && i < gpu_count(selection); i++) {
		const struct hgx_node *gpu = gpu_by_number(selection, i)->node;

		rank += top_switch(gpu) == top_switch(nic->node) &&
			bdf_compare(gpu->pci->address, own->pci->address) < 0;
	}
	return rank;
}

/* Which of its virtual functions this VM gets, and how many there have to be. */
unsigned function_rank(const struct selection *selection, const struct candidate *nic,
		       unsigned *needed)
{
	const struct share *share = &selection->plan->share;
	unsigned rank = 0;

	*needed = 0;
	if (!share->divided || selection->plan->options.partition) {
		rank = rank_by_gpu(selection, nic);
		*needed = rank + 1;
		return rank;
	}
	for (unsigned vm = 0; vm < share->vms; vm++) {
		bool wants = false;

		for (size_t i = 0; i < share->count; i++)
			wants |= nic->served[i] && share->owners[i] == vm;
		rank += wants && vm < share->vm;
		*needed += wants;
	}
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
		return fail(
			selection->err, HGX_REFUSED,
			"%s offers no virtual functions, and %u are needed; turn SR-IOV on in the "
			"firmware of the server and of the NIC (mlxconfig -d %s set SRIOV_EN=1 "
			"NUM_OF_VFS=%u, then a cold boot), or leave --vf out",
			title, needed, nic->node->name, needed);
	if (total > (unsigned)pci->sriov_total)
		return fail(
			selection->err, HGX_REFUSED,
			"%s can have %d virtual function%s, and %u are needed; share it among fewer "
			"VMs",
			title, pci->sriov_total, pci->sriov_total == 1 ? "" : "s", total);
	return fail(
		selection->err, HGX_REFUSED,
		"%s has %u free virtual function%s, and %u %s needed; create them on the host with: "
		"%secho %u > %s%s",
		title, usable, usable == 1 ? "" : "s", needed, needed == 1 ? "is" : "are", first,
		total, file, *first ? " (the first takes away those there are)" : "");
}

int choose_function(struct selection *selection, struct candidate *nic, unsigned rank,
		    unsigned needed)
{
	struct candidate *chosen = NULL;
	unsigned usable = 0;

	for (size_t i = 0; i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (item->node->pci->physical_function != nic->node || item->stay || item->skipped)
			continue;
		if (usable++ == rank)
			chosen = item;
	}
	if (usable < needed)
		return refuse_missing(selection, nic, usable, needed);
	chosen->chosen = true;
	return HGX_OK;
}
