/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups: a device without one cannot be assigned, and a group is assigned whole. */
#include <stdbool.h>
#include "check/host.h"
#include "check/group.h"
#include "util/bdf.h"
#include "model/distance.h"
#include "model/kind.h"

bool group_any(const struct hgx_topo *topo)
{
	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node))
		if (node->pci && node->pci->iommu_group >= 0)
			return true;
	return false;
}

/* What a VM might get, unless the host needs it. */
bool group_candidate(const struct hgx_node *node)
{
	if (!node->pci || node->pci->host_use || node->pci->physical_function ||
	    node->pci->address.domain > 0xffff)
		return false;
	if (kind_computes(node->kind))
		return true;
	return (node->kind == HGX_NIC || node->kind == HGX_NVME || node->kind == HGX_NVSWITCH) &&
	       shares_switch_with_gpu(node);
}

void group_missing(struct host_check *host)
{
	const struct hgx_topo *topo = host->host;

	if (!group_any(topo))
		return;
	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node))
		if (group_candidate(node) && node->pci->iommu_group < 0)
			check_add(&host->check, RULE_GROUP_MISSING, node, NULL,
				  "%s: no IOMMU group, although other devices have one",
				  node_title(node).text);
}

static bool same_group(const struct hgx_node *a, const struct hgx_node *b)
{
	return a->pci->iommu_group >= 0 && a->pci->iommu_group == b->pci->iommu_group &&
	       !bdf_same_card(a->pci->address, b->pci->address);
}

/* Whether @node is in a VM only because of the group of @cause, or both are what VMs are made for
 * and cannot go to two VMs. A Data Direct function belongs to its NIC. */
static bool is_dragged(const struct hgx_node *node, const struct hgx_node *cause)
{
	if (!same_group(node, cause) || node->direct_of)
		return false;
	if (node->kind == HGX_OTHER)
		return cause->kind != HGX_OTHER;
	return kind_computes(node->kind) && kind_computes(cause->kind);
}

void group_drags(struct host_check *host)
{
	const struct chosen *chosen = &host->chosen;

	for (size_t i = 0; i < chosen->count; i++) {
		const struct hgx_node *node = chosen->nodes[i], *cause = NULL;

		for (size_t j = 0; !cause && j < chosen->count; j++)
			if (is_dragged(node, chosen->nodes[j]))
				cause = chosen->nodes[j];
		if (cause)
			check_add(&host->check, RULE_GROUP_DRAGS, node, NULL,
				  "%s: in IOMMU group %d with %s, so both go to one VM",
				  node_title(node).text, node->pci->iommu_group, cause->name);
	}
}
