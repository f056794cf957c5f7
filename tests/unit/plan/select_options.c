/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices as the user names them: each way to choose, each refusal with its message. */
#include "support.h"

#define CPUS "package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" \
	"node 0 memory=64G distances=10,21\nnode 1 memory=64G distances=21,10\n" \
	"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n"

/* On each of two nodes a switch with two GPUs, two NICs and a drive; also a NIC and a drive of
 * the host, an NVSwitch, and a NIC far away. */
#define BOX CPUS \
	"root 0000:00 numa=0\n" \
	" 00:01.0 root-port\n" \
	"  01:00.0 nic group=1 use=\"eno1 has the default route\"\n" \
	" 00:02.0 root-port\n" \
	"  02:00.0 nic group=2\n" \
	" 00:03.0 root-port\n" \
	"  03:00.0 nvswitch group=3\n" \
	"root 0000:10 numa=0\n" \
	" 10:01.0 root-port\n" \
	"  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n" \
	"    13:00.0 gpu group=4\n" \
	"   12:01.0 switch-down\n" \
	"    14:00.0 gpu group=5\n" \
	"   12:02.0 switch-down\n" \
	"    15:00.0 nic group=6\n" \
	"   12:03.0 switch-down\n" \
	"    16:00.0 nic group=7\n" \
	"   12:04.0 switch-down\n" \
	"    17:00.0 nvme group=8\n" \
	"root 0000:20 numa=1\n" \
	" 20:01.0 root-port\n" \
	"  21:00.0 switch-up\n" \
	"   22:00.0 switch-down\n" \
	"    23:00.0 gpu group=9\n" \
	"   22:01.0 switch-down\n" \
	"    24:00.0 gpu group=10\n" \
	"   22:02.0 switch-down\n" \
	"    25:00.0 nic group=11\n" \
	"   22:03.0 switch-down\n" \
	"    26:00.0 nic group=12\n" \
	"   22:04.0 switch-down\n" \
	"    27:00.0 nvme group=13\n" \
	"   22:05.0 switch-down\n" \
	"    28:00.0 other group=14\n"

struct row {
	const char *lines;
	struct hgx_plan_options options;
	const char *chosen; /* addresses without domain and function; or the refusal: */
	int code;
	const char *text;
};

static void check_row(const struct row *row)
{
	struct hgx_topo *topo = host_of(row->lines);
	struct hgx_plan_options options = row->options;
	struct hgx_plan *plan = (struct hgx_plan *)topo;
	struct hgx_error err = { 0 };
	char got[1024] = "";
	int code;

	options.size = sizeof(options);
	code = hgx_plan_new(&plan, topo, &options, &err);
	if (row->text) {
		expect_error(code, &err, row->code, row->text);
		ck_assert_ptr_null(plan);
	} else {
		expect_fine(code, &err, row->chosen);
		for (size_t i = 0; i < plan->chosen_count; i++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
				 plan->chosen[i]->name + 5);
		ck_assert_str_eq(got, row->chosen);
	}
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}

#define CHOSEN(list, ...) { BOX, { __VA_ARGS__ }, list, 0, NULL }
#define REFUSED(code, text, ...) { BOX, { __VA_ARGS__ }, NULL, code, text }
#define BOX_0 "15:00.0 16:00.0 17:00.0"
/* what comes with the first GPU if the second is not in the VM */
#define BOX_OF_0 "15:00.0 17:00.0"
#define BOX_1 "25:00.0 26:00.0 27:00.0"

