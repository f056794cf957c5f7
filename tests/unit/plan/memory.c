/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of equal VMs: cell by cell, the least that this cell of any of them can have. */
#include "support.h"

#define GIB (1ull << 30)

/* Two packages, each with two nodes of 8 cores; @memory in GiB. */
static char *nodes_of(const unsigned memory[4])
{
	char *lines;

	must(asprintf(&lines,
		      "package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n"
		      "node 0 memory=%uG distances=10,12,32,32\nnode 1 memory=%uG distances=12,10,32,32\n"
		      "node 2 memory=%uG distances=32,32,10,12\nnode 3 memory=%uG distances=32,32,12,10\n"
		      "cpus 0-7 package=0 node=0\ncpus 8-15 package=0 node=1\n"
		      "cpus 16-23 package=1 node=2\ncpus 24-31 package=1 node=3\n",
		      memory[0], memory[1], memory[2], memory[3]) > 0, "memory");
	return lines;
}

static const char *const gpus[] = {
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n",
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu\n",
	"root 0000:30 numa=2\n 30:01.0 root-port\n  31:00.0 gpu\n",
	"root 0000:40 numa=3\n 40:01.0 root-port\n  41:00.0 gpu\n",
};

struct row {
	unsigned memory[4], vms, vcpus, uneven;
	const char *gpus; /* which nodes have one */
	unsigned cells[4][5]; /* by VM, in GiB; 0 ends */
};

static const struct row rows[] = {
	/* 64, 48, 40 and 32 GiB leave 56, 40, 32 and 24 to guests */
	{ { 64, 32, 48, 40 }, 2, 0, 0, "0123", { { 40, 24 }, { 40, 24 } } },
	{ { 32, 64, 48, 40 }, 2, 0, 0, "0123", { { 24, 32 }, { 24, 32 } } },
	{ { 48, 40, 64, 32 }, 2, 0, 0, "0123", { { 40, 24 }, { 40, 24 } } },
	{ { 48, 40, 32, 64 }, 2, 0, 0, "0123", { { 24, 32 }, { 24, 32 } } },
	{ { 64, 64, 64, 32 }, 2, 0, 0, "0123", { { 56, 24 }, { 56, 24 } } },
	{ { 64, 48, 40, 32 }, 4, 0, 0, "0123", { { 24 }, { 24 }, { 24 }, { 24 } } },
	{ { 64, 48, 40, 32 }, 1, 0, 0, "0123", { { 56, 40, 32, 24 } } },
	{ { 64, 32, 48, 40 }, 2, 0, 1, "0123", { { 56, 24 }, { 40, 32 } } },
	/* the nodes 1 and 3 come with the GPUs of their neighbours */
	{ { 64, 32, 48, 40 }, 2, 0, 0, "02", { { 40, 24 }, { 40, 24 } } },
	/* with few vCPUs these have no cell, and any part may be the least */
	{ { 64, 32, 48, 40 }, 2, 4, 0, "02", { { 24 }, { 24 } } },
	{ { 48, 64, 40, 64 }, 2, 4, 0, "02", { { 32 }, { 32 } } },
	{ { 48, 64, 64, 32 }, 2, 4, 0, "02", { { 24 }, { 24 } } },
};

static void check_vm(const struct row *row, const struct hgx_topo *host, unsigned vm)
{
	struct hgx_plan_options options = { .size = sizeof(options), .vms = row->vms, .vm = vm + 1,
					    .vcpus = row->vcpus, .uneven = (int)row->uneven };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	size_t count = 0;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, row->gpus);
	for (; row->cells[vm][count]; count++)
		ck_assert_msg(count < plan->cell_count &&
			      plan->cells[count].memory == row->cells[vm][count] * GIB,
			      "row %zu VM %u of %u, cell %zu: %llu GiB", row - rows, vm + 1, row->vms, count,
			      count < plan->cell_count ?
				      (unsigned long long)(plan->cells[count].memory / GIB) : 0);
	ck_assert_uint_eq(plan->cell_count, count);
	hgx_plan_free(plan);
}

START_TEST(a_cell_of_equal_vms_has_the_least_that_this_cell_of_any_has)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *nodes = nodes_of(rows[i].memory), lines[2000];
		struct hgx_topo *host;

		snprintf(lines, sizeof(lines), "%s", nodes);
		for (const char *c = rows[i].gpus; *c; c++)
			strcat(lines, gpus[*c - '0']);
		host = host_of(lines);
		for (unsigned vm = 0; vm < rows[i].vms; vm++)
			check_vm(&rows[i], host, vm);
		hgx_topo_free(host);
		free(nodes);
	}
}
END_TEST

static int code_of(const char *lines, struct hgx_plan_options options)
{
	struct hgx_topo *host = host_of(lines);
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	int code;

	options.size = sizeof(options);
	code = hgx_plan_new(&plan, host, &options, &err);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

#define MIB (1ull << 20)

START_TEST(a_node_keeps_at_least_256_mib_whatever_is_asked_for)
{
	static const char lines[] = "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
				    "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n";

	ck_assert_int_eq(code_of(lines, (struct hgx_plan_options){ .memory = 64 * GIB - 258 * MIB }), HGX_OK);
	ck_assert_int_eq(code_of(lines, (struct hgx_plan_options){ .memory = 64 * GIB - 256 * MIB }), HGX_OK);
	ck_assert_int_eq(code_of(lines, (struct hgx_plan_options){ .memory = 64 * GIB - 254 * MIB }),
			 HGX_REFUSED);
}
END_TEST

/* Three GPUs share the node, of which VM 1 of 2 has two and VM 2 one: to 5 pages for VM 1 belong
 * 2.5 for the other, so 8 in all. */
START_TEST(the_pages_of_the_vms_beside_one_are_counted_in_full)
{
	static const struct { unsigned vm; uint64_t pages; unsigned total; int code; } cases[] = {
		{ 1, 5, 8, HGX_OK }, { 1, 5, 7, HGX_REFUSED }, { 1, 4, 6, HGX_OK }, { 1, 4, 5, HGX_REFUSED },
		{ 2, 2, 6, HGX_OK }, { 2, 2, 5, HGX_REFUSED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char lines[1000];

		snprintf(lines, sizeof(lines), "package 0\nnode 0 memory=64G huge=1G:%u:%u\n"
			 "cpus 0-15 package=0 node=0\n%s"
			 " 10:02.0 root-port\n  12:00.0 gpu\n 10:03.0 root-port\n  13:00.0 gpu\n",
			 cases[i].total, cases[i].total, gpus[0]);
		ck_assert_msg(code_of(lines, (struct hgx_plan_options){ .vms = 2, .vm = cases[i].vm, .uneven = 1,
									.hugepages = GIB,
									.memory = cases[i].pages * GIB }) ==
			      cases[i].code, "row %zu", i);
	}
}
END_TEST

int main(void)
{
	return RUN("memory", a_cell_of_equal_vms_has_the_least_that_this_cell_of_any_has,
		   a_node_keeps_at_least_256_mib_whatever_is_asked_for,
		   the_pages_of_the_vms_beside_one_are_counted_in_full);
}
