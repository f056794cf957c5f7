/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where devices are: their NICs, NUMA nodes and switches, and what is missing beside others. */
#include <stdbool.h>
#include "check/host.h"
#include "util/arena.h"
#include "model/distance.h"
#include "model/kind.h"

#define BOARD 8 /* GPUs of a board with NVSwitches */

static bool same_model(const struct hgx_node *a, const struct hgx_node *b)
{
	return a->pci->vendor == b->pci->vendor && a->pci->device == b->pci->device;
}

/* The NIC nearest to a GPU that a VM may get. */
static const struct hgx_node *nearest_nic(const struct host_check *host, const struct hgx_node *gpu)
{
	const struct hgx_node *best = NULL;

	for (const struct hgx_node *node = host->host->root; node;
	     node = node_next(host->host->root, node))
		if (node->kind == HGX_NIC && !node->pci->host_use &&
		    !node->pci->physical_function &&
		    (!best || hgx_distance(gpu, node) < hgx_distance(gpu, best)))
			best = node;
	return best;
}

/* Classes that differ by what they cross: a switch, a node, the link between nodes. */
static int crossing(enum hgx_distance distance)
{
	return distance <= HGX_PXB ? 0 : distance < HGX_SYS ? 1 : 2;
}

/* The GPU of the model whose NIC is nearest. */
static const struct hgx_node *best_sibling(const struct host_check *host,
					   const struct hgx_node *gpu)
{
	const struct hgx_node *best = gpu;

	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *other = host->chosen.nodes[i];

		if (other->kind == gpu->kind && same_model(other, gpu) &&
		    hgx_distance(other, nearest_nic(host, other)) <
			    hgx_distance(best, nearest_nic(host, best)))
			best = other;
	}
	return best;
}

void nic_far(struct host_check *host)
{
	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *gpu = host->chosen.nodes[i], *nic, *best;
		enum hgx_distance own, other;

		if (!kind_computes(gpu->kind))
			continue;
		nic = nearest_nic(host, gpu);
		best = best_sibling(host, gpu);
		own = hgx_distance(gpu, nic);
		other = hgx_distance(best, nearest_nic(host, best));
		if (nic && crossing(own) > crossing(other))
			check_add(&host->check, RULE_NIC_FAR, gpu, NULL,
				  "%s: its nearest NIC is %s (%s), while that of %s is %s",
				  node_title(gpu).text, nic->name, hgx_distance_name(own),
				  best->name, hgx_distance_name(other));
	}
}

/* ------------------------------------------------------------ what is missing */

static size_t count_below(const struct hgx_node *top, enum hgx_kind kind)
{
	size_t count = 0;

	for (const struct hgx_node *node = top; node; node = node_next(top, node))
		count += node->kind == kind && !node->pci->physical_function;
	return count;
}

static bool is_top(const struct hgx_node *node)
{
	return node->kind == HGX_SWITCH_UP && top_switch(node) == node;
}

/* How many other switches of the model have one GPU each; 0 if any has another number. */
static size_t with_one_gpu(const struct hgx_topo *topo, const struct hgx_node *empty)
{
	size_t count = 0;

	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		if (node == empty || !is_top(node) || !same_model(node, empty))
			continue;
		if (count_below(node, HGX_GPU) != 1)
			return 0;
		count++;
	}
	return count;
}

void gpu_missing(struct host_check *host)
{
	const struct hgx_topo *topo = host->host;
	size_t gpus = count_below(topo->root, HGX_GPU);
	bool told = false;

	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		size_t others = is_top(node) && !count_below(node, HGX_GPU) ?
					with_one_gpu(topo, node) :
					0;

		told |= others >= 3;
		if (others >= 3)
			check_add(&host->check, RULE_GPU_MISSING, node, NULL,
				  "%s: no GPU behind it, while the %zu other switches of the model "
				  "have one each",
				  node_title(node).text, others);
	}
	if (!told && gpus % BOARD && count_below(topo->root, HGX_NVSWITCH))
		check_add(&host->check, RULE_GPU_MISSING, NULL, NULL,
			  "the machine shows %zu GPUs, but a board with NVSwitches has %d", gpus,
			  BOARD);
}

static bool has_bar(const struct hgx_pci *pci)
{
	for (size_t i = 0; i < HGX_BARS - 1; i++)
		if (pci->bars[i].size && !(pci->bars[i].flags & HGX_BAR_IO))
			return true;
	return false;
}

void bars_missing(struct host_check *host)
{
	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *node = host->chosen.nodes[i];

		if (kind_computes(node->kind) && !node->pci->physical_function &&
		    !has_bar(node->pci))
			check_add(&host->check, RULE_BARS_MISSING, node, NULL,
				  "%s: no memory BAR, as if the firmware had found no room",
				  node_title(node).text);
	}
}

void sriov_uneven(struct host_check *host)
{
	const struct hgx_topo *topo = host->host;

	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *nic = host->chosen.nodes[i], *most = nic;

		for (const struct hgx_node *node = topo->root; nic->kind == HGX_NIC && node;
		     node = node_next(topo->root, node))
			if (node->kind == HGX_NIC && same_model(node, nic) &&
			    node->pci->sriov_total > most->pci->sriov_total)
				most = node;
		if (most != nic)
			check_add(&host->check, RULE_SRIOV_UNEVEN, nic, NULL,
				  "%s: can have %d virtual functions, while %s can have %d",
				  node_title(nic).text, nic->pci->sriov_total, most->name,
				  most->pci->sriov_total);
	}
}

/* ------------------------------------------------------------------- places */

void host_behind_switch(struct host_check *host)
{
	const struct hgx_topo *topo = host->host;

	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		const struct hgx_node *top = node->pci && node->pci->host_use ? top_switch(node) :
										NULL;
		const struct hgx_node *chosen = NULL;

		if (!top || (node->kind != HGX_NIC && node->kind != HGX_NVME))
			continue;
		for (size_t i = 0; !chosen && i < host->chosen.count; i++)
			if (top_switch(host->chosen.nodes[i]) == top)
				chosen = host->chosen.nodes[i];
		if (chosen)
			check_add(&host->check, RULE_HOST_BEHIND_SWITCH, node, NULL,
				  "%s: the host needs it (%s), and it shares the switch %s with %s",
				  node_title(node).text, node->pci->host_use, top->name,
				  chosen->name);
	}
}

/* The function nearest to the root above @node of which the firmware tells the NUMA node. */
static const struct hgx_node *told_above(const struct hgx_node *node)
{
	const struct hgx_node *found = NULL;

	for (const struct hgx_node *up = node->parent; up && up->pci; up = up->parent)
		if (up->pci->numa_node >= 0)
			found = up;
	return found;
}

void numa_contradicts(struct host_check *host)
{
	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *node = host->chosen.nodes[i], *above = told_above(node);

		if (above && node->pci->numa_node >= 0 &&
		    node->pci->numa_node != above->pci->numa_node)
			check_add(&host->check, RULE_NUMA_CONTRADICTS, node, NULL,
				  "%s: on NUMA node %d, while its root port %s is on node %d",
				  node_title(node).text, node->pci->numa_node, above->name,
				  above->pci->numa_node);
	}
}
