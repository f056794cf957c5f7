/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Path classes between devices, and which device is nearest. */
#include "support.h"

/* Two packages, a root bus with two ports, one with a switch, nested switches. */
static const char server[] =
	"node 0 memory=64G\n"
	"node 1 memory=64G\n"
	"root 0000:10 numa=0\n"
	" 10:01.0 root-port\n"
	"  11:00.0 switch-up\n"
	"   12:00.0 switch-down\n"
	"    13:00.0 gpu\n"
	"    13:00.1 other\n"
	"   12:01.0 switch-down\n"
	"    14:00.0 nic\n"
	"   12:02.0 switch-down\n"
	"    15:00.0 switch-up\n"
	"     16:00.0 switch-down\n"
	"      17:00.0 gpu\n"
	"     16:01.0 switch-down\n"
	"      18:00.0 nvme\n"
	" 10:02.0 root-port\n"
	"  19:00.0 nic\n"
	"  19:00.1 nic\n"
	" 10:03.0 root-port\n"
	"  1a:00.0 bridge\n"
	"   1b:00.0 other\n"
	"   1b:01.0 other\n"
	" 10:1f.0 other\n"
	"root 0000:20 numa=0\n"
	" 20:01.0 root-port\n"
	"  21:00.0 gpu\n"
	"root 0000:30 numa=1\n"
	" 30:01.0 root-port\n"
	"  31:00.0 gpu\n"
	"root 0001:10 numa=1\n"
	" 0001:10:01.0 root-port\n"
	"  0001:11:00.0 gpu\n"
	"root 0000:40\n"
	" 40:01.0 root-port\n"
	"  41:00.0 gpu\n";

struct pair {
	const char *a, *b;
	enum hgx_distance distance;
};

static void check_pairs(const struct hgx_topo *topo, const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct hgx_node *a = hgx_topo_find(topo, pairs[i].a);
		const struct hgx_node *b = hgx_topo_find(topo, pairs[i].b);

		ck_assert_msg(a && b, "%s or %s is not there", pairs[i].a, pairs[i].b);
		ck_assert_msg(hgx_distance(a, b) == pairs[i].distance &&
			      hgx_distance(b, a) == pairs[i].distance,
			      "%s - %s: expected %s, got %s and %s", pairs[i].a, pairs[i].b,
			      hgx_distance_name(pairs[i].distance),
			      hgx_distance_name(hgx_distance(a, b)),
			      hgx_distance_name(hgx_distance(b, a)));
	}
}

START_TEST(each_path_class_follows_from_the_tree)
{
	static const struct pair pairs[] = {
		{ "13:00.0", "13:00.0", HGX_SELF },
		{ "13:00.0", "13:00.1", HGX_PIX },         /* two functions of one card */
		{ "19:00.0", "19:00.1", HGX_PIX },         /* the same without any switch */
		{ "13:00.0", "14:00.0", HGX_PIX },         /* one switch */
		{ "17:00.0", "18:00.0", HGX_PIX },         /* one switch, which is below another */
		{ "13:00.0", "17:00.0", HGX_PXB },         /* nested switches */
		{ "14:00.0", "18:00.0", HGX_PXB },
		{ "1b:00.0", "1b:01.0", HGX_PIX },         /* below one PCI bridge */
		{ "13:00.0", "19:00.0", HGX_PHB },         /* two root ports */
		{ "13:00.0", "1b:00.0", HGX_PHB },
		{ "19:00.0", "10:1f.0", HGX_PHB },
		{ "13:00.0", "21:00.0", HGX_NODE },        /* two host bridges of one node */
		{ "13:00.0", "31:00.0", HGX_SYS },         /* two nodes */
		{ "31:00.0", "0001:11:00.0", HGX_NODE },   /* two PCI domains, one node */
		{ "13:00.0", "0001:11:00.0", HGX_SYS },
		{ "13:00.0", "41:00.0", HGX_SYS },         /* an unknown node */
		{ "31:00.0", "41:00.0", HGX_SYS },
		{ "12:00.0", "13:00.0", HGX_PIX },         /* a port and what is behind it */
	};
	struct hgx_topo *topo = host_of(server);

	check_pairs(topo, pairs, ARRAY_SIZE(pairs));
	hgx_topo_free(topo);
}
END_TEST

START_TEST(with_one_numa_node_an_unknown_node_is_that_one)
{
	static const struct pair pairs[] = { { "11:00.0", "21:00.0", HGX_NODE } };
	struct hgx_topo *topo = host_of("node 0 memory=1G\nroot 0000:10 numa=0\n 10:01.0 root-port\n"
					"  11:00.0 gpu\nroot 0000:20\n 20:01.0 root-port\n"
					"  21:00.0 gpu\n");

	check_pairs(topo, pairs, ARRAY_SIZE(pairs));
	hgx_topo_free(topo);
}
END_TEST

START_TEST(without_numa_nodes_two_host_bridges_are_one_node)
{
	static const struct pair pairs[] = {
		{ "11:00.0", "21:00.0", HGX_NODE }, { "11:00.0", "12:00.0", HGX_PHB },
	};
	struct hgx_topo *topo = host_of("root 0000:10\n 10:01.0 root-port\n  11:00.0 gpu\n"
					" 10:02.0 root-port\n  12:00.0 nic\n"
					"root 0000:20\n 20:01.0 root-port\n  21:00.0 gpu\n");

	check_pairs(topo, pairs, ARRAY_SIZE(pairs));
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_device_without_a_numa_node_has_the_node_of_the_port_above)
{
	static const struct pair pairs[] = { { "11:00.0", "21:00.0", HGX_NODE } };
	struct hgx_topo *topo = host_of("node 0 memory=1G\nnode 1 memory=1G\nroot 0000:10\n"
					" 10:01.0 root-port numa=1\n  11:00.0 gpu\nroot 0000:20\n"
					" 20:01.0 root-port\n  21:00.0 gpu numa=1\n");

	check_pairs(topo, pairs, ARRAY_SIZE(pairs));
	hgx_topo_free(topo);
}
END_TEST

