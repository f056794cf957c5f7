#include <hgxtopo.h>
#include <stdio.h>

int main(void)
{
	const struct hgx_node *node = NULL;
	struct hgx_error err;
	struct hgx_topo *topo;

	/* the running machine: hgx_topo_from_host(&topo, NULL, &err) */
	if (hgx_topo_from_example(&topo, "hgx-h200", &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	while ((node = hgx_node_next(hgx_topo_root(topo), node)) != NULL) {
		const struct hgx_node *nic = hgx_node_nearest(node, HGX_NIC);

		if (hgx_node_kind(node) == HGX_GPU && nic)
			printf("%s %s %s\n", hgx_node_name(node), hgx_node_name(nic),
			       hgx_distance_name(hgx_distance(node, nic)));
	}
	hgx_topo_free(topo);
	return 0;
}