START_TEST(gpus_are_chosen_by_number_range_and_address)
{
	static const struct row rows[] = {
		CHOSEN("03:00.0 13:00.0 14:00.0 " BOX_0 " 23:00.0 24:00.0 " BOX_1, .gpus = NULL),
		CHOSEN("03:00.0 13:00.0 14:00.0 " BOX_0 " 23:00.0 24:00.0 " BOX_1, .gpus = "all"),
		CHOSEN("03:00.0 13:00.0 14:00.0 " BOX_0 " 23:00.0 24:00.0 " BOX_1, .gpus = "0-3"),
		CHOSEN("14:00.0 16:00.0", .gpus = "1"),
		CHOSEN("14:00.0 16:00.0 23:00.0 25:00.0 27:00.0", .gpus = "1-2"),
		CHOSEN("13:00.0 14:00.0 " BOX_0, .gpus = "0-1"),
		CHOSEN("13:00.0 " BOX_OF_0 " 24:00.0 26:00.0", .gpus = "3,0"),
		CHOSEN("13:00.0 " BOX_OF_0 " 24:00.0 26:00.0", .gpus = "24:00.0,0000:13:00.0"),
		CHOSEN("13:00.0 " BOX_OF_0 " 24:00.0 26:00.0", .gpus = "24:00.0,0"),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(nics_and_drives_are_chosen_near_all_none_and_by_address)
{
	static const struct row rows[] = {
		CHOSEN("13:00.0 " BOX_OF_0, .gpus = "0", .nics = "near", .nvme = "near"),
		CHOSEN("13:00.0", .gpus = "0", .nics = "none", .nvme = "none"),
		CHOSEN("13:00.0 17:00.0", .gpus = "0", .nics = "none"),
		CHOSEN("02:00.0 13:00.0 15:00.0 16:00.0 25:00.0 26:00.0", .gpus = "0", .nics = "all",
		       .nvme = "none"),
		CHOSEN("13:00.0 15:00.0 17:00.0 27:00.0", .gpus = "0", .nvme = "all"),
		CHOSEN("02:00.0 13:00.0 26:00.0", .gpus = "0", .nics = "26:00.0,02:00.0", .nvme = "none"),
		CHOSEN("13:00.0 27:00.0", .gpus = "0", .nics = "none", .nvme = "27:00.0"),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(devices_are_added_and_left_out_by_address)
{
	static const struct row rows[] = {
		CHOSEN("02:00.0 13:00.0 " BOX_OF_0, .gpus = "0", .add = "02:00.0"),
		CHOSEN("13:00.0 " BOX_OF_0 " 28:00.0", .gpus = "0", .add = "28:00.0"),
		CHOSEN("13:00.0 16:00.0 17:00.0", .gpus = "0", .skip = "15:00.0"),
		CHOSEN("14:00.0 " BOX_0 " 23:00.0 24:00.0 " BOX_1, .skip = "13:00.0"),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(nvswitches_go_to_the_vm_with_every_gpu_or_as_asked)
{
	static const struct row rows[] = {
		CHOSEN("03:00.0 13:00.0 14:00.0 23:00.0 24:00.0", .nics = "none", .nvme = "none"),
		CHOSEN("13:00.0 14:00.0 23:00.0 24:00.0", .nics = "none", .nvme = "none",
		       .nvswitch = HGX_NVSWITCH_NONE),
		CHOSEN("13:00.0 14:00.0 23:00.0", .nics = "none", .nvme = "none", .gpus = "0-2"),
		CHOSEN("03:00.0 13:00.0", .nics = "none", .nvme = "none", .gpus = "0",
		       .nvswitch = HGX_NVSWITCH_ALL),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

#define NIC(address) "NIC 0000:" address " (15b3:1021)"
#define NO_HELP "not an address such as 0000:19:00.0, a number or a range such as 0-3"

START_TEST(what_cannot_be_chosen_is_refused_with_the_reason)
{
	static const struct row rows[] = {
		REFUSED(HGX_REFUSED, "add: " NIC("01:00.0") " cannot be assigned: the host needs it (eno1 "
			"has the default route); free it first, or leave it out", .add = "01:00.0"),
		REFUSED(HGX_REFUSED, "nics: " NIC("01:00.0") " cannot be assigned: the host needs it (eno1 "
			"has the default route); free it first, or leave it out", .nics = "15:00.0,01:00.0"),
		REFUSED(HGX_MISSING, "add: there is no device 0000:99:00.0 on this host", .add = "99:00.0"),
		REFUSED(HGX_MISSING, "gpus: there is no device 0001:13:00.0 on this host", .gpus = "0001:13:00.0"),
		REFUSED(HGX_MISSING, "gpus: there is no GPU 4: this host has 4, numbered 0 to 3 in address "
			"order", .gpus = "4"),
		REFUSED(HGX_MISSING, "gpus: there is no GPU 4: this host has 4, numbered 0 to 3 in address "
			"order", .gpus = "0-4294967295"),
		REFUSED(HGX_INVALID, "gpus: 0000:13:00.0 is named twice", .gpus = "0,0"),
		REFUSED(HGX_INVALID, "gpus: 0000:13:00.0 is named twice", .gpus = "0-1,13:00.0"),
		REFUSED(HGX_INVALID, "add: 0000:02:00.0 is named twice", .nics = "02:00.0", .add = "02:00.0"),
		REFUSED(HGX_INVALID, "skip: 0000:02:00.0 is named twice", .skip = "02:00.0,0000:02:00.0"),
		REFUSED(HGX_INVALID, "gpus names 0000:14:00.0, which skip leaves out", .gpus = "0-1",
			.skip = "14:00.0"),
		REFUSED(HGX_INVALID, "add names 0000:02:00.0, which skip leaves out", .add = "02:00.0",
			.skip = "02:00.0"),
		REFUSED(HGX_REFUSED, "add: switch downstream port 0000:12:00.0 (1000:c030) is a bridge, "
			"which cannot be assigned: the guest gets an emulated one; name the devices behind "
			"it", .add = "12:00.0"),
		REFUSED(HGX_INVALID, "nics: GPU 0000:13:00.0 (10de:2335) is not a NIC; add takes devices "
			"of any kind", .nics = "13:00.0"),
		REFUSED(HGX_INVALID, "add: GPU 0000:14:00.0 (10de:2335) is a GPU; name the GPUs of a VM "
			"with gpus", .gpus = "0", .add = "14:00.0"),
		REFUSED(HGX_INVALID, "gpus: the range '2-1' ends before it begins", .gpus = "2-1"),
		REFUSED(HGX_INVALID, "gpus: '-1' is " NO_HELP, .gpus = "-1"),
		REFUSED(HGX_INVALID, "gpus: '1-' is " NO_HELP, .gpus = "1-"),
		REFUSED(HGX_INVALID, "gpus: '1x' is " NO_HELP, .gpus = "1x"),
		REFUSED(HGX_INVALID, "gpus: '' is not a list of devices separated by commas", .gpus = ""),
		REFUSED(HGX_INVALID, "gpus: '1,' is not a list of devices separated by commas", .gpus = "1,"),
		REFUSED(HGX_INVALID, "gpus takes all, none, numbers such as 0-3, names or addresses",
			.gpus = "near"),
		REFUSED(HGX_INVALID, "a VM without GPUs (gpus = \"none\") has no share of the host; give vcpus "
			"and memory, or base", .gpus = "none", .vcpus = 4),
		REFUSED(HGX_INVALID, "gpus = \"none\": VMs are divided by their GPUs; leave out vms",
			.gpus = "none", .vms = 2, .vm = 1),
		REFUSED(HGX_INVALID, "nics: GPU 0000:13:00.0 (10de:2335) is not a NIC; add takes devices of "
			"any kind", .nics = "0"),
		REFUSED(HGX_REFUSED, "no GPU can be assigned: GPU 0000:13:00.0 (10de:2335): skip leaves it "
			"out", .skip = "13:00.0,14:00.0,23:00.0,24:00.0"),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* A NIC and a drive in one IOMMU group; a GPU with a NIC whose virtual function is in use. */
#define GROUPS CPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu group=4\n" \
	"   12:01.0 switch-down\n    14:00.0 nic group=5\n" \
	"   12:02.0 switch-down\n    15:00.0 nvme group=5\n"

START_TEST(half_an_iommu_group_is_refused)
{
	static const struct row rows[] = {
		{ GROUPS, { .gpus = "all" }, "13:00.0 14:00.0 15:00.0", 0, NULL },
		{ GROUPS, { .nics = "none", .nvme = "none" }, "13:00.0", 0, NULL },
		{ GROUPS, { .nvme = "none" }, NULL, HGX_REFUSED, NIC("14:00.0") " is in IOMMU group 5 "
		  "together with NVMe drive 0000:15:00.0 (1344:51c3), which is not in the VM (none were "
		  "asked for), but a group can only be assigned as a whole; take both (add = "
		  "\"0000:15:00.0\"), leave out both (skip = \"0000:14:00.0\"), or enable ACS on the ports "
		  "between them" },
		{ GROUPS, { .skip = "15:00.0" }, NULL, HGX_REFUSED, NIC("14:00.0") " is in IOMMU group 5 "
		  "together with NVMe drive 0000:15:00.0 (1344:51c3), which is not in the VM (skip leaves "
		  "it out), but a group can only be assigned as a whole; take both (add = "
		  "\"0000:15:00.0\"), leave out both (skip = \"0000:14:00.0\"), or enable ACS on the ports "
		  "between them" },
		{ GROUPS, { .nvme = "none", .add = "15:00.0" }, "13:00.0 14:00.0 15:00.0", 0, NULL },
		{ GROUPS, { .skip = "14:00.0,15:00.0" }, "13:00.0", 0, NULL },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

#define USED_FUNCTION CPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=4\n" \
	" 10:02.0 root-port\n  12:00.0 nic group=4 sriov=8:1\n" \
	"  12:00.1 nic pf=0000:12:00.0 group=5 use=\"ens1v0 has an IPv4 address\"\n" \
	" 10:03.0 root-port\n  13:00.0 gpu group=6\n"

START_TEST(a_group_whose_nic_has_a_function_in_use_stays)
{
	static const struct row row = { USED_FUNCTION, { .nics = "none" }, "13:00.0", 0, NULL };

	check_row(&row);
}
END_TEST

#define FUNCTIONS CPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu group=4\n" \
	"   12:01.0 switch-down\n    14:00.0 gpu group=5\n"
#define SHARED_NIC(sriov, ...) FUNCTIONS "   12:02.0 switch-down\n    15:00.0 nic group=6" sriov "\n" \
	__VA_ARGS__
#define TWO "    15:00.1 nic pf=0000:15:00.0 group=7\n    15:00.2 nic pf=0000:15:00.0 group=8\n"
#define ONE "    15:00.1 nic pf=0000:15:00.0 group=7\n"

START_TEST(vms_that_share_a_nic_get_a_virtual_function_each)
{
	static const struct row rows[] = {
		{ SHARED_NIC(" sriov=8:2", TWO), { .vf = 1, .vms = 2, .vm = 1 }, "13:00.0 15:00.1", 0, NULL },
		{ SHARED_NIC(" sriov=8:2", TWO), { .vf = 1, .vms = 2, .vm = 2 }, "14:00.0 15:00.2", 0, NULL },
		{ SHARED_NIC(" sriov=8:2", TWO), { .vf = 1 }, "13:00.0 14:00.0 15:00.1", 0, NULL },
		{ SHARED_NIC(" sriov=8:2", TWO), { .vms = 2, .vm = 1 }, "13:00.0", 0, NULL },
		{ SHARED_NIC(" sriov=8:2", TWO), { .vf = 1, .vms = 2, .vm = 1, .skip = "15:00.1" }, NULL,
		  HGX_REFUSED, NIC("15:00.0") " has 1 free virtual function, but 2 are needed; create them "
		  "on the host with: echo 0 > /sys/bus/pci/devices/0000:15:00.0/sriov_numvfs; echo 3 > "
		  "/sys/bus/pci/devices/0000:15:00.0/sriov_numvfs (the first command removes the existing "
		  "ones)" },
		{ SHARED_NIC(" sriov=8:1", ONE), { .vf = 1, .vms = 2, .vm = 1 }, NULL, HGX_REFUSED,
		  NIC("15:00.0") " has 1 free virtual function, but 2 are needed; create them on the host "
		  "with: echo 0 > /sys/bus/pci/devices/0000:15:00.0/sriov_numvfs; echo 2 > "
		  "/sys/bus/pci/devices/0000:15:00.0/sriov_numvfs (the first command removes the existing "
		  "ones)" },
		{ SHARED_NIC(" sriov=8:0"), { .vf = 1, .vms = 2, .vm = 2 }, NULL, HGX_REFUSED,
		  NIC("15:00.0") " has 0 free virtual functions, but 2 are needed; create them on the host "
		  "with: echo 2 > /sys/bus/pci/devices/0000:15:00.0/sriov_numvfs" },
		{ SHARED_NIC(" sriov=1:0"), { .vf = 1, .vms = 2, .vm = 2 }, NULL, HGX_REFUSED,
		  NIC("15:00.0") " can have 1 virtual function, but 2 are needed; share it among fewer VMs" },
		{ SHARED_NIC(""), { .vf = 1, .vms = 2, .vm = 2 }, NULL, HGX_REFUSED,
		  NIC("15:00.0") " offers no virtual functions, but 2 are needed; turn SR-IOV on in the "
		  "firmware of the server and of the NIC (mlxconfig -d 0000:15:00.0 set SRIOV_EN=1 "
		  "NUM_OF_VFS=2, then a cold boot), or leave out vf = 1" },
		{ SHARED_NIC(" id=14e4:1750"), { .vf = 1, .vms = 2, .vm = 2 }, NULL, HGX_REFUSED,
		  "NIC 0000:15:00.0 (14e4:1750) offers no virtual functions, but 2 are needed; turn SR-IOV on "
		  "in the firmware of the server and of the NIC (with its maker's tool, then a cold boot), or "
		  "leave out vf = 1" },
		{ SHARED_NIC("", "   12:03.0 switch-down\n    16:00.0 nic group=9 id=14e4:1750\n"),
		  { .vf = 1, .gpus = "1" }, NULL, HGX_REFUSED,
		  "2 NICs have too few free virtual functions; on the host: for d in 0000:15:00.0; do mlxconfig "
		  "-d $d set SRIOV_EN=1 NUM_OF_VFS=2; done (and a cold boot); turn SR-IOV on in the firmware of "
		  "0000:16:00.0 with their maker's tool: 2 functions each (and a cold boot)" },
		{ SHARED_NIC(" sriov=8:2", TWO), { .add = "15:00.1" }, NULL, HGX_REFUSED,
		  NIC("15:00.1") " is a virtual function of 0000:15:00.0, which goes to the VM too and "
		  "then loses its virtual functions; take only one of the two (skip = \"0000:15:00.0\")" },
		{ SHARED_NIC(" sriov=8:2", TWO), { .vf = 1, .vms = 2, .vm = 1, .nics = "15:00.0" },
		  "13:00.0 15:00.1", 0, NULL },
		{ SHARED_NIC(" sriov=8:2", TWO), { .vf = 1, .vms = 2, .vm = 2, .nics = "15:00.0" },
		  "14:00.0 15:00.2", 0, NULL },
		{ SHARED_NIC(" sriov=8:2", TWO), { .vf = 1, .gpus = "1" }, "14:00.0 15:00.2", 0, NULL },
		{ SHARED_NIC("", "   12:03.0 switch-down\n    16:00.0 nvme group=9\n"),
		  { .vf = 1, .nics = "none", .vms = 2, .vm = 1, .gpus = "0,1" }, "13:00.0", 0, NULL },
		{ SHARED_NIC(" sriov=8:2", TWO), { .add = "15:00.2", .nics = "none" },
		  "13:00.0 14:00.0 15:00.2", 0, NULL },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(vms_get_the_devices_near_their_gpus)
{
	static const struct row rows[] = {
		CHOSEN("13:00.0 14:00.0 " BOX_0, .vms = 2, .vm = 1),
		CHOSEN("23:00.0 24:00.0 " BOX_1, .vms = 2, .vm = 2),
		CHOSEN("13:00.0 15:00.0", .vms = 4, .vm = 1),
		CHOSEN("14:00.0 16:00.0", .vms = 4, .vm = 2),
		CHOSEN("24:00.0 26:00.0", .vms = 4, .vm = 4),
		CHOSEN("23:00.0 25:00.0 27:00.0", .vms = 4, .vm = 3, .add = "27:00.0"),
		CHOSEN("24:00.0 26:00.0", .vms = 4, .vm = 4, .add = "27:00.0"),
		CHOSEN("14:00.0 16:00.0", .vms = 3, .vm = 2, .uneven = 1),
		CHOSEN("23:00.0 24:00.0 " BOX_1, .vms = 3, .vm = 3, .uneven = 1),
		REFUSED(HGX_REFUSED, "4 GPUs (2 + 2 by NUMA node) do not divide evenly into 3 VMs, but "
			"into 1, 2, 4; or allow uneven VMs with uneven = 1", .vms = 3, .vm = 1),
		REFUSED(HGX_REFUSED, "4 GPUs cannot be divided into 5 VMs; 4 at most", .vms = 5, .vm = 1,
			.uneven = 1),
		CHOSEN("13:00.0 14:00.0 " BOX_0, .vms = 2, .vm = 1, .add = "27:00.0"),
		REFUSED(HGX_REFUSED, "the NVSwitches cannot go to several VMs; leave out nvswitch = "
			"HGX_NVSWITCH_ALL: they stay on the host, whose Fabric Manager serves the VMs", .vms = 2, .vm = 1,
			.nvswitch = HGX_NVSWITCH_ALL),
		REFUSED(HGX_INVALID, "vm = 3, vms = 2: the VM must be between 1 and the number of VMs", .vms = 2,
			.vm = 3),
		REFUSED(HGX_INVALID, "vm = 0, vms = 2: the VM must be between 1 and the number of VMs", .vms = 2),
		REFUSED(HGX_INVALID, "uneven is only valid with vms", .uneven = 1),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

int main(void)
{
	return RUN("select options", gpus_are_chosen_by_number_range_and_address,
		   nics_and_drives_are_chosen_near_all_none_and_by_address,
		   devices_are_added_and_left_out_by_address,
		   nvswitches_go_to_the_vm_with_every_gpu_or_as_asked,
		   what_cannot_be_chosen_is_refused_with_the_reason, half_an_iommu_group_is_refused,
		   a_group_whose_nic_has_a_function_in_use_stays,
		   vms_that_share_a_nic_get_a_virtual_function_each, vms_get_the_devices_near_their_gpus);
}
