/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices a VM gets, and why it does not get the others. */
#include "support.h"

#define CPUS "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"

static void check_chosen(const char *lines, const char *expected)
{
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	char got[1024] = "";

	for (size_t i = 0; i < plan->chosen_count; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
			 plan->chosen[i]->name);
	ck_assert_msg(!strcmp(got, expected), "expected %s\n     got %s\n%s", expected, got, lines);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}

/* The finding of a rule about a node; NULL: about the machine. */
static void check_told(const char *lines, const char *rule, const char *node, const char *expected)
{
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	const char *got = finding_text(plan->findings.items, plan->findings.count, rule, node);

	ck_assert_msg(expected ? got && !strcmp(got, expected) : !got, "expected %s\n     got %s",
		      expected ? expected : "nothing", got ? got : "nothing");
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}

static void check_no_plan(const char *lines, const char *text)
{
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan *plan = (struct hgx_plan *)topo;
	struct hgx_error err = { 0 };

	expect_error(hgx_plan_new(&plan, topo, NULL, &err), &err, HGX_REFUSED, text);
	ck_assert_ptr_null(plan);
	hgx_topo_free(topo);
}

/* A GPU, a NIC and a drive on a switch, the same again elsewhere, and the host's own devices. */
#define PLAIN CPUS \
	"root 0000:00 numa=0\n" \
	" 00:1f.0 other\n" \
	" 00:01.0 root-port\n" \
	"  01:00.0 nic group=1 use=\"eno1 has the default route\"\n" \
	" 00:02.0 root-port\n" \
	"  02:00.0 nvme group=2\n" \
	"root 0000:10 numa=0\n" \
	" 10:01.0 root-port\n" \
	"  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n" \
	"    13:00.0 gpu group=3\n" \
	"   12:01.0 switch-down\n" \
	"    14:00.0 nic group=4\n" \
	"    14:00.1 nic pf=0000:14:00.0 group=5\n" \
	"   12:02.0 switch-down\n" \
	"    15:00.0 nvme group=6\n" \
	"   12:1f.0 switch-down\n" \
	"    16:00.0 other group=7 use=\"it manages the PCIe switch\"\n" \
	"root 0000:20 numa=0\n" \
	" 20:01.0 root-port\n" \
	"  21:00.0 switch-up\n" \
	"   22:00.0 switch-down\n" \
	"    23:00.0 nic group=8\n"

START_TEST(a_vm_gets_the_gpus_and_what_shares_a_switch_with_one)
{
	check_chosen(PLAIN, "0000:13:00.0 0000:14:00.0 0000:15:00.0");
}
END_TEST

START_TEST(a_device_away_from_the_gpus_stays_and_is_reported)
{
	check_told(PLAIN, "left-out", "0000:23:00.0", "left out: NIC 0000:23:00.0 (15b3:1021): it shares "
		   "no PCIe switch with a GPU of the VM");
	check_told(PLAIN, "left-out", "0000:02:00.0", "left out: NVMe drive 0000:02:00.0 (1344:51c3): it "
		   "shares no PCIe switch with a GPU of the VM");
}
END_TEST

START_TEST(a_device_the_host_needs_stays_with_its_reason)
{
	check_told(PLAIN, "left-out", "0000:01:00.0", "left out: NIC 0000:01:00.0 (15b3:1021): the host "
		   "needs it (eno1 has the default route)");
	check_told(PLAIN, "left-out", "0000:16:00.0", "left out: device 0000:16:00.0 (1000:00b2): the "
		   "host needs it (it manages the PCIe switch)");
}
END_TEST

START_TEST(virtual_functions_and_the_chipset_are_reported_in_one_line_each)
{
	check_told(PLAIN, "left-out-virtual", NULL, "left out: 1 virtual function");
	check_told(PLAIN, "left-out-chipset", NULL, "left out: 1 other function: chipset and management, "
		   "not GPUs, NICs, NVMe drives or NVSwitches");
	check_told(PLAIN, "left-out", "0000:14:00.1", NULL);
}
END_TEST

