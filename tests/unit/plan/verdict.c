/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of every PCI function of the host, and why: the words case by case, and what
 * holds for any host and the plans of all its VMs. Set HGX_SEED to repeat one host. */
#include "deal.h"

/* Two boxes of a switch with two GPUs, two NICs and a drive, one on each node; what the host
 * needs, and what there is besides. */
#define BOX "package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" \
	"node 0 memory=64G distances=10,21\nnode 1 memory=64G distances=21,10\n" \
	"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n" \
	"root 0000:00 numa=0\n" \
	" 00:00.0 other class=060000\n" \
	" 00:01.0 root-port\n" \
	"  01:00.0 nic group=1 use=\"eno1 has the default route\"\n" \
	" 00:02.0 root-port\n" \
	"  02:00.0 nic group=2\n" \
	" 00:03.0 root-port\n" \
	"  03:00.0 nvswitch group=3\n" \
	" 00:04.0 root-port\n" \
	"  04:00.0 nvme group=20 use=\"nvme0n1 is mounted at /\"\n" \
	"  04:00.1 nvme group=20\n" \
	" 00:11.0 other class=088000\n" \
	" 00:14.0 other class=0c0330 group=21\n" \
	"root 0000:10 numa=0\n" \
	" 10:01.0 root-port\n" \
	"  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n" \
	"    13:00.0 gpu group=4 class=030200\n" \
	"    13:00.1 other group=4 class=040300\n" \
	"   12:01.0 switch-down\n" \
	"    14:00.0 gpu group=5\n" \
	"    14:00.1 other group=25 class=040300\n" \
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
	"    28:00.0 other class=088000 group=14\n"

struct row {
	const char *lines;
	struct hgx_plan_options options;
	const char *node; /* without domain, as what follows */
	int fate;
	unsigned vm;
	const char *because, *reason;
};

static struct hgx_plan *planned(const struct hgx_topo *host, struct hgx_plan_options options)
{
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	options.size = sizeof(options);
	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	return plan;
}

static void check_verdict(const struct hgx_plan *plan, const struct row *row)
{
	const struct hgx_verdict *got = hgx_plan_verdict(plan, hgx_topo_find(plan->host, row->node));
	const char *because;

	ck_assert_msg(got != NULL, "%s has no verdict", row->node);
	because = got->because ? got->because->name + 5 : "none";
	ck_assert_msg(got->fate == row->fate && got->vm == row->vm &&
		      !strcmp(because, row->because ? row->because : "none") &&
		      !strcmp(got->reason, row->reason),
		      "%s: expected %d, VM %u, because of %s: %s\n     got %d, VM %u, because of %s: %s",
		      row->node, row->fate, row->vm, row->because ? row->because : "none", row->reason,
		      got->fate, got->vm, because, got->reason);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hgx_topo *host = host_of(rows[i].lines);
		struct hgx_plan *plan = planned(host, rows[i].options);

		check_verdict(plan, &rows[i]);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}

#define SAYS(node, fate, vm, because, reason, ...) \
	{ BOX, { __VA_ARGS__ }, node, fate, vm, because, reason }
#define THIS HGX_FATE_THIS_VM
#define OTHER HGX_FATE_OTHER_VM
#define HOST HGX_FATE_HOST
#define LEFT HGX_FATE_LEFT_OUT
#define ORDER "the GPUs are dealt out to the VMs by NUMA node and address"
#define BRIDGE "a bridge cannot be assigned; the guest gets an emulated one where its devices need it"
#define CHIPSET "it is part of the processor or the chipset"
#define FAR "it shares no PCIe switch with a GPU of the VM"