START_TEST(what_is_not_a_device_is_nowhere)
{
	struct hgx_topo *topo = host_of(server), *other = host_of(server);
	const struct hgx_node *gpu = hgx_topo_find(topo, "13:00.0");

	ck_assert_int_eq(hgx_distance(gpu, hgx_topo_find(topo, "node0")), HGX_NOWHERE);
	ck_assert_int_eq(hgx_distance(hgx_topo_find(topo, "pci0000:10"), gpu), HGX_NOWHERE);
	ck_assert_int_eq(hgx_distance(gpu, hgx_topo_find(other, "13:00.0")), HGX_NOWHERE);
	ck_assert_int_eq(hgx_distance(gpu, NULL), HGX_NOWHERE);
	ck_assert_int_eq(hgx_distance(NULL, NULL), HGX_NOWHERE);
	hgx_topo_free(other);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(path_classes_have_the_names_of_nvidia_smi)
{
	static const char *const names[] = { "X", "PIX", "PXB", "PHB", "NODE", "SYS", "-" };

	for (int i = 0; i < (int)ARRAY_SIZE(names); i++)
		ck_assert_str_eq(hgx_distance_name((enum hgx_distance)i), names[i]);
	ck_assert_ptr_null(hgx_distance_name((enum hgx_distance)7));
	ck_assert_ptr_null(hgx_distance_name((enum hgx_distance)-1));
}
END_TEST

static void check_nearest(const char *lines, const char *from, enum hgx_kind kind,
			  const char *nearest)
{
	struct hgx_topo *topo = host_of(lines);
	const struct hgx_node *got = hgx_node_nearest(hgx_topo_find(topo, from), kind);

	ck_assert_msg(nearest ? got && !strcmp(got->name, nearest) : !got, "%s: %s, not %s", from,
		      got ? got->name : "none", nearest ? nearest : "none");
	hgx_topo_free(topo);
}

START_TEST(the_nearest_is_the_one_with_the_shortest_path)
{
	check_nearest(server, "13:00.0", HGX_NIC, "0000:14:00.0");
	check_nearest(server, "18:00.0", HGX_GPU, "0000:17:00.0");
	check_nearest(server, "21:00.0", HGX_NIC, "0000:14:00.0");
	check_nearest(server, "31:00.0", HGX_GPU, "0001:11:00.0");
}
END_TEST

START_TEST(among_equals_the_lowest_address_is_nearest)
{
	static const char equal[] = "root 0000:10\n 10:01.0 root-port\n  11:00.0 switch-up\n"
				    "   12:00.0 switch-down\n    1f:00.0 nic\n"
				    "   12:01.0 switch-down\n    13:00.1 nic\n    13:00.0 nic\n"
				    "   12:02.0 switch-down\n    15:00.0 gpu\n";

	check_nearest(equal, "15:00.0", HGX_NIC, "0000:13:00.0");
	check_nearest(server, "41:00.0", HGX_GPU, "0000:13:00.0");
}
END_TEST

START_TEST(a_virtual_function_is_nearest_only_if_there_is_nothing_else)
{
	static const char virtuals[] = "node 0 memory=1G\nnode 1 memory=1G\n"
				       "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
				       "   12:00.0 switch-down\n    13:00.0 gpu\n"
				       "   12:01.0 switch-down\n    14:00.1 nic pf=0000:31:00.0\n"
				       "root 0000:30 numa=1\n 30:01.0 root-port\n  31:00.0 nic\n"
				       "  31:00.4 nvme pf=0000:31:00.0\n  31:00.5 nvme pf=0000:31:00.0\n";

	check_nearest(virtuals, "13:00.0", HGX_NIC, "0000:31:00.0");
	check_nearest(virtuals, "13:00.0", HGX_NVME, "0000:31:00.4");
}
END_TEST

START_TEST(nothing_is_nearest_if_there_is_none)
{
	static const char one[] = "node 0 memory=1G\nroot 0000:10\n 10:01.0 root-port\n  11:00.0 gpu\n";

	check_nearest(one, "11:00.0", HGX_GPU, NULL); /* not itself */
	check_nearest(one, "11:00.0", HGX_NIC, NULL);
	check_nearest(one, "11:00.0", HGX_NUMA, NULL);
	check_nearest(one, "node0", HGX_GPU, NULL);
	ck_assert_ptr_null(hgx_node_nearest(NULL, HGX_GPU));
}
END_TEST

int main(void)
{
	return RUN("distance", each_path_class_follows_from_the_tree,
		   with_one_numa_node_an_unknown_node_is_that_one,
		   without_numa_nodes_two_host_bridges_are_one_node,
		   a_device_without_a_numa_node_has_the_node_of_the_port_above,
		   what_is_not_a_device_is_nowhere, path_classes_have_the_names_of_nvidia_smi,
		   the_nearest_is_the_one_with_the_shortest_path,
		   among_equals_the_lowest_address_is_nearest,
		   a_virtual_function_is_nearest_only_if_there_is_nothing_else,
		   nothing_is_nearest_if_there_is_none);
}