START_TEST(nested_switches_are_one_group)
{
	check_chosen(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
		     "   12:00.0 switch-down\n    13:00.0 nic\n   12:01.0 switch-down\n"
		     "    14:00.0 switch-up\n     15:00.0 switch-down\n      16:00.0 gpu\n",
		     "0000:13:00.0 0000:16:00.0");
}
END_TEST

START_TEST(a_gpu_with_nothing_behind_its_switch_gets_the_nearest_nic)
{
	static const char lines[] = CPUS "root 0000:08 numa=0\n 08:01.0 root-port\n  09:00.0 nic\n"
		"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
		" 10:02.0 root-port\n  12:00.0 nic\n";

	check_chosen(lines, "0000:11:00.0 0000:12:00.0");
	check_told(lines, "far-device", "0000:12:00.0", "NIC 0000:12:00.0 (15b3:1021) goes to the VM "
		   "although it shares no PCIe switch with a GPU: it is the nearest to GPU 0000:11:00.0 "
		   "(PHB)");
}
END_TEST

START_TEST(the_audio_function_of_a_gpu_comes_along)
{
	check_chosen(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
		     "  11:00.1 other class=040300\n", "0000:11:00.0 0000:11:00.1");
}
END_TEST

START_TEST(the_other_ports_of_a_nic_do_not_come_along_by_themselves)
{
	check_chosen(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
		     "   12:00.0 switch-down\n    13:00.0 gpu\n   12:01.0 switch-down\n"
		     "    14:00.0 nic\n    14:00.1 other\n", "0000:13:00.0 0000:14:00.0");
}
END_TEST

START_TEST(the_rest_of_an_iommu_group_comes_along)
{
	check_chosen(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=9\n"
		     " 10:02.0 root-port\n  12:00.0 nic group=9\n  12:00.1 other group=9\n"
		     " 10:03.0 root-port\n  13:00.0 nic group=10\n",
		     "0000:11:00.0 0000:12:00.0 0000:12:00.1");
}
END_TEST

START_TEST(a_group_reached_through_a_companion_comes_along_too)
{
	check_chosen(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n"
		     "  11:00.1 other group=2\n 10:02.0 root-port\n  12:00.0 other group=2\n",
		     "0000:11:00.0 0000:11:00.1 0000:12:00.0");
	check_chosen(CPUS "root 0000:08 numa=0\n 08:01.0 root-port\n  09:00.0 other group=2\n"
		     "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n"
		     "  11:00.1 other group=2\n", "0000:09:00.0 0000:11:00.0 0000:11:00.1");
}
END_TEST

#define SHARED CPUS \
	"root 0000:10 numa=0\n" \
	" 10:01.0 root-port\n" \
	"  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n" \
	"    13:00.0 gpu group=1\n" \
	"   12:1f.0 switch-down\n" \
	"    14:00.0 other group=1 use=\"it manages the PCIe switch\"\n"
#define WHY_GROUP(device) device " its IOMMU group 1 also holds device 0000:14:00.0 (1000:00b2), " \
	"which the host needs (it manages the PCIe switch), and a group can only be assigned as a " \
	"whole; enable ACS on the ports between them"
#define FREE_GPU "root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 gpu group=2\n"

START_TEST(a_gpu_in_a_group_with_the_management_of_its_switch_stays)
{
	check_chosen(SHARED FREE_GPU, "0000:21:00.0");
	check_told(SHARED FREE_GPU, "left-out", "0000:13:00.0",
		   WHY_GROUP("left out: GPU 0000:13:00.0 (10de:2335):"));
}
END_TEST

START_TEST(a_nic_whose_only_gpu_stays_stays_too)
{
	check_chosen(SHARED "   12:02.0 switch-down\n    15:00.0 nic group=3\n" FREE_GPU
		     " 20:02.0 root-port\n  22:00.0 nic group=4\n", "0000:21:00.0 0000:22:00.0");
}
END_TEST