START_TEST(what_is_in_the_vm_says_why)
{
	static const struct row rows[] = {
		SAYS("13:00.0", THIS, 0, NULL, "the VM gets every GPU that can be assigned", .gpus = "all"),
		SAYS("13:00.0", THIS, 0, NULL, "it was named", .gpus = "0-1"),
		SAYS("13:00.0", THIS, 1, NULL, ORDER, .vms = 4, .vm = 1),
		SAYS("13:00.0", THIS, 1, NULL, "the VM gets every GPU that can be assigned", .vms = 1, .vm = 1),
		SAYS("13:00.1", THIS, 0, "13:00.0", "it is in IOMMU group 4 with GPU 0000:13:00.0, and a group "
		     "can only be assigned as a whole", .gpus = "0"),
		SAYS("14:00.1", THIS, 0, "14:00.0", "it is on the card of GPU 0000:14:00.0", .gpus = "1"),
		SAYS("16:00.0", THIS, 0, "14:00.0", "it shares a PCIe switch with GPU 0000:14:00.0", .gpus = "1"),
		SAYS("15:00.0", LEFT, 0, "13:00.0", "it comes with GPU 0000:13:00.0, which is as near to it", .gpus = "1"),
		SAYS("17:00.0", THIS, 0, "13:00.0", "it shares a PCIe switch with GPU 0000:13:00.0", .gpus = "all"),
		SAYS("16:00.0", THIS, 2, "14:00.0", "it shares a PCIe switch with GPU 0000:14:00.0", .vms = 4,
		     .vm = 2),
		SAYS("02:00.0", THIS, 0, "13:00.0", "it is the nearest to GPU 0000:13:00.0 (NODE)", .gpus = "0",
		     .skip = "15:00.0", .nics = "all"),
		SAYS("02:00.0", THIS, 0, NULL, "it was named", .add = "02:00.0"),
		SAYS("02:00.0", THIS, 0, NULL, "it was named", .nics = "02:00.0"),
		SAYS("02:00.0", THIS, 1, "13:00.0", "it was named, and it is the nearest to GPU 0000:13:00.0 "
		     "(NODE)", .add = "02:00.0", .vms = 4, .vm = 1),
		SAYS("25:00.0", THIS, 2, "23:00.0", "it was named, and it shares a PCIe switch with GPU "
		     "0000:23:00.0", .nics = "25:00.0", .vms = 2, .vm = 2),
		SAYS("28:00.0", THIS, 0, NULL, "it was named", .add = "28:00.0"),
		SAYS("00:14.0", THIS, 0, NULL, "it was named", .add = "00:14.0"),
		SAYS("03:00.0", THIS, 0, NULL, "it belongs to the VM that has every GPU of the board",
		     .gpus = "all"),
		SAYS("03:00.0", THIS, 0, NULL, "the NVSwitches were asked for", .gpus = "0",
		     .nvswitch = HGX_NVSWITCH_ALL),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(what_is_in_another_vm_says_in_which)
{
	static const struct row rows[] = {
		SAYS("24:00.0", OTHER, 4, NULL, "it goes to VM 4: " ORDER, .vms = 4, .vm = 1),
		SAYS("24:00.0", OTHER, 2, NULL, "it goes to VM 2: " ORDER, .vms = 2, .vm = 1),
		SAYS("25:00.0", OTHER, 2, "23:00.0", "it goes to VM 2: it shares a PCIe switch with GPU "
		     "0000:23:00.0", .vms = 2, .vm = 1),
		SAYS("13:00.1", OTHER, 1, "13:00.0", "it goes to VM 1: it is in IOMMU group 4 with GPU "
		     "0000:13:00.0, and a group can only be assigned as a whole", .vms = 4, .vm = 3),
		SAYS("14:00.1", OTHER, 2, "14:00.0", "it goes to VM 2: it is on the card of GPU 0000:14:00.0",
		     .vms = 4, .vm = 3),
		SAYS("02:00.0", OTHER, 1, "13:00.0", "it goes to VM 1: it was named, and it is the nearest to "
		     "GPU 0000:13:00.0 (NODE)", .add = "02:00.0", .vms = 2, .vm = 2),
		SAYS("28:00.0", OTHER, 2, "23:00.0", "it goes to VM 2: it was named, and it shares a PCIe switch "
		     "with GPU 0000:23:00.0", .add = "28:00.0", .vms = 2, .vm = 1),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(what_stays_with_the_host_says_what_for)
{
	static const struct row rows[] = {
		SAYS("00:01.0", HOST, 0, NULL, BRIDGE, .gpus = "all"),
		SAYS("11:00.0", HOST, 0, NULL, BRIDGE, .gpus = "all"),
		SAYS("12:00.0", HOST, 0, "11:00.0", BRIDGE, .gpus = "all"),
		SAYS("00:00.0", HOST, 0, NULL, CHIPSET, .gpus = "all"),
		SAYS("00:11.0", HOST, 0, NULL, CHIPSET, .skip = "16:00.0,02:00.0", .vms = 1, .vm = 1),
		SAYS("01:00.0", HOST, 0, NULL, "the host needs it (eno1 has the default route)", .gpus = "all"),
		SAYS("01:00.0", HOST, 0, NULL, "the host needs it (eno1 has the default route)",
		     .skip = "01:00.0"),
		SAYS("04:00.1", HOST, 0, "04:00.0", "its IOMMU group 20 also holds NVMe drive 0000:04:00.0 "
		     "(1344:51c3), which the host needs (nvme0n1 is mounted at /), and a group can only be "
		     "assigned as a whole; enable ACS on the ports between them", .vms = 2, .vm = 2),
		SAYS("03:00.0", HOST, 0, "24:00.0", "GPU 0000:24:00.0 is not in the VM, so the host's Fabric "
		     "Manager keeps the NVSwitches", .gpus = "0-2"),
		SAYS("03:00.0", HOST, 0, "23:00.0", "GPU 0000:23:00.0 is not in the VM of the board's first GPU, so "
		     "the host's Fabric Manager keeps the NVSwitches", .vms = 2, .vm = 2),
		SAYS("03:00.0", HOST, 0, "23:00.0", "GPU 0000:23:00.0 is not in the VM of the board's first GPU, so "
		     "the host's Fabric Manager keeps the NVSwitches", .vms = 2, .vm = 1),
		SAYS("03:00.0", HOST, 0, "14:00.0", "GPU 0000:14:00.0 is not in the VM of the board's first GPU, so "
		     "the host's Fabric Manager keeps the NVSwitches", .vms = 4, .vm = 3),
		SAYS("03:00.0", HOST, 0, NULL, "none were asked for; the Fabric Manager runs on the host",
		     .nvswitch = HGX_NVSWITCH_NONE),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(what_is_left_out_says_why_no_vm_has_it)
{
	static const struct row rows[] = {
		SAYS("14:00.0", LEFT, 0, NULL, "it is not one of those named", .gpus = "0"),
		SAYS("14:00.0", LEFT, 0, NULL, "skip leaves it out", .skip = "14:00.0"),
		SAYS("03:00.0", LEFT, 0, NULL, "skip leaves it out", .skip = "03:00.0"),
		SAYS("02:00.0", LEFT, 0, NULL, FAR, .gpus = "all"),
		SAYS("25:00.0", LEFT, 0, "23:00.0", FAR, .gpus = "0-1"),
		SAYS("25:00.0", LEFT, 0, NULL, "none were asked for", .nics = "none"),
		SAYS("25:00.0", LEFT, 0, NULL, "it is not one of those named", .nics = "15:00.0"),
		SAYS("17:00.0", LEFT, 0, "13:00.0", "GPUs of several VMs are near it; name it with nvme or "
		     "add for one of them", .vms = 4, .vm = 3),
		SAYS("00:14.0", LEFT, 0, NULL, "it is not a GPU, NIC, NVMe drive or NVSwitch, and others are "
		     "only taken where they are asked for", .gpus = "all"),
		SAYS("28:00.0", LEFT, 0, NULL, "it is not a GPU, NIC, NVMe drive or NVSwitch, and others are "
		     "only taken where they are asked for", .vms = 2, .vm = 1),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

#define THREE "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-15 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu group=4\n" \
	"   12:01.0 switch-down\n    14:00.0 gpu group=5\n"
#define APART " 10:02.0 root-port\n  20:00.0 switch-up\n   21:00.0 switch-down\n    22:00.0 gpu group=9\n" \
	"   21:01.0 switch-down\n    23:00.0 nic group=10\n"
#define FUNCTIONS THREE \
	"   12:02.0 switch-down\n    15:00.0 nic group=6 sriov=8:3\n" \
	"    15:00.1 nic pf=0000:15:00.0 group=20\n    15:00.2 nic pf=0000:15:00.0 group=21\n" \
	"    15:00.3 nic pf=0000:15:00.0 group=22\n" APART
#define OF(node, fate, vm, because, reason, ...) \
	{ FUNCTIONS, { __VA_ARGS__ }, node, fate, vm, because, reason }
#define NIC "NIC 0000:15:00.0"
#define SHARED "the VMs share " NIC " by its virtual functions"

START_TEST(of_a_shared_nic_every_function_says_whose_it_is)
{
	static const struct row rows[] = {
		OF("15:00.0", HOST, 0, "15:00.1", "its virtual functions go to the VMs", .vf = 1, .vms = 3, .vm = 1),
		OF("15:00.0", HOST, 0, "15:00.1", "its virtual functions go to the VMs", .vf = 1, .vms = 3, .vm = 3),
		OF("15:00.1", THIS, 1, "15:00.0", SHARED, .vf = 1, .vms = 3, .vm = 1),
		OF("15:00.2", OTHER, 2, "15:00.0", "it goes to VM 2: " SHARED, .vf = 1, .vms = 3, .vm = 1),
		OF("15:00.1", OTHER, 1, "15:00.0", "it goes to VM 1: " SHARED, .vf = 1, .vms = 3, .vm = 2),
		OF("15:00.2", THIS, 2, "15:00.0", SHARED, .vf = 1, .vms = 3, .vm = 2),
		OF("15:00.2", OTHER, 2, "15:00.0", "it goes to VM 2: " SHARED, .vf = 1, .vms = 3, .vm = 3),
		OF("15:00.3", LEFT, 0, "15:00.0", "the VMs get other virtual functions of " NIC, .vf = 1,
		   .vms = 3, .vm = 2),
		OF("15:00.1", OTHER, 1, "15:00.0", "it goes to VM 1: " SHARED, .vf = 1, .vms = 3, .vm = 3,
		   .skip = "15:00.3"),
		OF("15:00.1", LEFT, 0, NULL, "skip leaves it out", .vf = 1, .vms = 3, .vm = 3,
		   .skip = "15:00.1"),
		OF("15:00.1", LEFT, 0, "15:00.0", "it vanishes when " NIC ", whose virtual function it is, goes "
		   "to a VM", .gpus = "all"),
		OF("15:00.0", LEFT, 0, "13:00.0", "GPUs of several VMs are near it; vf = 1 gives each VM a virtual "
		   "function of it", .vms = 3, .vm = 3),
		OF("15:00.1", LEFT, 0, "15:00.0", "it is a virtual function of " NIC ", and those are only taken "
		   "where they are asked for", .vms = 3, .vm = 3),
		OF("15:00.2", THIS, 0, NULL, "it was named", .add = "15:00.2", .nics = "none"),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

#define LEFT_OVER THREE \
	"   12:02.0 switch-down\n    15:00.0 nic group=6\n   12:03.0 switch-down\n    17:00.0 nic group=7\n" \
	"   12:04.0 switch-down\n    18:00.0 nic group=8\n" \
	"   12:05.0 switch-down\n    19:00.0 gpu group=10\n   12:06.0 switch-down\n    1a:00.0 gpu group=11\n"

START_TEST(what_does_not_divide_and_what_cannot_be_assigned_say_so)
{
	static const struct row rows[] = {
		{ LEFT_OVER, { .vms = 2, .vm = 2 }, "18:00.0", LEFT, 0, "13:00.0",
		  "left over after every VM got the same number" },
		{ LEFT_OVER, { .vms = 2, .vm = 2 }, "15:00.0", OTHER, 1, "13:00.0",
		  "it goes to VM 1: it shares a PCIe switch with GPU 0000:13:00.0" },
		{ THREE " 10:03.0 root-port\n  20:00.0 gpu\n", { .gpus = "all" }, "20:00.0", HOST, 0, NULL,
		  "it has no IOMMU group, so it cannot be assigned; check that the firmware's DMAR or IVRS "
		  "table covers its root bus" },
		{ THREE " 10:03.0 root-port\n  20:00.0 nic group=12 sriov=8:1\n"
		  "  20:00.1 nic pf=0000:20:00.0 group=13 use=\"ens1v0 has an IPv4 address\"\n",
		  { .nics = "all" }, "20:00.0", HOST, 0, "20:00.1",
		  "the host needs its virtual function 0000:20:00.1 (ens1v0 has an IPv4 address)" },
		{ THREE " 10:03.0 root-port\n  20:00.0 other class=130000 group=12\n", { .gpus = "all" },
		  "20:00.0", HOST, 0, NULL, CHIPSET },
		{ THREE " 10:03.0 root-port\n  20:00.0 other class=050000 group=12\n", { .gpus = "all" },
		  "20:00.0", LEFT, 0, NULL, "it is not a GPU, NIC, NVMe drive or NVSwitch, and others are only "
		  "taken where they are asked for" },
		{ THREE " 10:03.0 root-port\n  20:00.0 gpu pf=0000:13:00.0 group=12\n", { .gpus = "1" },
		  "20:00.0", LEFT, 0, "13:00.0", "it is a virtual function of GPU 0000:13:00.0, and those are "
		  "only taken where they are asked for" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* VM 1 has the board, VM 2 a GPU of another kind. */
#define TWO_KINDS "package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" \
	"node 0 memory=64G\nnode 1 memory=64G\ncpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n" \
	" 10:02.0 root-port\n  12:00.0 nvswitch group=2\n" \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu id=1002:74a1 class=120000 group=3\n"
#define NO_BOARD "package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" \
	"node 0 memory=64G\nnode 1 memory=64G\ncpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu id=1002:74a1 class=120000 group=1\n" \
	" 10:02.0 root-port\n  12:00.0 nvswitch group=2\n" \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu id=1002:74a1 class=120000 group=3\n"

START_TEST(nvswitches_go_to_one_vm_at_most)
{
	static const struct row rows[] = {
		{ TWO_KINDS, { .vms = 2, .vm = 1 }, "12:00.0", THIS, 1, NULL,
		  "it belongs to the VM that has every GPU of the board" },
		{ TWO_KINDS, { .vms = 2, .vm = 2 }, "12:00.0", OTHER, 1, NULL,
		  "it goes to VM 1: it belongs to the VM that has every GPU of the board" },
		{ NO_BOARD, { .vms = 2, .vm = 1 }, "12:00.0", HOST, 0, NULL, "the VM does not have all GPUs of the "
		  "board, so the host's Fabric Manager keeps the NVSwitches" },
		{ NO_BOARD, { .vms = 2, .vm = 2 }, "12:00.0", HOST, 0, NULL, "the VM does not have all GPUs of the "
		  "board, so the host's Fabric Manager keeps the NVSwitches" },
		{ NO_BOARD, { .gpus = "all" }, "12:00.0", THIS, 0, NULL,
		  "it belongs to the VM that has every GPU of the board" },
	};

	static const char refused[] = "the NVSwitches cannot go to several VMs; leave out nvswitch = HGX_NVSWITCH_ALL: "
				      "they stay on the host, whose Fabric Manager serves the VMs";
	struct hgx_plan_options options = { .size = sizeof(options), .vms = 2,
					    .nvswitch = HGX_NVSWITCH_ALL };
	struct hgx_topo *none = host_of(NO_BOARD), *two = host_of(TWO_KINDS);
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	check_rows(rows, ARRAY_SIZE(rows));
	for (options.vm = 1; options.vm <= 2; options.vm++)
		expect_error(hgx_plan_new(&plan, none, &options, &err), &err, HGX_REFUSED, refused);
	options.vm = 2;
	expect_error(hgx_plan_new(&plan, two, &options, &err), &err, HGX_REFUSED, refused);
	options.vm = 1;
	expect_fine(hgx_plan_new(&plan, two, &options, &err), &err, "the VM with the board");
	hgx_plan_free(plan);
	hgx_topo_free(none);
	hgx_topo_free(two);
}
END_TEST

START_TEST(a_function_beside_the_gpus_of_two_vms_goes_to_the_first)
{
	static const char lines[] = "package 0 vendor=GenuineIntel\nnode 0 memory=64G\n"
		"cpus 0-15 package=0 node=0\nroot 0000:10 numa=0\n 10:01.0 root-port\n"
		"  11:00.0 gpu\n  11:00.1 gpu\n  11:00.2 other class=040300\n";
	static const struct row rows[] = {
		{ lines, { .vms = 2, .vm = 1 }, "11:00.2", THIS, 1, "11:00.0", "it is on the card of GPU "
		  "0000:11:00.0" },
		{ lines, { .vms = 2, .vm = 2 }, "11:00.2", OTHER, 1, "11:00.0", "it goes to VM 1: it is on the "
		  "card of GPU 0000:11:00.0" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

#define MODULES .module_ids = "4,6,5,7,0,2,1,3"
#define OTHERS "it is left to the VMs of other partitions: "

START_TEST(of_a_partition_the_rest_is_left_to_others)
{
	static const struct row rows[] = {
		{ NULL, { .partition = "3", MODULES }, "9b:00.0", THIS, 0, NULL, "it is a GPU of partition 3" },
		{ NULL, { .partition = "3", MODULES }, "19:00.0", OTHER, 0, NULL, OTHERS "it is not a GPU of "
		  "partition 3" },
		{ NULL, { .partition = "3", MODULES }, "9c:00.0", THIS, 0, "9b:00.0",
		  "it shares a PCIe switch with GPU 0000:9b:00.0" },
		{ NULL, { .partition = "3", MODULES }, "1a:00.0", OTHER, 0, "19:00.0",
		  OTHERS "it shares a PCIe switch with GPU 0000:19:00.0" },
		{ NULL, { .partition = "3", MODULES }, "1b:00.0", HOST, 0, NULL,
		  "it serves all partitions: the host's Fabric Manager keeps it" },
		{ NULL, { .partition = "0", MODULES }, "db:00.0", THIS, 0, NULL, "it is a GPU of partition 0" },
		{ NULL, { .partition = "3", .skip = "19:00.0", MODULES }, "19:00.0", LEFT, 0, NULL,
		  "skip leaves it out" },
		{ NULL, { .partition = "3", MODULES }, "04:00.0", HOST, 0, NULL,
		  "the host needs it (nvme8n1 is mounted at / (through dm-0))" },
	};
	struct hgx_topo *host;

	ck_assert_int_eq(hgx_topo_from_example(&host, "hgx-h200", NULL), HGX_OK);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan *plan = planned(host, rows[i].options);

		check_verdict(plan, &rows[i]);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

/* A board of eight GPUs, four to a switch with a NIC that has a virtual function for each. */
static void put_box(FILE *to, unsigned bus)
{
	fprintf(to, " 0000:%02x:01.0 root-port\n  0000:%02x:00.0 switch-up\n", bus, bus + 1);
	for (unsigned i = 0; i < 4; i++)
		fprintf(to, "   0000:%02x:%02x.0 switch-down\n    0000:%02x:00.0 gpu group=%u\n", bus + 2, i,
			bus + 4 + i, bus + i);
	fprintf(to, "   0000:%02x:1f.0 switch-down\n    0000:%02x:00.0 nic group=%u sriov=8:4\n", bus + 2,
		bus + 3, bus + 10);
	for (unsigned i = 1; i <= 4; i++)
		fprintf(to, "    0000:%02x:00.%u nic pf=0000:%02x:00.0 group=%u\n", bus + 3, i, bus + 3,
			bus + 10 + i);
}

static struct hgx_topo *board(void)
{
	char *lines = NULL;
	size_t size;
	FILE *to = open_memstream(&lines, &size);
	struct hgx_topo *host;

	fputs("package 0 vendor=GenuineIntel\nnode 0 memory=640G\ncpus 0-63 package=0 node=0\n", to);
	fputs("root 0000:10 numa=0\n", to);
	put_box(to, 0x10);
	fputs("root 0000:30 numa=0\n", to);
	put_box(to, 0x30);
	fclose(to);
	host = host_of(lines);
	free(lines);
	return host;
}

#define MODULE_IDS .module_ids = "0,1,2,3,4,5,6,7"
#define OTHER_IDS .module_ids = "2,0,3,1,4,5,6,7"

START_TEST(of_a_partition_with_virtual_functions_each_goes_with_its_gpu)
{
	static const struct row rows[] = {
		/* modules 2 and 4 */
		{ NULL, { .partition = "4", .vf = 1, MODULE_IDS }, "13:00.1", OTHER, 0, "13:00.0",
		  OTHERS "the VMs share NIC 0000:13:00.0 by its virtual functions" },
		{ NULL, { .partition = "4", .vf = 1, MODULE_IDS }, "13:00.2", THIS, 0, "13:00.0",
		  "the VMs share NIC 0000:13:00.0 by its virtual functions" },
		{ NULL, { .partition = "4", .vf = 1, MODULE_IDS }, "13:00.3", OTHER, 0, "13:00.0",
		  OTHERS "the VMs share NIC 0000:13:00.0 by its virtual functions" },
		{ NULL, { .partition = "4", .vf = 1, MODULE_IDS }, "13:00.4", LEFT, 0, "13:00.0",
		  "the VMs get other virtual functions of NIC 0000:13:00.0" },
		{ NULL, { .partition = "4", .vf = 1, MODULE_IDS }, "13:00.0", HOST, 0, "13:00.1",
		  "its virtual functions go to the VMs" },
		{ NULL, { .partition = "4", .vf = 1, MODULE_IDS }, "33:00.0", HOST, 0, "33:00.1",
		  "its virtual functions go to the VMs" },
		{ NULL, { .partition = "4", .vf = 1, MODULE_IDS }, "33:00.4", OTHER, 0, "33:00.0",
		  OTHERS "the VMs share NIC 0000:33:00.0 by its virtual functions" },
		/* the first two GPUs */
		{ NULL, { .partition = "4", .vf = 1, OTHER_IDS }, "13:00.1", THIS, 0, "13:00.0",
		  "the VMs share NIC 0000:13:00.0 by its virtual functions" },
		{ NULL, { .partition = "4", .vf = 1, OTHER_IDS }, "13:00.2", LEFT, 0, "13:00.0",
		  "the VMs get other virtual functions of NIC 0000:13:00.0" },
		{ NULL, { .partition = "4", .vf = 1, OTHER_IDS }, "13:00.3", OTHER, 0, "13:00.0",
		  OTHERS "the VMs share NIC 0000:13:00.0 by its virtual functions" },
	};
	struct hgx_topo *host = board();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan *plan = planned(host, rows[i].options);

		check_verdict(plan, &rows[i]);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

#define DOMAIN(bus) "<domain type='kvm'><name>vm</name><os><type arch='x86_64' machine='q35'>hvm</type>" \
	"</os><devices><hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x" #bus \
	"' slot='0' function='0'/></source></hostdev></devices></domain>"

#define NOT_ASSIGNED "the base domain does not assign it"

START_TEST(what_the_base_domain_assigns_is_in_the_vm)
{
	static const struct row rows[] = {
		SAYS("28:00.0", THIS, 0, NULL, "the base domain assigns it", .base = DOMAIN(28)),
		SAYS("28:00.0", THIS, 2, NULL, "the base domain assigns it", .base = DOMAIN(28), .vms = 2, .vm = 2),
		SAYS("02:00.0", THIS, 0, NULL, "the base domain assigns it", .base = DOMAIN(02)),
		/* also what the host needs, and no one else would assign */
		SAYS("04:00.0", THIS, 0, NULL, "the base domain assigns it", .base = DOMAIN(04)),
		SAYS("15:00.0", THIS, 0, NULL, "the base domain assigns it", .base = DOMAIN(15)),
		SAYS("25:00.0", THIS, 2, NULL, "the base domain assigns it", .base = DOMAIN(25), .vms = 2,
		     .vm = 2),
		/* nothing comes along, and options add and take away */
		SAYS("02:00.0", LEFT, 0, NULL, NOT_ASSIGNED, .base = DOMAIN(28)),
		SAYS("13:00.0", LEFT, 0, NULL, NOT_ASSIGNED, .base = DOMAIN(28)),
		SAYS("15:00.0", LEFT, 0, NULL, NOT_ASSIGNED, .base = DOMAIN(28), .gpus = "13:00.0"),
		SAYS("13:00.0", THIS, 0, NULL, "it was named", .base = DOMAIN(28), .gpus = "13:00.0"),
		SAYS("15:00.0", THIS, 0, "13:00.0", "it shares a PCIe switch with GPU 0000:13:00.0",
		     .base = DOMAIN(28), .gpus = "13:00.0", .nics = "near"),
		SAYS("28:00.0", LEFT, 0, NULL, "skip leaves it out", .base = DOMAIN(28),
		     .gpus = "13:00.0", .skip = "28:00.0"),
		/* the GPUs of the other VM are not this domain's */
		SAYS("23:00.0", OTHER, 2, NULL, "it goes to VM 2: the GPUs are dealt out to the VMs by "
		     "NUMA node and address", .base = DOMAIN(13), .vms = 2, .vm = 1),
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(what_is_not_a_function_of_the_host_has_no_verdict)
{
	static const char *const names[] = { "machine", "package0", "cpu3", "node0", "pci0000:10" };
	struct hgx_topo *host = host_of(BOX), *other = host_of(BOX);
	struct hgx_plan *plan = plan_of(host, 0, 0);
	const struct hgx_node *root = hgx_topo_root(hgx_plan_guest(plan));

	ck_assert_ptr_null(hgx_plan_verdict(plan, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert_ptr_null(hgx_plan_verdict(plan, hgx_topo_find(host, names[i])));
	ck_assert_ptr_nonnull(hgx_plan_verdict(plan, hgx_topo_find(host, "13:00.0")));
	ck_assert_ptr_null(hgx_plan_verdict(plan, hgx_topo_find(other, "13:00.0")));
	for (const struct hgx_node *node = root; node; node = hgx_node_next(root, node))
		ck_assert_ptr_null(hgx_plan_verdict(plan, node));
	hgx_plan_free(plan);
	hgx_topo_free(host);
	hgx_topo_free(other);
}
END_TEST

/* ---- for any host */

static const struct hgx_verdict *verdict(const struct deal *d, unsigned vm, const struct hgx_node *node)
{
	return hgx_plan_verdict(d->plans[vm], node);
}

static bool is_bridge(const struct hgx_node *node)
{
	return node->kind >= HGX_ROOT_PORT && node->kind <= HGX_BRIDGE;
}

static void check_one(struct deal *d, unsigned vm, const struct hgx_node *node)
{
	const struct hgx_verdict *v = verdict(d, vm, node);
	bool in = plan_chose(d->plans[vm], node);

	claim(d, v && v->fate >= HGX_FATE_THIS_VM && v->fate <= HGX_FATE_LEFT_OUT, "%s", node->name);
	claim(d, v->reason && *v->reason && !strchr(v->reason, '\n') && !strstr(v->reason, ". "), "%s: %s",
	      node->name, v->reason);
	claim(d, !v->because || (v->because != node && v->because->topo == d->host), "%s", node->name);
	claim(d, (v->fate == HGX_FATE_THIS_VM) == in, "%s: %d %s", node->name, v->fate, v->reason);
	claim(d, is_bridge(node) || in == !!hgx_plan_guest_of(d->plans[vm], node), "%s", node->name);
	claim(d, (!node->pci->host_use && !is_bridge(node)) || v->fate == HGX_FATE_HOST, "%s: %d %s",
	      node->name, v->fate, v->reason);
	if (v->fate == HGX_FATE_THIS_VM)
		claim(d, v->vm == (d->options.vms ? vm + 1 : 0), "%s: VM %u of %u", node->name, v->vm, vm + 1);
	else if (v->fate == HGX_FATE_OTHER_VM)
		claim(d, v->vm && v->vm <= d->options.vms && v->vm != vm + 1, "%s: VM %u", node->name, v->vm);
	else
		claim(d, !v->vm, "%s: VM %u", node->name, v->vm);
}

static void check_each(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++)
		for (const struct hgx_node *node = d->host->all; d->plans[vm] && node; node = node->all)
			if (node->pci)
				check_one(d, vm, node);
			else
				claim(d, !verdict(d, vm, node), "%s has a verdict", node->name);
}

START_TEST(every_pci_function_has_a_fate_and_a_reason)
{
	each_deal(check_each);
}
END_TEST

/* Of two plans of one host. */
static void check_two(struct deal *d, unsigned a, unsigned b, const struct hgx_node *node)
{
	const struct hgx_verdict *x = verdict(d, a, node), *y = verdict(d, b, node);

	if (x->fate == HGX_FATE_THIS_VM)
		claim(d, y->fate == HGX_FATE_OTHER_VM && y->vm == a + 1, "%s: VM %u has it, VM %u says %d %u %s",
		      node->name, a + 1, b + 1, y->fate, y->vm, y->reason);
	else if (x->fate == HGX_FATE_OTHER_VM && x->vm == b + 1)
		claim(d, y->fate == HGX_FATE_THIS_VM, "%s: VM %u says VM %u has it, and that %d %s", node->name,
		      a + 1, b + 1, y->fate, y->reason);
	else
		claim(d, x->fate == y->fate && x->vm == y->vm, "%s: VM %u says %d %s, VM %u says %d %s", node->name,
		      a + 1, x->fate, x->reason, b + 1, y->fate, y->reason);
}

static void check_agreement(struct deal *d)
{
	for (unsigned a = 0; a < d->count; a++)
		for (unsigned b = 0; b < d->count; b++)
			for (const struct hgx_node *node = d->host->all; node; node = node->all)
				if (a != b && d->plans[a] && d->plans[b] && node->pci)
					check_two(d, a, b, node);
}

START_TEST(the_plans_of_all_vms_agree)
{
	each_deal(check_agreement);
}
END_TEST

START_TEST(what_the_host_needs_is_told_so_even_if_it_is_skipped)
{
	struct hgx_topo *host = host_of(BOX);
	struct hgx_plan *plan = planned(host, (struct hgx_plan_options){ .skip = "01:00.0" });

	ck_assert_str_eq(finding_text(plan->findings.items, plan->findings.count, "left-out", "0000:01:00.0"),
			 "left out: NIC 0000:01:00.0 (15b3:1021): the host needs it (eno1 has the default route)");
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* What is told as left out is not in a VM, for the reason that is told. */
static void check_told(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++) {
		const struct hgx_finding *items = NULL;
		size_t count = d->plans[vm] ? hgx_plan_findings(d->plans[vm], &items) : 0;

		for (size_t i = 0; i < count; i++) {
			const struct hgx_verdict *v;
			char end[1200];

			if (strcmp(items[i].rule, "left-out"))
				continue;
			v = verdict(d, vm, items[i].node);
			snprintf(end, sizeof(end), "): %s", v->reason);
			claim(d, (v->fate == HGX_FATE_HOST || v->fate == HGX_FATE_LEFT_OUT) &&
			      strlen(items[i].text) > strlen(end) &&
			      !strcmp(items[i].text + strlen(items[i].text) - strlen(end), end),
			      "VM %u: %s, and %d %s", vm + 1, items[i].text, v->fate, v->reason);
		}
	}
}

START_TEST(the_verdicts_say_what_the_findings_say)
{
	each_deal(check_told);
}
END_TEST

static size_t counted(const struct deal *d, unsigned vm, const char *rule)
{
	const struct hgx_plan *plan = d->plans[vm];
	const char *text = finding_text(plan->findings.items, plan->findings.count, rule, NULL);

	return text ? strtoul(text, NULL, 10) : 0;
}

static void check_counts(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++) {
		size_t others = 0;

		for (unsigned i = 0; d->plans[vm] && i < d->device_count; i++)
			others += verdict(d, vm, d->devices[i])->fate == HGX_FATE_OTHER_VM;
		claim(d, !d->plans[vm] || others == counted(d, vm, "other-vms"), "VM %u: %zu in other VMs, %zu told",
		      vm + 1, others, counted(d, vm, "other-vms"));
	}
}

START_TEST(as_many_are_in_other_vms_as_is_told)
{
	each_deal(check_counts);
}
END_TEST

/* The same hosts with devices that the user names: what that may do is tried elsewhere, here
 * only that those plans agree that come about. */
static void name_devices(struct deal *d, uint64_t *seed, char *list, size_t size)
{
	*list = '\0';
	for (unsigned n = 1 + random_below(seed, 4); n; n--) {
		const char *name = d->devices[random_below(seed, d->device_count)]->name;

		if (!strstr(list, name) && strcmp(name, d->skip))
			snprintf(list + strlen(list), size - strlen(list), "%s%s", *list ? "," : "", name);
	}
}

static void plan_again(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++) {
		hgx_plan_free(d->plans[vm]);
		d->options.vm = d->options.vms ? vm + 1 : 0;
		d->plans[vm] = NULL;
		d->made += !hgx_plan_new(&d->plans[vm], d->host, &d->options, NULL);
	}
}

/* In the test's own process: nobody else sees these plans. */
START_TEST(they_agree_on_devices_that_are_named)
{
	size_t made = 0;

	for (size_t i = 0; i < deal_count; i++) {
		struct deal *d = &deals[i];
		uint64_t seed = random_state(d->seed + 1);
		char list[5 * BDF_TEXT];

		name_devices(d, &seed, list, sizeof(list));
		d->options.add = list;
		snprintf(d->words + strlen(d->words), sizeof(d->words) - strlen(d->words), " add=%s", list);
		d->made = 0;
		plan_again(d);
		made += d->made == d->count;
		check_each(d);
		check_agreement(d);
		check_told(d);
	}
	must(deal_count == 1 || 12 * made > deal_count, "%zu of %zu are planned", made, deal_count);
}
END_TEST

START_TEST(every_function_of_the_built_in_machine_has_one)
{
	struct hgx_topo *host;
	unsigned fates[4] = { 0 };
	struct hgx_plan *plan;

	ck_assert_int_eq(hgx_topo_from_example(&host, "hgx-h200", NULL), HGX_OK);
	plan = planned(host, (struct hgx_plan_options){ .vms = 4, .vm = 2 });
	for (const struct hgx_node *n = host->root; n; n = hgx_node_next(host->root, n))
		if (hgx_node_pci(n))
			fates[hgx_plan_verdict(plan, n)->fate]++;
	ck_assert_uint_eq(fates[HGX_FATE_THIS_VM], 6);
	ck_assert_uint_eq(fates[HGX_FATE_OTHER_VM], 18);
	ck_assert_uint_eq(fates[HGX_FATE_LEFT_OUT], 3); /* USB, SATA, a NIC */
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(every_fate_has_a_name_and_no_other_number_has)
{
	ck_assert_str_eq(hgx_fate_name(HGX_FATE_THIS_VM), "this-vm");
	ck_assert_str_eq(hgx_fate_name(HGX_FATE_OTHER_VM), "other-vm");
	ck_assert_str_eq(hgx_fate_name(HGX_FATE_HOST), "host");
	ck_assert_str_eq(hgx_fate_name(HGX_FATE_LEFT_OUT), "left-out");
	ck_assert_ptr_null(hgx_fate_name(HGX_FATE_LEFT_OUT + 1));
	ck_assert_ptr_null(hgx_fate_name(-1));
}
END_TEST

/* @fine: it may be added; else it is refused as part of the chipset. */
static void check_added(const struct hgx_topo *host, const char *name, bool fine)
{
	struct hgx_plan_options options = { .size = sizeof(options), .add = name };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	int code = hgx_plan_new(&plan, host, &options, &err);

	if (!fine) {
		ck_assert_msg(code == HGX_REFUSED, "%s: %d", name, code);
		ck_assert_str_eq(err.rule, "device-of-chipset");
		ck_assert_str_eq(err.node, name);
		ck_assert_str_eq(err.option, "add");
		return;
	}
	expect_fine(code, &err, name);
	ck_assert_int_eq(hgx_plan_verdict(plan, hgx_topo_find(host, name))->fate, HGX_FATE_THIS_VM);
	hgx_plan_free(plan);
}

/* How many functions have a verdict with this fate and reason; each is added by name. */
static unsigned add_each(const struct hgx_topo *host, const struct hgx_plan *plan, int fate,
			 const char *reason)
{
	unsigned count = 0;

	for (const struct hgx_node *n = host->root; n; n = hgx_node_next(host->root, n)) {
		const struct hgx_verdict *verdict = hgx_plan_verdict(plan, n);

		if (!verdict || verdict->fate != fate || !strstr(verdict->reason, reason))
			continue;
		check_added(host, n->name, fate == HGX_FATE_LEFT_OUT);
		count++;
	}
	return count;
}

START_TEST(the_chipset_cannot_be_added_and_what_is_only_left_out_can)
{
	static const struct { const char *lines; unsigned chipset, others; } hosts[] = {
		{ NULL, 11, 2 }, { BOX, 2, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct hgx_topo *host = hosts[i].lines ? host_of(hosts[i].lines) : NULL;
		struct hgx_plan *plan;

		if (!host)
			ck_assert_int_eq(hgx_topo_from_example(&host, "hgx-h200", NULL), HGX_OK);
		plan = planned(host, (struct hgx_plan_options){ .vms = 1, .vm = 1 });
		ck_assert_uint_eq(add_each(host, plan, HGX_FATE_HOST, CHIPSET), hosts[i].chipset);
		ck_assert_uint_eq(add_each(host, plan, HGX_FATE_LEFT_OUT, "only taken where they are"),
				  hosts[i].others);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

int main(void)
{
	int status;

	seeds_begin();
	deals_begin();
	status = RUN("verdict", what_is_in_the_vm_says_why, what_is_in_another_vm_says_in_which,
		     what_stays_with_the_host_says_what_for, what_is_left_out_says_why_no_vm_has_it,
		     of_a_shared_nic_every_function_says_whose_it_is,
		     what_does_not_divide_and_what_cannot_be_assigned_say_so,
		     nvswitches_go_to_one_vm_at_most, a_function_beside_the_gpus_of_two_vms_goes_to_the_first,
		     of_a_partition_the_rest_is_left_to_others,
		     of_a_partition_with_virtual_functions_each_goes_with_its_gpu,
		     what_the_base_domain_assigns_is_in_the_vm,
		     what_is_not_a_function_of_the_host_has_no_verdict,
		     every_pci_function_has_a_fate_and_a_reason, the_plans_of_all_vms_agree,
		     what_the_host_needs_is_told_so_even_if_it_is_skipped,
		     the_verdicts_say_what_the_findings_say, as_many_are_in_other_vms_as_is_told,
		     they_agree_on_devices_that_are_named, every_function_of_the_built_in_machine_has_one,
		     every_fate_has_a_name_and_no_other_number_has,
		     the_chipset_cannot_be_added_and_what_is_only_left_out_can);
	deals_end();
	return status;
}
