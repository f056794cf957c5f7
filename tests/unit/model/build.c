/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is put together from the parts of a machine: NUMA nodes of what has none of its own,
 * cores, and which functions are worth a line. */
#include "support.h"

#define NODES "package 0\nnode 0 memory=64G\nnode 1 memory=64G\n"

static const char *numa_of(const struct hgx_topo *topo, const char *name)
{
	const struct hgx_node *node = hgx_topo_find(topo, name);

	must(node != NULL, "no %s", name);
	return node->numa ? node->numa->name : "none";
}

static const struct { const char *what, *lines, *node, *numa; } rows[] = {
	/* a root bus has the node of its functions, if they agree */
	{ "one", "root 0000:10\n 10:01.0 root-port numa=1\n", "pci0000:10", "node1" },
	{ "two of one node", "root 0000:10\n 10:01.0 root-port numa=1\n 10:02.0 root-port numa=1\n",
	  "pci0000:10", "node1" },
	{ "two of two nodes", "root 0000:10\n 10:01.0 root-port numa=0\n 10:02.0 root-port numa=1\n",
	  "pci0000:10", "none" },
	{ "two of two nodes, the other way round",
	  "root 0000:10\n 10:01.0 root-port numa=1\n 10:02.0 root-port numa=0\n", "pci0000:10", "none" },
	{ "one, and one that tells none", "root 0000:10\n 10:01.0 root-port\n 10:02.0 root-port numa=1\n",
	  "pci0000:10", "node1" },
	{ "none", "root 0000:10\n 10:01.0 root-port\n", "pci0000:10", "none" },
	/* a function has that of the one above it */
	{ "below", "root 0000:10\n 10:01.0 root-port numa=1\n  11:00.0 gpu\n", "0000:11:00.0", "node1" },
	{ "its own", "root 0000:10\n 10:01.0 root-port numa=1\n  11:00.0 gpu numa=0\n", "0000:11:00.0",
	  "node0" },
	{ "below a switch", "root 0000:10\n 10:01.0 root-port numa=1\n  11:00.0 switch-up\n"
	  "   12:00.0 switch-down\n    13:00.0 gpu\n", "0000:13:00.0", "node1" },
	/* a core has that of its CPUs */
	{ "core", "cpus 0-3 package=0 node=1 core=7\n", "core0:0:7", "node1" },
	{ "core of two nodes", "cpus 0-1 package=0 node=0 core=7\ncpus 2-3 package=0 node=1 core=7\n",
	  "core0:0:7", "none" },
	{ "core of the second node first", "cpus 0-1 package=0 node=1 core=7\ncpus 2-3 package=0 node=0 core=7\n",
	  "core0:0:7", "none" },
};

START_TEST(what_has_no_numa_node_of_its_own_has_that_of_its_parts_if_they_agree)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[1000];
		struct hgx_topo *topo;

		snprintf(lines, sizeof(lines), "%s%s", NODES, rows[i].lines);
		topo = host_of(lines);
		ck_assert_msg(!strcmp(numa_of(topo, rows[i].node), rows[i].numa), "%s: %s", rows[i].what,
			      numa_of(topo, rows[i].node));
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(the_way_to_an_endpoint_is_worth_a_line_and_the_chipset_is_not)
{
	static const struct { const char *node; bool in_tree; } expected[] = {
		{ "pci0000:00", true }, { "0000:00:01.0", false }, { "0000:01:00.0", false },
		{ "0000:00:02.0", true }, { "0000:02:00.0", true }, { "0000:00:03.0", true },
		{ "0000:03:00.0", true }, { "0000:03:00.1", false }, { "0000:00:04.0", false },
		{ "pci0000:10", false }, { "0000:10:01.0", false },
	};
	struct hgx_topo *topo = host_of(NODES "root 0000:00\n"
		" 00:01.0 root-port\n  01:00.0 other class=088000\n"
		" 00:02.0 root-port\n  02:00.0 other use=\"the console\"\n"
		" 00:03.0 root-port\n  03:00.0 nic\n  03:00.1 other class=088000\n"
		" 00:04.0 root-port\n"
		"root 0000:10\n 10:01.0 other class=088000\n");

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ck_assert_msg(topo_find(topo, expected[i].node)->in_tree == expected[i].in_tree, "%s",
			      expected[i].node);
	hgx_topo_free(topo);
}
END_TEST

/* Of a package, a die, and a number: CPUs of two dies may have the same. */
START_TEST(a_core_is_of_one_die)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo = build_new();

	build_package(topo, 0);
	build_numa(topo, 0);
	for (uint32_t id = 0; id < 8; id++) {
		struct hgx_cpu cpu = { .id = id, .package = 0, .die = (int)id / 2 % 2, .core = (int)id % 2,
				       .online = true };

		build_cpu(topo, &cpu);
	}
	expect_fine(build_link(topo, &err), &err, "link");
	for (uint32_t id = 0; id < 8; id++) {
		char cpu[24], core[24];

		snprintf(cpu, sizeof(cpu), "cpu%u", id);
		snprintf(core, sizeof(core), "core0:%u:%u", id / 2 % 2, id % 2);
		ck_assert_str_eq(topo_find(topo, cpu)->parent->name, core);
	}
	hgx_topo_free(topo);
}
END_TEST

int main(void)
{
	return RUN("build", what_has_no_numa_node_of_its_own_has_that_of_its_parts_if_they_agree,
		   the_way_to_an_endpoint_is_worth_a_line_and_the_chipset_is_not, a_core_is_of_one_die);
}