START_TEST(nvswitches_come_with_all_gpus)
{
	check_chosen(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
		     " 10:02.0 root-port\n  12:00.0 nvswitch\n"
		     " 10:03.0 root-port\n  13:00.0 gpu pf=0000:11:00.0\n", "0000:11:00.0 0000:12:00.0");
}
END_TEST

START_TEST(nvswitches_stay_if_a_gpu_stays)
{
	static const char kept[] = SHARED "   12:02.0 switch-down\n    15:00.0 nvswitch group=3\n"
				   FREE_GPU;

	check_chosen(kept, "0000:21:00.0");
	check_told(kept, "left-out", "0000:15:00.0", "left out: NVSwitch 0000:15:00.0 (10de:22a3): GPU "
		   "0000:13:00.0 is not in the VM, so the host's Fabric Manager keeps the NVSwitches");
}
END_TEST

START_TEST(a_device_without_a_group_stays_if_others_have_one)
{
	static const char some[] = CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
				   FREE_GPU;

	check_told(some, "left-out", "0000:11:00.0",
		   "left out: GPU 0000:11:00.0 (10de:2335): it has no IOMMU group, so it cannot be "
		   "assigned; check that the firmware's DMAR or IVRS table covers its root bus");
	check_told(some, "left-out", "0000:21:00.0", NULL);
	check_chosen(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n", "0000:11:00.0");
}
END_TEST

START_TEST(a_name_is_shown_if_the_database_has_one)
{
	check_told(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n"
		   "  12:00.0 nic\n 10:03.0 root-port\n  13:00.0 nic name=\"ConnectX-7\"\n", "left-out",
		   "0000:13:00.0",
		   "left out: NIC 0000:13:00.0 (ConnectX-7): it shares no PCIe switch with a GPU of the VM");
}
END_TEST

/* Two GPUs below one switch, the first with two virtual functions, the second with none. */
#define SHARED_GPUS CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu id=" MAKER "74a1 sriov=2:2 group=1\n" \
	"    13:00.1 gpu id=" MAKER "74b5 pf=0000:13:00.0 group=2\n" \
	"    13:00.2 gpu id=" MAKER "74b5 pf=0000:13:00.0 group=3\n" \
	"   12:01.0 switch-down\n    14:00.0 gpu id=" MAKER "74a1 sriov=2:0 group=4\n"

START_TEST(virtual_functions_of_amds_gpus_are_the_gpus)
{
#define MAKER "1002:"
	check_chosen(SHARED_GPUS, "0000:13:00.1 0000:13:00.2 0000:14:00.0");
	check_told(SHARED_GPUS, "left-out", "0000:13:00.0", "left out: GPU 0000:13:00.0 (1002:74a1): its "
		   "virtual functions are GPUs of their own and would vanish with it");
	check_told(SHARED_GPUS, "functions-vanish", NULL, NULL);
	check_told(SHARED_GPUS, "left-out-virtual", NULL, NULL);
#undef MAKER
#define MAKER "10de:"
	check_chosen(SHARED_GPUS, "0000:13:00.0 0000:14:00.0");
	check_told(SHARED_GPUS, "left-out-virtual", NULL, "left out: 2 virtual functions");
#undef MAKER
}
END_TEST

#define MAKER "1002:"
START_TEST(virtual_functions_are_numbered_and_named_as_gpus)
{
	static const struct { const char *gpus, *chosen, *refused; } rows[] = {
		{ "0", "0000:13:00.1", NULL }, { "1-2", "0000:13:00.2 0000:14:00.0", NULL },
		{ "13:00.2", "0000:13:00.2", NULL },
		{ "13:00.0", NULL, "gpus: GPU 0000:13:00.0 (1002:74a1) cannot be assigned: its virtual "
		  "functions are GPUs of their own and would vanish with it; free it first, or leave it out" },
		{ "3", NULL, "gpus: there is no GPU 3: this host has 3, numbered 0 to 2 in address order" },
	};
	struct hgx_topo *topo = host_of(SHARED_GPUS);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .gpus = rows[i].gpus };
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		char got[256] = "";
		int code = hgx_plan_new(&plan, topo, &options, &err);

		ck_assert_int_eq(code != HGX_OK, rows[i].refused != NULL);
		if (rows[i].refused) {
			ck_assert_str_eq(err.text, rows[i].refused);
			continue;
		}
		for (size_t j = 0; j < plan->chosen_count; j++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", j ? " " : "",
				 plan->chosen[j]->name);
		ck_assert_str_eq(got, rows[i].chosen);
		hgx_plan_free(plan);
	}
	hgx_topo_free(topo);
}
END_TEST

