/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NICs and drives for GPUs that the user named none for: which are near, what instead. */
#include "support.h"

#define CPUS "package 0\npackage 1\nnode 0 memory=64G distances=10,21\nnode 1 memory=64G distances=21,10\n" \
	"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n"
/* A GPU behind a switch with @inside, and farther NICs and a drive: of the same node, of the other. */
#define GPU(inside) CPUS \
	"root 0000:10 numa=0\n" \
	" 10:01.0 root-port\n" \
	"  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n" \
	"    13:00.0 gpu\n" inside \
	"root 0000:20 numa=0\n" \
	" 20:01.0 root-port\n" \
	"  21:00.0 nic\n" \
	" 20:02.0 root-port\n" \
	"  22:00.0 nvme\n" \
	"root 0000:30 numa=1\n" \
	" 30:01.0 root-port\n" \
	"  31:00.0 nic\n"
#define NIC "   12:01.0 switch-down\n    14:00.0 nic\n"
#define NIC_2 "   12:02.0 switch-down\n    15:00.0 nic\n"
#define DRIVE "   12:03.0 switch-down\n    16:00.0 nvme\n"
#define NESTED "   12:04.0 switch-down\n    17:00.0 switch-up\n     18:00.0 switch-down\n      19:00.0 nic\n"
/* A second GPU of the other node, without a switch; near 31:00.0 */
#define BARE_GPU " 30:02.0 root-port\n  32:00.0 gpu\n"

struct row {
	const char *lines;
	struct hgx_plan_options options;
	const char *chosen;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hgx_plan_options options = rows[i].options;
		struct hgx_topo *topo = host_of(rows[i].lines);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		char got[400] = "";

		options.size = sizeof(options);
		expect_fine(hgx_plan_new(&plan, topo, &options, &err), &err, rows[i].chosen);
		for (size_t c = 0; c < plan->chosen_count; c++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.5s", c ? " " : "",
				 plan->chosen[c]->name + 5);
		ck_assert_msg(!strcmp(got, rows[i].chosen), "row %zu: %s, not %s", i, got, rows[i].chosen);
		hgx_plan_free(plan);
		hgx_topo_free(topo);
	}
}

