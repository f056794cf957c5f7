/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which virtual function of a NIC a VM gets. */
#include "support.h"

#define CPUS "package 0\nnode 0 memory=64G\ncpus 0-31 package=0 node=0\n"
/* A switch at @up: with two GPUs, a NIC of two virtual functions */
#define SWITCH(root, up, down, gpu1, gpu2, nic) \
	"root 0000:" root " numa=0\n " root ":01.0 root-port\n  " up ":00.0 switch-up\n" \
	"   " down ":00.0 switch-down\n    " gpu1 ":00.0 gpu\n" \
	"   " down ":01.0 switch-down\n    " gpu2 ":00.0 gpu\n" \
	"   " down ":02.0 switch-down\n    " nic ":00.0 nic sriov=8:2\n" \
	"    " nic ":00.1 nic pf=0000:" nic ":00.0\n    " nic ":00.2 nic pf=0000:" nic ":00.0\n"
#define BOARD CPUS \
	SWITCH("10", "11", "12", "13", "14", "15") SWITCH("20", "21", "22", "23", "24", "25") \
	SWITCH("30", "31", "32", "33", "34", "35") SWITCH("40", "41", "42", "43", "44", "45")

struct row {
	struct hgx_plan_options options;
	const char *chosen;
};

static void check_rows(const char *lines, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hgx_plan_options options = rows[i].options;
		struct hgx_topo *topo = host_of(lines);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		char got[400] = "";

		options.size = sizeof(options);
		options.vf = 1;
		expect_fine(hgx_plan_new(&plan, topo, &options, &err), &err, rows[i].chosen);
		for (size_t c = 0; c < plan->chosen_count; c++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", c ? " " : "",
				 plan->chosen[c]->name + 5);
		ck_assert_msg(!strcmp(got, rows[i].chosen), "row %zu: %s, not %s", i, got, rows[i].chosen);
		hgx_plan_free(plan);
		hgx_topo_free(topo);
	}
}

/* Partitions 7 to 14 are the modules 1 to 8 alone; here module 1 is GPU 0, and so on. */
#define MODULE(number) { .partition = number, .module_ids = "0,1,2,3,4,5,6,7" }

START_TEST(in_a_partition_the_gpus_of_the_nic_count_and_no_others)
{
	static const struct row rows[] = {
		{ MODULE("7"), "13:00.0 15:00.1" }, { MODULE("8"), "14:00.0 15:00.2" },
		{ MODULE("9"), "23:00.0 25:00.1" }, { MODULE("10"), "24:00.0 25:00.2" },
		{ MODULE("13"), "43:00.0 45:00.1" }, { MODULE("14"), "44:00.0 45:00.2" },
		{ { .partition = "7", .module_ids = "7,6,5,4,3,2,1,0" }, "44:00.0 45:00.2" },
	};

	check_rows(BOARD, rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(a_vm_by_itself_leaves_functions_to_the_gpus_before_its_own)
{
	static const struct row rows[] = {
		{ { .gpus = "0" }, "13:00.0 15:00.1" }, { { .gpus = "1" }, "14:00.0 15:00.2" },
		{ { .gpus = "2" }, "23:00.0 25:00.1" }, { { .gpus = "3" }, "24:00.0 25:00.2" },
		{ { .gpus = "0,1" }, "13:00.0 14:00.0 15:00.1" },
		{ { .gpus = "1,2" }, "14:00.0 15:00.2 23:00.0 25:00.1" },
	};

	check_rows(BOARD, rows, ARRAY_SIZE(rows));
}
END_TEST

/* One switch whose GPU comes last, and the only NIC behind it: farther GPUs fall back on it. */
#define LAST_NEAR CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n" \
	"  12:00.0 gpu\nroot 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 switch-up\n" \
	"   22:00.0 switch-down\n    23:00.0 gpu\n   22:01.0 switch-down\n    24:00.0 nic sriov=8:4\n" \
	"    24:00.1 nic pf=0000:24:00.0\n    24:00.2 nic pf=0000:24:00.0\n" \
	"    24:00.3 nic pf=0000:24:00.0\n    24:00.4 nic pf=0000:24:00.0\n"

START_TEST(near_and_far_gpus_count_in_one_order)
{
	static const struct row rows[] = {
		{ { .gpus = "2" }, "23:00.0 24:00.1" }, { { .gpus = "0" }, "11:00.0 24:00.2" },
		{ { .gpus = "1" }, "12:00.0 24:00.3" }, { { .gpus = "0-1" }, "11:00.0 12:00.0 24:00.2" },
		{ { .gpus = "0,2" }, "11:00.0 23:00.0 24:00.1" }, { { 0 }, "11:00.0 12:00.0 23:00.0 24:00.1" },
	};

	check_rows(LAST_NEAR, rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(a_function_that_is_added_or_skipped_is_not_handed_out_again)
{
	static const struct row rows[] = {
		{ { .gpus = "0", .add = "15:00.1" }, "13:00.0 15:00.1 15:00.2" },
		{ { .gpus = "0", .add = "15:00.2" }, "13:00.0 15:00.1 15:00.2" },
		{ { .gpus = "0", .skip = "15:00.1" }, "13:00.0 15:00.2" },
		{ { .gpus = "0", .skip = "15:00.2" }, "13:00.0 15:00.1" },
	};

	check_rows(BOARD, rows, ARRAY_SIZE(rows));
}
END_TEST

#define NIC(slot, bus) "   12:" #slot ".0 switch-down\n    " #bus ":00.0 nic sriov=8:2\n" \
	"    " #bus ":00.1 nic pf=0000:" #bus ":00.0\n    " #bus ":00.2 nic pf=0000:" #bus ":00.0\n"

START_TEST(fewer_nics_than_vms_are_shared_by_as_many_vms_each)
{
	static const char lines[] = CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
		"   12:00.0 switch-down\n    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 gpu\n"
		"   12:02.0 switch-down\n    15:00.0 gpu\n   12:03.0 switch-down\n    16:00.0 gpu\n"
		NIC(04, 17) NIC(05, 18);
	static const struct row rows[] = {
		{ { .vms = 4, .vm = 1 }, "13:00.0 17:00.1" }, { { .vms = 4, .vm = 2 }, "14:00.0 17:00.2" },
		{ { .vms = 4, .vm = 3 }, "15:00.0 18:00.1" }, { { .vms = 4, .vm = 4 }, "16:00.0 18:00.2" },
		{ { .vms = 2, .vm = 2 }, "15:00.0 16:00.0 18:00.0" },
	};

	check_rows(lines, rows, ARRAY_SIZE(rows));
}
END_TEST

int main(void)
{
	return RUN("select vf", in_a_partition_the_gpus_of_the_nic_count_and_no_others,
		   a_vm_by_itself_leaves_functions_to_the_gpus_before_its_own,
		   near_and_far_gpus_count_in_one_order,
		   a_function_that_is_added_or_skipped_is_not_handed_out_again,
		   fewer_nics_than_vms_are_shared_by_as_many_vms_each);
}
