/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of another project: lists the GPUs of a machine with the NIC nearest to each. */
#include <hgxtopo.h>
#include <stdio.h>

int main(void)
{
	struct hgx_error err;
	struct hgx_topo *topo;

	if (hgx_topo_from_example(&topo, "hgx-h200", &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	for (const struct hgx_node *node = hgx_topo_root(topo); node;
	     node = hgx_node_next(hgx_topo_root(topo), node)) {
		const struct hgx_node *nic;

		if (hgx_node_kind(node) != HGX_GPU)
			continue;
		nic = hgx_node_nearest(node, HGX_NIC);
		printf("%s %s %s\n", hgx_node_name(node), nic ? hgx_node_name(nic) : "none",
		       hgx_distance_name(hgx_distance(node, nic)));
	}
	hgx_topo_free(topo);
	return 0;
}