START_TEST(skipping_a_near_device_lets_no_farther_one_in)
{
	static const struct row rows[] = {
		{ GPU(NIC DRIVE), { 0 }, "13:00 14:00 16:00" },
		{ GPU(NIC DRIVE), { .skip = "14:00.0" }, "13:00 16:00" },
		{ GPU(NIC DRIVE), { .skip = "16:00.0" }, "13:00 14:00" },
		{ GPU(NIC DRIVE), { .skip = "14:00.0,16:00.0" }, "13:00" },
		{ GPU(NIC NIC_2 DRIVE), { .skip = "14:00.0" }, "13:00 15:00 16:00" },
		{ GPU(NIC NIC_2 DRIVE), { .skip = "14:00.0,15:00.0" }, "13:00 16:00" },
		{ GPU(NESTED DRIVE), { .skip = "19:00.0" }, "13:00 16:00" },
		/* --nics all neither leaves it out nor takes a farther one for it */
		{ GPU(NIC DRIVE), { .nics = "all", .skip = "14:00.0" }, "13:00 16:00 21:00 31:00" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(skipping_another_kind_or_a_far_device_leaves_the_nearest)
{
	static const struct row rows[] = {
		{ GPU(""), { 0 }, "13:00 21:00 22:00" },
		{ GPU(DRIVE), { 0 }, "13:00 16:00 21:00" },
		{ GPU(DRIVE), { .skip = "16:00.0" }, "13:00 21:00" },
		{ GPU(NIC), { .skip = "14:00.0" }, "13:00 22:00" },
		{ GPU(DRIVE), { .skip = "21:00.0" }, "13:00 16:00 31:00" },
		{ GPU(DRIVE), { .skip = "31:00.0" }, "13:00 16:00 21:00" },
		{ GPU(NIC DRIVE), { .skip = "21:00.0" }, "13:00 14:00 16:00" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(what_is_skipped_for_one_gpu_does_not_count_for_another)
{
	static const struct row rows[] = {
		{ GPU(NIC DRIVE) BARE_GPU, { 0 }, "13:00 14:00 16:00 31:00 32:00" },
		{ GPU(NIC DRIVE) BARE_GPU, { .skip = "14:00.0" }, "13:00 16:00 31:00 32:00" },
		/* without a switch none is near; one is the nearest */
		{ GPU(NIC DRIVE) BARE_GPU, { .skip = "31:00.0" }, "13:00 14:00 16:00 32:00" },
		{ GPU(DRIVE) BARE_GPU, { .skip = "31:00.0" }, "13:00 16:00 21:00 32:00" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* Two NICs as near as each other, the second faster or wider. */
#define EQUALLY_NEAR(first, second) CPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n" \
	" 10:02.0 root-port\n  12:00.0 nic link=" first "\n" \
	" 10:03.0 root-port\n  13:00.0 nic link=" second "\n"
/* By distance between NUMA nodes alone */
#define FAR(first, second) \
	"package 0\nnode 0 memory=64G distances=10,32,20\nnode 1 memory=64G distances=32,10,20\n" \
	"node 2 memory=64G distances=20,20,10\ncpus 0-7 package=0 node=0\ncpus 8-15 package=0 node=1\n" \
	"cpus 16-23 package=0 node=2\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n" \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 nic link=" first "\n" \
	"root 0000:30 numa=2\n 30:01.0 root-port\n  31:00.0 nic link=" second "\n"

START_TEST(of_equally_near_nics_the_faster_is_taken_and_of_others_the_nearer)
{
	static const struct row rows[] = {
		{ EQUALLY_NEAR("16x16", "16x16"), { 0 }, "11:00 12:00" },
		{ EQUALLY_NEAR("16x16", "32x16"), { 0 }, "11:00 13:00" },
		{ EQUALLY_NEAR("32x16", "16x16"), { 0 }, "11:00 12:00" },
		{ EQUALLY_NEAR("32x4", "16x16"), { 0 }, "11:00 13:00" },
		{ EQUALLY_NEAR("32x8", "16x16"), { 0 }, "11:00 12:00" },
		{ FAR("16x16", "16x16"), { 0 }, "11:00 31:00" },
		{ FAR("32x16", "5x1"), { 0 }, "11:00 31:00" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* Its id would catch the port that the host uses as well. */
START_TEST(a_gpu_does_not_fall_back_on_a_port_of_a_card_in_use)
{
#define CARD(use) CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n" \
	" 10:02.0 root-port\n  12:00.0 nic" use "\n  12:00.1 nic\n" \
	"root 0000:30 numa=1\n 30:01.0 root-port\n  31:00.0 nic\n"
	static const struct row rows[] = {
		{ CARD(""), { 0 }, "11:00 12:00" },
		{ CARD(" use=\"eno1 has the default route\""), { 0 }, "11:00 31:00" },
		{ CARD(" use=\"eno1 has the default route\""), { .nics = "12:00.1" }, "11:00 12:00" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* Two VMs: GPU A behind a switch with a NIC, GPU B without; and NICs for GPUs in rows. */
START_TEST(between_vms_a_farther_gpu_does_not_fall_back_on_a_near_nic)
{
#define BESIDE CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 nic\n" \
	" 10:02.0 root-port\n  15:00.0 gpu\n"
	static const struct row rows[] = {
		{ BESIDE, { .vms = 2, .vm = 1 }, "13:00 14:00" }, { BESIDE, { .vms = 2, .vm = 2 }, "15:00" },
		{ BESIDE, { 0 }, "13:00 14:00 15:00" }, { BESIDE, { .gpus = "1" }, "15:00" },
		{ BESIDE, { .gpus = "0" }, "13:00 14:00" }, { BESIDE, { .gpus = "1", .vf = 0, .nics = "14:00.0" }, "14:00 15:00" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

#define FOUR_GPUS CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 gpu\n" \
	"   12:02.0 switch-down\n    15:00.0 gpu\n   12:03.0 switch-down\n    16:00.0 gpu\n"
#define SWITCH_NIC(slot, bus) "   12:" #slot ".0 switch-down\n    " #bus ":00.0 nic\n"

/* Each VM gets the same number of NICs; what is left over, or would be for several, goes to none. */
START_TEST(nics_of_a_switch_are_dealt_out_to_its_vms_in_equal_numbers)
{
	static const struct { const char *lines, *by_vm[4]; unsigned vms; } rows[] = {
		{ FOUR_GPUS SWITCH_NIC(04, 17) SWITCH_NIC(05, 18) SWITCH_NIC(06, 19) SWITCH_NIC(07, 1a),
		  { "13:00 17:00", "14:00 18:00", "15:00 19:00", "16:00 1a:00" }, 4 },
		{ FOUR_GPUS SWITCH_NIC(04, 17) SWITCH_NIC(05, 18) SWITCH_NIC(06, 19) SWITCH_NIC(07, 1a),
		  { "13:00 14:00 17:00 18:00", "15:00 16:00 19:00 1a:00" }, 2 },
		{ FOUR_GPUS SWITCH_NIC(04, 17) SWITCH_NIC(05, 18) SWITCH_NIC(06, 19),
		  { "13:00 14:00 17:00", "15:00 16:00 18:00" }, 2 },
		{ FOUR_GPUS SWITCH_NIC(04, 17) SWITCH_NIC(05, 18), { "13:00", "14:00", "15:00", "16:00" }, 4 },
		{ FOUR_GPUS SWITCH_NIC(04, 17), { "13:00 14:00", "15:00 16:00" }, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned vm = 0; vm < rows[i].vms; vm++) {
			const struct row row = { rows[i].lines, { .vms = rows[i].vms, .vm = vm + 1 },
						 rows[i].by_vm[vm] };

			check_rows(&row, 1);
		}
}
END_TEST

/* How a near device is told that does not go to the VM, and a far one. */
START_TEST(what_is_missed_is_a_warning_and_what_is_far_a_note)
{
	static const struct { const char *lines, *skip, *node; int severity; } rows[] = {
		{ GPU("   12:01.0 switch-down\n    14:00.0 nic use=\"x\"\n"), NULL, "0000:14:00.0", HGX_WARNING },
		{ GPU("   12:03.0 switch-down\n    16:00.0 nvme use=\"x\"\n"), NULL, "0000:16:00.0", HGX_WARNING },
		{ GPU(NIC DRIVE), "14:00.0", "0000:14:00.0", HGX_NOTE },
		{ GPU(NIC DRIVE), NULL, "0000:31:00.0", HGX_NOTE },
		{ GPU(NIC DRIVE), NULL, "0000:22:00.0", HGX_NOTE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .skip = rows[i].skip };
		struct hgx_topo *topo = host_of(rows[i].lines);
		const struct hgx_finding *items;
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		size_t count;
		int severity = -1;

		expect_fine(hgx_plan_new(&plan, topo, &options, &err), &err, rows[i].node);
		count = hgx_plan_findings(plan, &items);
		for (size_t f = 0; f < count; f++)
			if (!strcmp(items[f].rule, "left-out") && items[f].node &&
			    !strcmp(items[f].node->name, rows[i].node))
				severity = items[f].severity;
		ck_assert_msg(severity == rows[i].severity, "row %zu: %d", i, severity);
		hgx_plan_free(plan);
		hgx_topo_free(topo);
	}
}
END_TEST

int main(void)
{
	return RUN("select near", skipping_a_near_device_lets_no_farther_one_in,
		   skipping_another_kind_or_a_far_device_leaves_the_nearest,
		   what_is_skipped_for_one_gpu_does_not_count_for_another,
		   of_equally_near_nics_the_faster_is_taken_and_of_others_the_nearer,
		   a_gpu_does_not_fall_back_on_a_port_of_a_card_in_use,
		   between_vms_a_farther_gpu_does_not_fall_back_on_a_near_nic,
		   nics_of_a_switch_are_dealt_out_to_its_vms_in_equal_numbers,
		   what_is_missed_is_a_warning_and_what_is_far_a_note);
}