START_TEST(without_a_gpu_there_is_no_plan)
{
	check_no_plan(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 nic\n",
		      "this machine has no GPU; there is nothing to assign");
	check_no_plan(CPUS, "this machine has no GPU; there is nothing to assign");
}
END_TEST

START_TEST(without_a_free_gpu_there_is_no_plan_and_the_reason_is_given)
{
	check_no_plan(SHARED, WHY_GROUP("no GPU can be assigned: GPU 0000:13:00.0 (10de:2335):"));
	check_no_plan(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n"
		      "  11:00.0 gpu use=\"the console of the host: boot_vga is 1\"\n",
		      "no GPU can be assigned: GPU 0000:11:00.0 (10de:2335): the host needs it (the "
		      "console of the host: boot_vga is 1)");
	check_no_plan(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 other\n"
		      "  11:00.1 gpu pf=0000:11:00.0\n", "no GPU can be assigned: GPU 0000:11:00.1 "
		      "(10de:2335): it is a virtual function of 0000:11:00.0");
}
END_TEST

START_TEST(the_built_in_machine_gives_its_gpus_nics_drives_and_nvswitches)
{
	unsigned kinds[HGX_OTHER + 1] = { 0 };
	struct hgx_topo *topo;
	struct hgx_plan *plan;

	ck_assert_int_eq(hgx_topo_from_example(&topo, "hgx-h200", NULL), HGX_OK);
	plan = plan_of(topo, 0, 0);
	for (size_t i = 0; i < plan->chosen_count; i++)
		kinds[plan->chosen[i]->kind]++;
	ck_assert_uint_eq(kinds[HGX_GPU], 8);
	ck_assert_uint_eq(kinds[HGX_NIC], 8);
	ck_assert_uint_eq(kinds[HGX_NVME], 8);
	ck_assert_uint_eq(kinds[HGX_NVSWITCH], 4);
	ck_assert_uint_eq(plan->chosen_count, 28);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

int main(void)
{
	return RUN("select", a_vm_gets_the_gpus_and_what_shares_a_switch_with_one,
		   a_device_away_from_the_gpus_stays_and_is_reported,
		   a_device_the_host_needs_stays_with_its_reason,
		   virtual_functions_and_the_chipset_are_reported_in_one_line_each,
		   nested_switches_are_one_group, a_gpu_with_nothing_behind_its_switch_gets_the_nearest_nic,
		   the_audio_function_of_a_gpu_comes_along,
		   the_other_ports_of_a_nic_do_not_come_along_by_themselves,
		   the_rest_of_an_iommu_group_comes_along,
		   a_group_reached_through_a_companion_comes_along_too,
		   a_gpu_in_a_group_with_the_management_of_its_switch_stays,
		   a_nic_whose_only_gpu_stays_stays_too, nvswitches_come_with_all_gpus,
		   nvswitches_stay_if_a_gpu_stays,
		   a_device_without_a_group_stays_if_others_have_one,
		   a_name_is_shown_if_the_database_has_one,
		   virtual_functions_of_amds_gpus_are_the_gpus,
		   virtual_functions_are_numbered_and_named_as_gpus, without_a_gpu_there_is_no_plan,
		   without_a_free_gpu_there_is_no_plan_and_the_reason_is_given,
		   the_built_in_machine_gives_its_gpus_nics_drives_and_nvswitches);
}
