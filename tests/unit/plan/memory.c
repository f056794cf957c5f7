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

/* GPU 0 and GPU 1 are on node 0, GPU 2 is on node 1; of each node, 56 GiB go to guests. */
#define LOPSIDED "package 0\npackage 1\nnode 0 memory=64G\nnode 1 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"cpus 8-15 package=1 node=1\nroot 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n" \
	" 10:02.0 root-port\n  12:00.0 gpu\nroot 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu\n"

START_TEST(vcpus_far_from_the_gpus_get_memory_of_their_share)
{
	static const struct {
		struct hgx_plan_options options;
		unsigned cells[3]; /* in GiB; 0 ends */
		bool told;         /* of node 1 */
	} cases[] = {
		{ { .gpus = "0" }, { 28 }, false },
		{ { .gpus = "0", .vcpus = HGX_VCPUS_ALL }, { 14, 14 }, true },
		{ { .gpus = "0-1", .vcpus = HGX_VCPUS_ALL }, { 28, 28 }, true },
		{ { .gpus = "0", .vcpus = 14 }, { 14, 14 }, true },
		{ { .gpus = "0", .cpus = "6-9" }, { 14, 14 }, true },
		{ { .gpus = "0", .cpus = "9-10" }, { 28 }, true },
		{ { .gpus = "0", .cpus = "1-2" }, { 28 }, false },
		{ { .gpus = "0", .vcpus = HGX_VCPUS_ALL, .memory = 8 * GIB }, { 4, 4 }, true },
		{ { .gpus = "0", .memory = HGX_MEMORY_ALL }, { 56 }, false },
		{ { .gpus = "0", .vcpus = HGX_VCPUS_ALL, .memory = HGX_MEMORY_ALL }, { 56, 56 }, false },
		/* each node has a part */
		{ { .gpus = "1-2", .vcpus = HGX_VCPUS_ALL }, { 28, 56 }, false },
		/* a node cannot give more than it has for guests */
		{ { .gpus = "0,2", .vcpus = HGX_VCPUS_ALL, .cpus = "9-10" }, { 56 }, false },
		{ { .gpus = "0-1", .cpus = "9-10" }, { 56 }, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hgx_plan_options options = cases[i].options;
		struct hgx_topo *host = host_of(LOPSIDED);
		const struct hgx_finding *findings;
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		const char *text;
		size_t count, cell = 0;

		options.size = sizeof(options);
		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, cases[i].options.gpus);
		for (; cases[i].cells[cell]; cell++)
			ck_assert_msg(cell < plan->cell_count &&
				      plan->cells[cell].memory == cases[i].cells[cell] * GIB, "row %zu", i);
		ck_assert_uint_eq(plan->cell_count, cell);
		count = hgx_plan_findings(plan, &findings);
		text = finding_text(findings, count, "whole-host", "node1");
		ck_assert_msg(!text == !cases[i].told, "row %zu: %s", i, text ? text : "nothing");
		ck_assert(!text || strstr(text, " of node1, whose memory is the share of other GPUs"));
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

START_TEST(memory_beyond_the_share_is_told_and_within_it_is_not)
{
	static const struct { const char *gpus; uint64_t memory; const char *text; } cases[] = {
		{ "0", 28 * GIB, NULL }, { "1", 28 * GIB, NULL }, { "2", 56 * GIB, NULL },
		{ "0-1", 56 * GIB, NULL }, { NULL, 60 * GIB, NULL },
		{ "1", 29 * GIB, "the VM gets 29 GiB of node0, more than the 28 GiB that are the share of its "
				 "GPUs: VMs with other GPUs may find too little" },
		{ "0-1", 57 * GIB, "the VM gets 57 GiB of node0, more than the 56 GiB that are the share of its "
				   "GPUs: VMs with other GPUs may find too little" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .gpus = cases[i].gpus,
						    .memory = cases[i].memory };
		struct hgx_topo *host = host_of(LOPSIDED);
		const struct hgx_finding *findings;
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		const char *text;
		size_t count;

		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, cases[i].gpus);
		count = hgx_plan_findings(plan, &findings);
		text = finding_text(findings, count, "whole-host", NULL);
		ck_assert_msg(cases[i].text ? text && !strcmp(text, cases[i].text) : !text, "row %zu: %s", i,
			      text ? text : "nothing");
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

START_TEST(a_share_too_small_to_move_is_refused)
{
	struct hgx_topo *host = host_of("package 0\npackage 1\nnode 0 memory=3M\nnode 1 memory=64G\n"
					"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n"
					"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
					"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu\n");
	struct hgx_plan_options options = { .size = sizeof(options), .gpus = "0", .vcpus = HGX_VCPUS_ALL };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), HGX_REFUSED);
	ck_assert_str_eq(err.text, "the share of the VM's GPUs is 0 B of memory, too little for 2 NUMA nodes; "
				   "give memory");
	ck_assert_str_eq(err.rule, "memory-too-small");
	ck_assert_str_eq(err.option, "memory");
	hgx_topo_free(host);
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
		   vcpus_far_from_the_gpus_get_memory_of_their_share,
		   memory_beyond_the_share_is_told_and_within_it_is_not, a_share_too_small_to_move_is_refused,
		   the_pages_of_the_vms_beside_one_are_counted_in_full);
}
