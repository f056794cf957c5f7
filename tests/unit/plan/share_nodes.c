/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose GPUs share a NUMA node: its own; without any, those of a node of its package that
 * adopts it; else those of its package, else all. */
#include "support.h"

struct row {
	const char *what, *nodes;
	const char *with;   /* the nodes with a GPU */
	const char *shared; /* by node: the nodes whose GPUs share it */
};

#define ONE "package 0\ncpus 0-3 package=0 node=0\ncpus 4-7 package=0 node=1\ncpus 8-11 package=0 node=2\n"
#define FOUR ONE "cpus 12-15 package=0 node=3\n"
#define SIX FOUR "cpus 16-19 package=0 node=4\ncpus 20-23 package=0 node=5\n"
#define NODE(id, distances) "node " #id " memory=64G distances=" distances "\n"
/* Packages with the nodes 0 to 2, and 3 or 3 and 4 */
#define TWO ONE "package 1\ncpus 12-15 package=1 node=3\n"
#define TWO_FOR_TWO TWO "cpus 16-19 package=1 node=4\n"

static const struct row rows[] = {
	{ "its own", FOUR NODE(0, "10,20,20,20") NODE(1, "20,10,20,20") NODE(2, "20,20,10,20")
	  NODE(3, "20,20,20,10"), "0123", "0 1 2 3" },
	{ "each goes to the nearest", FOUR NODE(0, "10,20,12,20") NODE(1, "20,10,20,12")
	  NODE(2, "20,12,10,20") NODE(3, "12,20,20,10"), "01", "0 1 1 0" },
	{ "the nearest has its number already", FOUR NODE(0, "10,20,20,20") NODE(1, "20,10,20,20")
	  NODE(2, "12,20,10,20") NODE(3, "12,20,20,10"), "01", "0 1 0 1" },
	{ "of equally near ones the first", FOUR NODE(0, "10,20,20,20") NODE(1, "20,10,20,20")
	  NODE(2, "20,20,10,20") NODE(3, "20,20,20,10"), "01", "0 1 0 1" },
	{ "no distances", FOUR "node 0 memory=64G\nnode 1 memory=64G\nnode 2 memory=64G\nnode 3 memory=64G\n",
	  "01", "0 1 0 1" },
	{ "the adopted come first", FOUR NODE(0, "10,20,12,20") NODE(1, "20,10,12,20")
	  NODE(2, "20,20,10,20") NODE(3, "20,20,20,10"), "23", "2 3 2 3" },
	{ "two for each", SIX NODE(0, "10,20,20,20,20,20") NODE(1, "20,10,20,20,20,20")
	  NODE(2, "20,12,10,20,20,20") NODE(3, "20,12,20,10,20,20") NODE(4, "20,12,20,20,10,20")
	  NODE(5, "20,12,20,20,20,10"), "01", "0 1 1 1 0 0" },
	{ "one for each, between others", SIX NODE(0, "10,20,20,20,20,20") NODE(1, "12,10,20,20,20,20")
	  NODE(2, "20,20,10,20,20,20") NODE(3, "20,20,12,10,20,20") NODE(4, "20,20,20,20,10,20")
	  NODE(5, "20,20,20,20,12,10"), "024", "0 0 2 2 4 4" },
	{ "they do not divide: all of the package", ONE NODE(0, "10,20,20") NODE(1, "20,10,20")
	  NODE(2, "12,20,10"), "01", "0 1 01" },
	{ "nor do three for two", "package 0\ncpus 0-3 package=0 node=0\ncpus 4-7 package=0 node=1\n"
	  "cpus 8-11 package=0 node=2\ncpus 12-15 package=0 node=3\ncpus 16-19 package=0 node=4\n"
	  NODE(0, "10,20,20,20,20") NODE(1, "20,10,20,20,20") NODE(2, "12,20,10,20,20")
	  NODE(3, "12,20,20,10,20") NODE(4, "12,20,20,20,10"), "01", "0 1 01 01 01" },
	/* a node is adopted within its package, however near another is */
	{ "both by the only one of the package", TWO NODE(0, "10,20,20,20") NODE(1, "20,10,20,12")
	  NODE(2, "20,20,10,12") NODE(3, "20,20,20,10"), "03", "0 0 0 3" },
	{ "they do not divide, and others are elsewhere", TWO NODE(0, "10,20,20,20") NODE(1, "20,10,20,20")
	  NODE(2, "20,20,10,12") NODE(3, "20,20,20,10"), "013", "0 1 01 3" },
	{ "a package of its own in each", TWO_FOR_TWO NODE(0, "10,20,20,20,20") NODE(1, "20,10,20,20,20")
	  NODE(2, "20,20,10,20,20") NODE(3, "12,20,20,10,20") NODE(4, "12,20,20,20,10"), "03", "0 0 0 3 3" },
	/* a package without GPUs is everybody's */
	{ "without GPUs in the package: all", TWO NODE(0, "10,20,20,20") NODE(1, "20,10,20,20")
	  NODE(2, "20,20,10,20") NODE(3, "12,20,20,10"), "01", "0 1 01 01" },
	{ "without GPUs in the package: all, the rest adopted", TWO_FOR_TWO NODE(0, "10,20,20,20,20")
	  NODE(1, "20,10,20,20,20") NODE(2, "20,20,10,20,20") NODE(3, "12,20,20,10,20")
	  NODE(4, "12,20,20,20,10"), "012", "0 1 2 012 012" },
};

static char *host_with(const struct row *row)
{
	char *lines = NULL;
	size_t size;
	FILE *to = open_memstream(&lines, &size);

	fputs(row->nodes, to);
	for (const char *node = row->with; *node; node++)
		fprintf(to, "root 0000:%c0 numa=%c\n %c0:01.0 root-port\n  %c1:00.0 gpu\n", *node, *node,
			*node, *node);
	fclose(to);
	return lines;
}

START_TEST(a_node_without_gpus_is_adopted_by_the_sharers_of_a_node_of_its_package)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .vms = 2, .vm = 1, .uneven = 1 };
		char *lines = host_with(&rows[i]), got[64] = "";
		struct hgx_topo *host = host_of(lines);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;

		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, rows[i].what);
		for (size_t n = 0; n < plan->share.node_count; n++) {
			const struct sharers *node = &plan->share.nodes[n];

			ck_assert_uint_eq(node->numa->memory->id, n);
			strcat(got, n ? " " : "");
			for (size_t g = 0; g < node->count; g++)
				strncat(got, node->gpus[g]->name + 5, 1); /* of 0000:31:00.0 */
		}
		ck_assert_msg(!strcmp(got, rows[i].shared), "%s: %s, not %s", rows[i].what, got,
			      rows[i].shared);
		hgx_plan_free(plan);
		hgx_topo_free(host);
		free(lines);
	}
}
END_TEST

int main(void)
{
	return RUN("share nodes", a_node_without_gpus_is_adopted_by_the_sharers_of_a_node_of_its_package);
}
