/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors for programs: the table of rules, and which rule, node and option a refusal names. */
#include "support.h"
#include <ctype.h>

#define CPUS "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define HOST CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n 10:02.0 root-port\n" \
	"  12:00.0 nic group=2 use=\"eth0 has an IPv4 address\"\n 10:03.0 root-port\n  13:00.0 nvme group=3\n" \
	"  13:00.1 nvme group=2\n 10:04.0 root-port\n  14:00.0 other\n"

/* Hosts for refusals of their own. */
#define VMD(use) HOST " 10:05.0 other id=8086:28c0 class=010400 group=7\nroot 10000:e0 numa=0\n" \
	" 10000:e0:01.0 root-port group=7\n  10000:e1:00.0 nvme group=7" use "\n"
#define NODE(n, cpus) "package " n " vendor=GenuineIntel\nnode " n " memory=2T\ncpus " cpus " package=" n \
	" node=" n " threads=2\n"
#define TWO_GPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n" \
	"    14:00.0 gpu\n   12:01.0 switch-down\n    15:00.0 gpu\n   12:02.0 switch-down\n"
#define THREADS NODE("0", "0-15") TWO_GPUS
#define SOCKETS NODE("0", "0-15") NODE("1", "16-31") TWO_GPUS \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu\n 20:02.0 root-port\n  22:00.0 gpu\n"
#define LOPSIDED NODE("0", "0-15") NODE("1", "16-19") "package 2\nnode 2 memory=64G\ncpus 20-23 package=1 " \
	"node=2 core=90\nroot 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n" \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu\n"
#define HOMELESS NODE("0", "0-15") NODE("1", "16-31") \
	"root 0000:10\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 gpu\n"
#define FEW_CORES NODE("0", "0-3") TWO_GPUS
#define BOARD THREADS " 10:02.0 root-port\n  16:00.0 nvswitch\n"
#define EIGHT_GPUS CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 gpu\n" \
	" 10:03.0 root-port\n  13:00.0 gpu\n 10:04.0 root-port\n  14:00.0 gpu\n 10:05.0 root-port\n  15:00.0 gpu\n" \
	" 10:06.0 root-port\n  16:00.0 gpu\n 10:07.0 root-port\n  17:00.0 gpu\n 10:08.0 root-port\n  18:00.0 gpu\n"
#define NO_SRIOV THREADS "    13:00.0 nic\n"
#define ONE_FUNCTION THREADS "    13:00.0 nic sriov=1:0\n"
#define FUNCTIONS_OFF THREADS "    13:00.0 nic sriov=8:1\n"
#define FUNCTIONS THREADS "    13:00.0 nic sriov=8:1\n    13:00.1 nic pf=0000:13:00.0\n"
#define GROUP NODE("0", "0-15") "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n" \
	"    13:00.0 gpu group=4\n   12:01.0 switch-down\n    14:00.0 nic group=5\n   12:02.0 switch-down\n" \
	"    15:00.0 nvme group=5\n"
#define AMD "package 0 vendor=AuthenticAMD\nnode 0 memory=2T\ncpus 0-15 package=0 node=0\n" TWO_GPUS
#define LARGE_BARS NODE("0", "0-15") "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=67108864M\n"
#define BITS_40 NODE("0", "0-15") "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=1048576M\n"
#define ROOT(n) "root 0000:" n "0\n " n "0:01.0 root-port\n  " n "1:00.0 nic\n" \
	"root 0000:" n "4\n " n "4:01.0 root-port\n  " n "5:00.0 nic\n" \
	"root 0000:" n "8\n " n "8:01.0 root-port\n  " n "9:00.0 nic\n"
#define ROOTS THREADS ROOT("2") ROOT("3") ROOT("4") ROOT("5") ROOT("6") ROOT("7") ROOT("8") ROOT("9") ROOT("a") ROOT("b")

static const char *const names[] = {
#define NAME_OF(name, ...) #name,
	RULES(NAME_OF, NAME_OF)
	HOST_RULES(NAME_OF, NAME_OF)
	DOMAIN_RULES(NAME_OF, NAME_OF)
	NCCL_RULES(NAME_OF, NAME_OF)
	GUEST_RULES(NAME_OF, NAME_OF)
#undef NAME_OF
};

START_TEST(every_rule_has_an_id_of_its_own_and_a_meaning)
{
	size_t count = 0;

	for (const struct hgx_rule *rule; (rule = hgx_rule_at(count)) != NULL; count++) {
		size_t length = strlen(rule->id);

		ck_assert_msg(count < ARRAY_SIZE(names), "%s", rule->id);
		ck_assert_msg(length && length < sizeof(((struct hgx_error *)0)->rule), "%s", rule->id);
		ck_assert_msg(length == strspn(rule->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), "%s", rule->id);
		ck_assert_msg(*rule->id != '-' && rule->id[length - 1] != '-' && !strstr(rule->id, "--"),
			      "%s", rule->id);
		for (size_t i = 0; i <= length; i++)
			ck_assert_msg(names[count][i] == '_' ? rule->id[i] == '-' :
				      tolower(names[count][i]) == rule->id[i], "%s: %s", names[count], rule->id);
		for (size_t i = 0; i < count; i++)
			ck_assert_msg(strcmp(hgx_rule_at(i)->id, rule->id), "%s is there twice", rule->id);
		ck_assert_msg(hgx_code_name(rule->code) != NULL, "%s: %d", rule->id, rule->code);
		ck_assert_msg(*rule->meaning && !strchr(rule->meaning, '\n'), "%s", rule->id);
	}
	ck_assert_uint_eq(count, ARRAY_SIZE(names));
	ck_assert_ptr_null(hgx_rule_at(SIZE_MAX));
	ck_assert_int_eq(rule_row(RULE_HUGE_PAGES_MISSING)->code, HGX_REFUSED);
	ck_assert_int_eq(rule_row(RULE_IOMMU_OFF)->code, HGX_OK);
}
END_TEST

START_TEST(every_code_has_a_name)
{
	static const char *const codes[] = {
		[HGX_OK] = "ok", [HGX_INVALID] = "invalid", [HGX_MISSING] = "missing",
		[HGX_UNREADABLE] = "unreadable", [HGX_SYNTAX] = "syntax", [HGX_VERSION] = "version",
		[HGX_BROKEN] = "broken", [HGX_REFUSED] = "refused", [HGX_LIMIT] = "limit",
		[HGX_NO_MEMORY] = "no-memory",
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		ck_assert_str_eq(hgx_code_name((int)i), codes[i]);
	ck_assert_ptr_null(hgx_code_name(-1));
	ck_assert_ptr_null(hgx_code_name(ARRAY_SIZE(codes)));
}
END_TEST

static void expect_about(const struct hgx_error *err, const char *rule, const char *node,
			 const char *option)
{
	static const char nothing[sizeof(err->reserved)];

	ck_assert_msg(!strcmp(err->rule, rule) && !strcmp(err->node, node) && !strcmp(err->option, option),
		      "expected '%s' '%s' '%s'\n     got '%s' '%s' '%s': %s", rule, node, option, err->rule,
		      err->node, err->option, err->text);
	ck_assert_msg(!memcmp(err->reserved, nothing, sizeof(nothing)), "%s", err->text);
	ck_assert_msg(err->code != HGX_OK && *err->text, "%s", rule);
}

/* What it says to a program, and what to people who know the members or the command. */
struct refusal {
	const char *host; /* NULL: the built-in example */
	struct hgx_plan_options options;
	const char *rule, *node, *option;
	const char *members, *words; /* words: NULL: the same */
};

static const struct refusal refusals[] = {
	{ HOST, { .smt = 9 }, "option-value", "", "smt",
	  "smt: 9 is not a valid value",
	  "--smt: 9 is not a valid value" },
	{ HOST, { .p2p_clique = -1 }, "option-value", "", "p2p_clique",
	  "p2p_clique: -1 is not a valid value",
	  "--p2p-clique: -1 is not a valid value" },
	{ HOST, { .nvswitch = 3 }, "option-value", "", "nvswitch",
	  "nvswitch: 3 is not a valid value",
	  "--nvswitch: 3 is not a valid value" },
	{ HOST, { .mirror = 2 }, "option-value", "", "mirror",
	  "mirror: 2 is not a valid value",
	  "--mirror: 2 is not a valid value" },
	{ HOST, { .vf = 2 }, "option-value", "", "vf",
	  "vf: 2 is not a valid value",
	  "--vf: 2 is not a valid value" },
	{ HOST, { .uneven = -1 }, "option-value", "", "uneven",
	  "uneven: -1 is not a valid value",
	  "--uneven: -1 is not a valid value" },
	{ HOST, { .reserve_cores = -2 }, "option-value", "", "reserve_cores",
	  "reserve_cores: -2 is not a valid value",
	  "--reserve-cores: -2 is not a valid value" },
	{ HOST, { .hugepages = 4096 }, "option-value", "", "hugepages",
	  "hugepages: 4 KiB is not a valid page size; use 2 MiB or 1 GiB",
	  "--hugepages: 4 KiB is not a valid page size; use 2 MiB or 1 GiB" },
	{ HOST, { .name = "" }, "option-value", "", "name",
	  "name must have 1 to 200 bytes",
	  "--name must have 1 to 200 bytes" },
	{ HOST, { .name = "a/b" }, "option-value", "", "name",
	  "name must be UTF-8 text without '/' and control characters, not 'a/b'",
	  "--name must be UTF-8 text without '/' and control characters, not 'a/b'" },
	{ HOST, { .name = ".." }, "option-value", "", "name",
	  "name: libvirt does not accept the domain name '..'",
	  "--name: libvirt does not accept the domain name '..'" },
	{ HOST, { .name = "x", .base = "<domain/>" }, "options-conflict", "", "name",
	  "the base domain already has a name; change it there, and leave out name",
	  "the base domain already has a name; change it there, and leave out --name" },
	{ HOST, { .memory = 1, .memory_per_cell = 1 }, "options-conflict", "", "memory_per_cell",
	  "give the memory in total or per cell, not both",
	  NULL },
	{ HOST, { .vm = 1 }, "option-value", "", "vm",
	  "vm = 1, vms = 0: the VM must be between 1 and the number of VMs",
	  "--vms 1/0: the VM must be between 1 and the number of VMs" },
	{ HOST, { .vm = 3, .vms = 2 }, "option-value", "", "vm",
	  "vm = 3, vms = 2: the VM must be between 1 and the number of VMs",
	  "--vms 3/2: the VM must be between 1 and the number of VMs" },
	{ HOST, { .uneven = 1 }, "option-incomplete", "", "uneven",
	  "uneven is only valid with vms",
	  "--uneven is only valid with --vms" },
	{ HOST, { .module_ids = "0" }, "option-incomplete", "", "module_ids",
	  "module_ids is only valid with partition",
	  "--module-ids is only valid with --partition" },
	{ HOST, { .partition = "0", .gpus = "0" }, "options-conflict", "", "partition",
	  "partition already says which GPUs the VM gets; leave out vms and gpus",
	  "--partition already says which GPUs the VM gets; leave out --vms and --gpus" },
	{ HOST, { .partition = "x" }, "option-value", "", "partition",
	  "partition: 'x' is not a Fabric Manager partition; they are numbered 0 to 14",
	  "--partition: 'x' is not a Fabric Manager partition; they are numbered 0 to 14" },
	{ EIGHT_GPUS, { .partition = "0" }, "module-ids-missing", "", "module_ids",
	  "partition 0 is made of modules, and the PCI bus does not show which GPU is which module; take "
	  "the lines 'Bus Id' and 'Module ID' of 'nvidia-smi -q' and give the GPU numbers in module order: "
	  "module_ids = \"4,6,5,7,0,2,1,3\" means that module 1 is GPU 4",
	  "partition 0 is made of modules, and the PCI bus does not show which GPU is which module; take "
	  "the lines 'Bus Id' and 'Module ID' of 'nvidia-smi -q' and give the GPU numbers in module order: "
	  "--module-ids 4,6,5,7,0,2,1,3 means that module 1 is GPU 4" },
	{ EIGHT_GPUS, { .partition = "0", .module_ids = "0" }, "option-value", "", "module_ids",
	  "module_ids: '0' must have each GPU number from 0 to 7 once, in the order of the 8 modules, such "
	  "as 4,6,5,7,0,2,1,3 (module 1 is GPU 4)",
	  "--module-ids: '0' must have each GPU number from 0 to 7 once, in the order of the 8 modules, "
	  "such as 4,6,5,7,0,2,1,3 (module 1 is GPU 4)" },
	{ HOST, { .partition = "0", .module_ids = "4,6,5,7,0,2,1,3" }, "partition-board", "", "partition",
	  "partitions divide a board with 8 NVIDIA GPUs, but this host has 1 GPU that can be on one; use vms, "
	  "or name GPUs with gpus",
	  "partitions divide a board with 8 NVIDIA GPUs, but this host has 1 GPU that can be on one; use "
	  "--vms, or name GPUs with --gpus" },
	{ HOST, { .libvirt_version = "x" }, "option-value", "", "libvirt_version",
	  "libvirt_version: 'x' is not a version; write it as 8.2 or 8.2.1",
	  "--libvirt-version: 'x' is not a version; write it as 8.2 or 8.2.1" },
	{ HOST, { .qemu_version = "x" }, "option-value", "", "qemu_version",
	  "qemu_version: 'x' is not a version; write it as 8.2 or 8.2.1",
	  "--qemu-version: 'x' is not a version; write it as 8.2 or 8.2.1" },
	{ HOST, { .libvirt_version = "4.0" }, "libvirt-too-old", "", "libvirt_version",
	  "libvirt 4.0 cannot pick a UEFI firmware by itself; use libvirt 5.2 or newer",
	  NULL },
	{ HOST, { .qemu_version = "3.0" }, "qemu-too-old", "", "qemu_version",
	  "QEMU 3.0 does not tell libvirt which UEFI firmware it has; use QEMU 4.1 or newer",
	  NULL },
	{ HOST, { .iommufd = 1 }, "libvirt-too-old", "", "iommufd",
	  "libvirt 9.0 cannot assign devices through iommufd; use libvirt 12.1 or newer "
	  "(libvirt_version), or leave out iommufd",
	  "libvirt 9.0 cannot assign devices through iommufd; use libvirt 12.1 or newer "
	  "(--libvirt-version), or leave out --iommufd" },
	{ HOST, { .iommufd = 1, .libvirt_version = "12.1", .qemu_version = "8.2" }, "qemu-too-old", "",
	  "iommufd", "QEMU 8.2 cannot assign devices through iommufd; use QEMU 9.0 or newer "
	  "(qemu_version), or leave out iommufd",
	  "QEMU 8.2 cannot assign devices through iommufd; use QEMU 9.0 or newer (--qemu-version), or "
	  "leave out --iommufd" },
	{ HOST, { .iommufd = 2 }, "option-value", "", "iommufd", "iommufd: 2 is not a valid value",
	  "--iommufd: 2 is not a valid value" },
	{ HOST, { .gpus = "near" }, "option-value", "", "gpus",
	  "gpus takes all, none, numbers such as 0-3, names or addresses",
	  "--gpus takes all, none, numbers such as 0-3, names or addresses" },
	{ HOST, { .gpus = "0," }, "option-value", "", "gpus",
	  "gpus: '0,' is not a list of devices separated by commas",
	  "--gpus: '0,' is not a list of devices separated by commas" },
	{ HOST, { .gpus = "3" }, "device-missing", "", "gpus",
	  "gpus: there is no GPU 3: this host has 1, numbered 0 to 0 in address order",
	  "--gpus: there is no GPU 3: this host has 1, numbered 0 to 0 in address order" },
	{ HOST, { .gpus = "12:00.0" }, "device-kind", "0000:12:00.0", "gpus",
	  "gpus: NIC 0000:12:00.0 (15b3:1021) is not a GPU; add takes devices of any kind",
	  "--gpus: NIC 0000:12:00.0 (15b3:1021) is not a GPU; --add takes devices of any kind" },
	{ HOST, { .skip = "0x1:0.0" }, "address-malformed", "0x1:0.0", "skip",
	  "skip: '0x1:0.0' is not a PCI address such as 0000:19:00.0",
	  "--skip: '0x1:0.0' is not a PCI address such as 0000:19:00.0" },
	{ HOST, { .skip = "13:00.0,13:00.0" }, "device-twice", "0000:13:00.0", "skip",
	  "skip: 0000:13:00.0 is named twice",
	  "--skip: 0000:13:00.0 is named twice" },
	{ HOST, { .skip = "11:00.0" }, "no-gpu-free", "0000:11:00.0", "skip",
	  "no GPU can be assigned: GPU 0000:11:00.0 (10de:2335): skip leaves it out",
	  "no GPU can be assigned: GPU 0000:11:00.0 (10de:2335): --skip leaves it out" },
	{ HOST, { .nics = "77:00.0" }, "device-missing", "0000:77:00.0", "nics",
	  "nics: there is no device 0000:77:00.0 on this host",
	  "--nics: there is no device 0000:77:00.0 on this host" },
	{ HOST, { .nics = "12:00.0" }, "device-in-use", "0000:12:00.0", "nics",
	  "nics: NIC 0000:12:00.0 (15b3:1021) cannot be assigned: the host needs it (eth0 has an IPv4 "
	  "address); free it first, or leave it out",
	  "--nics: NIC 0000:12:00.0 (15b3:1021) cannot be assigned: the host needs it (eth0 has an IPv4 "
	  "address); free it first, or leave it out" },
	{ HOST, { .nvme = "13:00.1" }, "group-in-use", "0000:13:00.1", "nvme",
	  "nvme: NVMe drive 0000:13:00.1 (1344:51c3) cannot be assigned: its IOMMU group 2 also holds NIC "
	  "0000:12:00.0 (15b3:1021), which the host needs (eth0 has an IPv4 address), and a group can only "
	  "be assigned as a whole; enable ACS on the ports between them; free it first, or leave it out",
	  "--nvme: NVMe drive 0000:13:00.1 (1344:51c3) cannot be assigned: its IOMMU group 2 also holds "
	  "NIC 0000:12:00.0 (15b3:1021), which the host needs (eth0 has an IPv4 address), and a group can "
	  "only be assigned as a whole; enable ACS on the ports between them; free it first, or leave it "
	  "out" },
	{ HOST, { .nvme = "13:00.0,13:00.0" }, "device-twice", "0000:13:00.0", "nvme",
	  "nvme: 0000:13:00.0 is named twice",
	  "--nvme: 0000:13:00.0 is named twice" },
	{ HOST, { .add = "10:01.0" }, "device-is-bridge", "0000:10:01.0", "add",
	  "add: root port 0000:10:01.0 (8086:352a) is a bridge, which cannot be assigned: the guest gets "
	  "an emulated one; name the devices behind it",
	  "--add: root port 0000:10:01.0 (8086:352a) is a bridge, which cannot be assigned: the guest gets "
	  "an emulated one; name the devices behind it" },
	{ HOST " 10:05.0 other class=0c0500\n", { .add = "10:05.0" }, "device-of-chipset", "0000:10:05.0", "add",
	  "add: device 0000:10:05.0 (1000:00b2) cannot be assigned: it is part of the processor or the "
	  "chipset; leave it out",
	  "--add: device 0000:10:05.0 (1000:00b2) cannot be assigned: it is part of the processor or the "
	  "chipset; leave it out" },
	{ VMD(""), { .nvme = "10000:e1:00.0" }, "device-behind-vmd", "10000:e1:00.0", "nvme",
	  "nvme: NVMe drive 10000:e1:00.0 (1344:51c3) cannot be assigned: it is behind the VMD controller "
	  "0000:10:05.0, which only goes to a VM with all that is behind it: name the controller, or turn "
	  "off VMD in the firmware; free it first, or leave it out",
	  "--nvme: NVMe drive 10000:e1:00.0 (1344:51c3) cannot be assigned: it is behind the VMD controller "
	  "0000:10:05.0, which only goes to a VM with all that is behind it: name the controller, or turn "
	  "off VMD in the firmware; free it first, or leave it out" },
	{ VMD(" use=\"nvme0n1 is mounted at /\""), { .add = "10:05.0" }, "device-in-use", "0000:10:05.0", "add",
	  "add: device 0000:10:05.0 (8086:28c0) cannot be assigned: the host needs NVMe drive 10000:e1:00.0 "
	  "(1344:51c3) behind it (nvme0n1 is mounted at /); free it first, or leave it out",
	  "--add: device 0000:10:05.0 (8086:28c0) cannot be assigned: the host needs NVMe drive 10000:e1:00.0 "
	  "(1344:51c3) behind it (nvme0n1 is mounted at /); free it first, or leave it out" },
	{ HOST, { .add = "11:00.0" }, "device-kind", "0000:11:00.0", "add",
	  "add: GPU 0000:11:00.0 (10de:2335) is a GPU; name the GPUs of a VM with gpus",
	  "--add: GPU 0000:11:00.0 (10de:2335) is a GPU; name the GPUs of a VM with --gpus" },
	{ HOST, { .add = "14:00.0" }, "device-without-group", "0000:14:00.0", "add",
	  "add: device 0000:14:00.0 (1000:00b2) cannot be assigned: it has no IOMMU group, so it cannot be "
	  "assigned; check that the firmware's DMAR or IVRS table covers its root bus; free it first, or "
	  "leave it out",
	  "--add: device 0000:14:00.0 (1000:00b2) cannot be assigned: it has no IOMMU group, so it cannot "
	  "be assigned; check that the firmware's DMAR or IVRS table covers its root bus; free it first, "
	  "or leave it out" },
	{ HOST, { .add = "13:00.0", .skip = "13:00.0" }, "options-conflict", "0000:13:00.0", "add",
	  "add names 0000:13:00.0, which skip leaves out",
	  "--add names 0000:13:00.0, which --skip leaves out" },
	{ HOST, { .vms = 2, .vm = 1 }, "vms-too-many", "", "vms",
	  "1 GPU cannot be divided into 2 VMs; 1 at most",
	  NULL },
	{ HOST, { .reserve_cores = 8 }, "cores-exhausted", "node0", "reserve_cores",
	  "node0 has 8 cores: leaving 8 to the host leaves none for the guest; use reserve_cores = 7 or "
	  "less",
	  "node0 has 8 cores: leaving 8 to the host leaves none for the guest; use --reserve-cores 7 or "
	  "less" },
	{ HOST, { .smt = HGX_ON }, "smt-missing", "", "smt",
	  "no core left for the guest has two online threads, so the guest cannot have SMT; leave out smt "
	  "= HGX_ON, or turn SMT on",
	  "no core left for the guest has two online threads, so the guest cannot have SMT; leave out "
	  "--smt on, or turn SMT on" },
	{ HOST, { .vcpus = 9 }, "vcpus-too-many", "", "vcpus",
	  "9 vCPUs are more than the 7 that 1 NUMA node can give evenly (7 cores of 1 thread each); use "
	  "vcpus = 7 or less",
	  "9 vCPUs are more than the 7 that 1 NUMA node can give evenly (7 cores of 1 thread each); use "
	  "--vcpus 7 or less" },
	{ HOST, { .vcpus = 1000 }, "vcpus-too-many", "", "vcpus",
	  "1000 vCPUs are more than the 288 that the q35 of QEMU 7.2 supports",
	  NULL },
	{ HOST, { .memory = 3 }, "memory-uneven", "", "memory",
	  "3 B of memory does not divide into 1 cell in multiples of 2 MiB; use 2 MiB",
	  NULL },
	{ HOST, { .memory_per_cell = 3 }, "memory-uneven", "", "memory_per_cell",
	  "3 B per cell is not a multiple of 2 MiB; use 2 MiB",
	  NULL },
	{ HOST, { .memory = 1ull << 40 }, "memory-too-large", "node0", "memory",
	  "node0 has 64 GiB of memory, but its cell would get 1 TiB (1 cell); use a smaller memory",
	  "node0 has 64 GiB of memory, but its cell would get 1 TiB (1 cell); use a smaller --memory" },
	{ HOST, { .memory_per_cell = 1ull << 40 }, "memory-too-large", "node0", "memory_per_cell",
	  "node0 has 64 GiB of memory, but its cell would get 1 TiB (1 cell); use a smaller memory_per_cell",
	  "node0 has 64 GiB of memory, but its cell would get 1 TiB (1 cell); use a smaller --memory" },
	{ HOST, { .hugepages = 1ull << 30 }, "huge-pages-missing", "node0", "hugepages",
	  "too few free huge pages of 1 GiB on node0; reserve them with: echo 56 > "
	  "/sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages",
	  NULL },
	{ HOST, { .base = "<domain" }, "xml-syntax", "", "base",
	  "the base domain:1: the tag <domain> is not finished; give a domain as virsh dumpxml "
	  "writes it",
	  NULL },
	{ HOST, { .base = "<other/>" }, "domain-format", "", "base",
	  "the base domain:1: the root element is <other>, not <domain>; give a domain as virsh dumpxml "
	  "writes it",
	  NULL },
	{ HOST, { .base = "<!DOCTYPE x><domain/>" }, "xml-doctype", "", "base",
	  "the base domain:1: a libvirt domain has no document type declaration (<!DOCTYPE …>); remove it",
	  NULL },
	{ HOST, { .base = "<domain/>" }, "domain-incomplete", "", "base",
	  "the base domain:1: the domain has no <devices>; give a complete domain, as virsh dumpxml writes "
	  "it",
	  NULL },
	{ THREADS, { .vcpus = 3 }, "vcpus-uneven", "", "vcpus",
	  "3 vCPUs do not divide into 1 cell of whole cores with 2 threads each; use vcpus = 2 or 4",
	  "3 vCPUs do not divide into 1 cell of whole cores with 2 threads each; use --vcpus 2 or 4" },
	{ SOCKETS, { .vcpus = 9 }, "vcpus-uneven", "", "vcpus",
	  "9 vCPUs do not divide into 2 cells of whole cores with 2 threads each; use vcpus = 8 or 12",
	  "9 vCPUs do not divide into 2 cells of whole cores with 2 threads each; use --vcpus 8 or 12" },
	{ SOCKETS, { .vms = 3, .vm = 1 }, "vms-uneven", "", "vms",
	  "4 GPUs (2 + 2 by NUMA node) do not divide evenly into 3 VMs, but into 1, 2, 4; or allow uneven "
	  "VMs with uneven = 1",
	  "4 GPUs (2 + 2 by NUMA node) do not divide evenly into 3 VMs, but into 1, 2, 4; or allow uneven "
	  "VMs with --uneven" },
	{ LOPSIDED, { .vms = 2, .vm = 1 }, "vms-uneven", "", "vms",
	  "the 2 VMs cannot be equal: the cores of VM 1 and VM 2 are spread differently over CPU packages "
	  "and NUMA nodes; allow uneven VMs with uneven = 1",
	  "the 2 VMs cannot be equal: the cores of VM 1 and VM 2 are spread differently over CPU packages "
	  "and NUMA nodes; allow uneven VMs with --uneven" },
	{ HOMELESS, { .vms = 2, .vm = 1 }, "gpu-node-unknown", "0000:11:00.0", "vms",
	  "the NUMA node of GPU 0000:11:00.0 (10de:2335) is unknown, so the cores and memory cannot be "
	  "divided among VMs; check the NUMA settings of the firmware, or leave it out with skip",
	  "the NUMA node of GPU 0000:11:00.0 (10de:2335) is unknown, so the cores and memory cannot be "
	  "divided among VMs; check the NUMA settings of the firmware, or leave it out with --skip" },
	{ FEW_CORES, { .vms = 2, .vm = 1 }, "cores-exhausted", "", "vms",
	  "no core is left for VM 1; share the host among fewer VMs, or use a smaller reserve_cores",
	  "no core is left for VM 1; share the host among fewer VMs, or use a smaller --reserve-cores" },
	{ FEW_CORES, { .vms = 2, .vm = 2, .uneven = 1, .reserve_cores = 1 }, "cores-exhausted", "", "reserve_cores",
	  "no core is left for the VM; share the host among fewer VMs, or use a smaller reserve_cores",
	  "no core is left for the VM; share the host among fewer VMs, or use a smaller --reserve-cores" },
	{ BOARD, { .vms = 2, .vm = 1, .nvswitch = HGX_NVSWITCH_ALL }, "nvswitches-shared", "", "nvswitch",
	  "the NVSwitches cannot go to several VMs; leave out nvswitch = HGX_NVSWITCH_ALL: they stay on "
	  "the host, whose Fabric Manager serves the VMs",
	  "the NVSwitches cannot go to several VMs; leave out --nvswitch all: they stay on the host, whose "
	  "Fabric Manager serves the VMs" },
	{ NO_SRIOV, { .vms = 2, .vm = 1, .vf = 1 }, "sriov-off", "0000:13:00.0", "vf",
	  "NIC 0000:13:00.0 (15b3:1021) offers no virtual functions, but 2 are needed; turn SR-IOV on in "
	  "the firmware of the server and of the NIC (mlxconfig -d 0000:13:00.0 set SRIOV_EN=1 "
	  "NUM_OF_VFS=2, then a cold boot), or leave out vf = 1",
	  "NIC 0000:13:00.0 (15b3:1021) offers no virtual functions, but 2 are needed; turn SR-IOV on in "
	  "the firmware of the server and of the NIC (mlxconfig -d 0000:13:00.0 set SRIOV_EN=1 "
	  "NUM_OF_VFS=2, then a cold boot), or leave out --vf" },
	{ ONE_FUNCTION, { .vms = 2, .vm = 1, .vf = 1 }, "sriov-limit", "0000:13:00.0", "vf",
	  "NIC 0000:13:00.0 (15b3:1021) can have 1 virtual function, but 2 are needed; share it among "
	  "fewer VMs",
	  NULL },
	{ FUNCTIONS_OFF, { .vms = 2, .vm = 1, .vf = 1 }, "virtual-functions-missing", "0000:13:00.0", "vf",
	  "NIC 0000:13:00.0 (15b3:1021) has 0 free virtual functions, but 2 are needed; create them on the "
	  "host with: echo 0 > /sys/bus/pci/devices/0000:13:00.0/sriov_numvfs; echo 3 > "
	  "/sys/bus/pci/devices/0000:13:00.0/sriov_numvfs (the first command removes the existing ones)",
	  NULL },
	{ FUNCTIONS, { .add = "13:00.1" }, "function-and-parent", "0000:13:00.1", "",
	  "NIC 0000:13:00.1 (15b3:1021) is a virtual function of 0000:13:00.0, which goes to the VM too "
	  "and then loses its virtual functions; take only one of the two (skip = \"0000:13:00.0\")",
	  "NIC 0000:13:00.1 (15b3:1021) is a virtual function of 0000:13:00.0, which goes to the VM too "
	  "and then loses its virtual functions; take only one of the two (--skip 0000:13:00.0)" },
	{ GROUP, { .nvme = "none" }, "group-split", "0000:14:00.0", "",
	  "NIC 0000:14:00.0 (15b3:1021) is in IOMMU group 5 together with NVMe drive 0000:15:00.0 "
	  "(1344:51c3), which is not in the VM (none were asked for), but a group can only be assigned as "
	  "a whole; take both (add = \"0000:15:00.0\"), leave out both (skip = \"0000:14:00.0\"), or "
	  "enable ACS on the ports between them",
	  "NIC 0000:14:00.0 (15b3:1021) is in IOMMU group 5 together with NVMe drive 0000:15:00.0 "
	  "(1344:51c3), which is not in the VM (none were asked for), but a group can only be assigned as "
	  "a whole; take both (--add 0000:15:00.0), leave out both (--skip 0000:14:00.0), or enable ACS on "
	  "the ports between them" },
	{ NULL, { .partition = "1", .module_ids = "4,6,5,7,0,2,1,3", .skip = "9b:00.0" }, "partition-incomplete", "0000:9b:00.0", "partition",
	  "partition 1 has GPU 0000:9b:00.0 (GH100 [H200 SXM 141GB]), which cannot be assigned: skip "
	  "leaves it out",
	  "partition 1 has GPU 0000:9b:00.0 (GH100 [H200 SXM 141GB]), which cannot be assigned: --skip "
	  "leaves it out" },
	{ AMD, { .qemu_version = "7.0", .memory = 1100ull << 30 }, "memory-reserved-range", "", "memory",
	  "the guest's memory would end at 1102 GiB, and QEMU 7.0 would put it over the addresses from "
	  "1012 GiB to 1 TiB, which AMD reserves for HyperTransport; use QEMU 7.1 or newer, or a smaller "
	  "memory",
	  "the guest's memory would end at 1102 GiB, and QEMU 7.0 would put it over the addresses from "
	  "1012 GiB to 1 TiB, which AMD reserves for HyperTransport; use QEMU 7.1 or newer, or a smaller "
	  "--memory" },
	{ BITS_40, { .libvirt_version = "8.0", .qemu_version = "5.0", .memory = 1100ull << 30 }, "memory-address-bits", "", "memory",
	  "with its memory the guest needs addresses up to 1102 GiB, but 40 address bits only reach 1 TiB; "
	  "use a smaller memory",
	  "with its memory the guest needs addresses up to 1102 GiB, but 40 address bits only reach 1 TiB; "
	  "use a smaller --memory" },
	{ BITS_40, { .libvirt_version = "8.0", .qemu_version = "5.0", .memory = 8ull << 30 }, "bars-address-space", "", "",
	  "the BARs of the chosen devices need 2 TiB of 64-bit addresses; with 40 address bits and memory "
	  "up to 10 GiB the firmware opens 32 GiB, and there is no room for more; use libvirt 8.7 or QEMU "
	  "6.0, which show the guest all address bits of the host",
	  NULL },
	{ LARGE_BARS, { .memory = 8ull << 30 }, "bars-address-space", "", "",
	  "the BARs of the chosen devices need 128 TiB of 64-bit addresses; with 46 address bits and "
	  "memory up to 10 GiB the firmware opens 8 TiB, and there is no room for more; assign fewer GPUs, "
	  "for example half of them with vm = 1, vms = 2",
	  "the BARs of the chosen devices need 128 TiB of 64-bit addresses; with 46 address bits and "
	  "memory up to 10 GiB the firmware opens 8 TiB, and there is no room for more; assign fewer GPUs, "
	  "for example half of them with --vms 1/2" },
	{ ROOTS, { .nics = "all", .mirror = HGX_MIRROR_ROOT_COMPLEX }, "slots-exhausted", "", "mirror",
	  "31 expander buses are needed, one per root bus with devices, but pcie.0 has slots for 28; use "
	  "mirror = HGX_MIRROR_NUMA",
	  "31 expander buses are needed, one per root bus with devices, but pcie.0 has slots for 28; use "
	  "--mirror numa" },
};

static struct hgx_topo *refused_host(const struct refusal *refusal)
{
	struct hgx_topo *host;

	if (refusal->host)
		return host_of(refusal->host);
	must(!hgx_topo_from_example(&host, hgx_example_name(0), NULL), "no example");
	return host;
}

static void expect_refusal(const struct refusal *refusal, int words, const char *text)
{
	struct hgx_plan_options options = refusal->options;
	struct hgx_topo *host = refused_host(refusal);
	struct hgx_plan *plan;
	struct hgx_error err;
	int code;

	memset(&err, 0xa5, sizeof(err));
	options.size = sizeof(options);
	options.words = words;
	code = hgx_plan_new(&plan, host, &options, &err);
	expect_error(code, &err, code, text);
	expect_about(&err, refusal->rule, refusal->node, refusal->option);
	ck_assert_int_eq(hgx_plan_new(&plan, host, &options, NULL), code);
	hgx_topo_free(host);
}

START_TEST(a_refused_plan_names_rule_node_and_option_in_the_words_of_its_caller)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *refusal = &refusals[i];

		expect_refusal(refusal, HGX_WORDS_MEMBERS, refusal->members);
		expect_refusal(refusal, HGX_WORDS_OPTIONS,
			       refusal->words ? refusal->words : refusal->members);
		ck_assert_msg(!strstr(refusal->members, "--"), "%s", refusal->members);
	}
}
END_TEST

/* Each returns what the call did. */
static int bad_address(struct hgx_error *err)
{
	struct hgx_bdf address;

	return hgx_bdf_parse(&address, "19", err);
}

static int bad_size(struct hgx_error *err)
{
	uint64_t size;

	return hgx_size_parse(&size, "12", err);
}

static int bad_example(struct hgx_error *err)
{
	struct hgx_topo *topo;

	return hgx_topo_from_example(&topo, "none", err);
}

static int bad_struct(struct hgx_error *err)
{
	const struct hgx_host_options options = { .root = "/" };
	struct hgx_topo *topo;

	return hgx_topo_from_host(&topo, &options, err);
}

static int bad_root(struct hgx_error *err)
{
	const struct hgx_host_options options = { sizeof(options), "/nowhere" };
	struct hgx_topo *topo;

	return hgx_topo_from_host(&topo, &options, err);
}

static int empty_root(struct hgx_error *err)
{
	const struct hgx_host_options options = { sizeof(options), "tests/unit" };
	struct hgx_topo *topo;

	return hgx_topo_from_host(&topo, &options, err);
}

static int json_with(struct hgx_error *err, const char *from, const char *to)
{
	char *json = json_of(HOST), *at = strstr(json, from), *text = NULL;
	struct hgx_topo *topo;
	int code;

	must(at && asprintf(&text, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from)) > 0, "%s", from);
	code = hgx_topo_from_json(&topo, text, strlen(text), "made", err);
	hgx_topo_free(topo);
	free(text);
	free(json);
	return code;
}

static int json_cut(struct hgx_error *err)
{
	struct hgx_topo *topo;

	return hgx_topo_from_json(&topo, "{", 1, NULL, err);
}

static int json_no_object(struct hgx_error *err)
{
	return json_with(err, "{ \"id\": 0, \"vendor\": \"GenuineIntel\" }", "3");
}

static int json_of_next_version(struct hgx_error *err)
{
	return json_with(err, "\"version\": 1", "\"version\": 2");
}

static int json_bad_memory(struct hgx_error *err)
{
	return json_with(err, "\"memory\": 68719476736", "\"memory\": -1");
}

static int json_bad_cpu(struct hgx_error *err)
{
	return json_with(err, "\"id\": 3, \"package\": 0", "\"id\": 3, \"package\": -7");
}

static int json_bad_class(struct hgx_error *err)
{
	return json_with(err, "\"class\": \"0x030200\"", "\"class\": \"yes\"");
}

static int json_bad_address(struct hgx_error *err)
{
	return json_with(err, "\"0000:13:00.0\"", "\"0000:13:20.0\"");
}

static int orphan(struct hgx_error *err)
{
	return json_with(err, "\"parent\": \"0000:10:01.0\"", "\"parent\": \"0000:10:1f.0\"");
}

static int twice(struct hgx_error *err)
{
	return json_with(err, "\"address\": \"0000:13:00.1\"", "\"address\": \"0000:13:00.0\"");
}

static int domain_of(struct hgx_error *err, const char *text)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	const struct hgx_domain_options options = { .size = sizeof(options), .host = host };
	int code = hgx_topo_from_domain(&topo, text, strlen(text), NULL, &options, err);

	hgx_topo_free(topo);
	hgx_topo_free(host);
	return code;
}

#define WITH(devices) "<domain><os><type machine='q35'>hvm</type></os><devices>" devices "</devices></domain>"

static int domain_of_i440fx(struct hgx_error *err)
{
	return domain_of(err, "<domain><os><type machine='pc'>hvm</type></os><devices/></domain>");
}

/* The second wants the place of the first; it is a device of the host. */
static int domain_clash(struct hgx_error *err)
{
	return domain_of(err, WITH("<rng><address type='pci' slot='3'/></rng><hostdev type='pci'><source>"
				   "<address bus='0x11'/></source><address type='pci' slot='3'/></hostdev>"));
}

static int domain_on_guest(struct hgx_error *err)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	struct hgx_plan *plan = plan_of(host, 0, 0);
	const struct hgx_domain_options options = { .size = sizeof(options), .host = hgx_plan_guest(plan) };
	int code = hgx_topo_from_domain(&topo, "", 0, NULL, &options, err);

	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int no_plans(struct hgx_error *err)
{
	char *text;

	return hgx_emit_map(NULL, 0, &text, err);
}

static int bad_driver(struct hgx_error *err)
{
	const struct hgx_kernel_options options = { .size = sizeof(options), .driver = "nvidia" };
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan *plan = plan_of(host, 0, 0);
	char *text;
	int code = hgx_emit_kernel_args(&plan, 1, &options, &text, err);

	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int bad_content(struct hgx_error *err)
{
	const struct hgx_nccl_options options = { .size = sizeof(options), .content = 5 };
	struct hgx_topo *host = host_of(HOST);
	char *text;
	int code = hgx_emit_nccl(host, &options, &text, err);

	hgx_topo_free(host);
	return code;
}

static int no_gpu(struct hgx_error *err)
{
	struct hgx_topo *host = host_of(CPUS);
	char *text;
	int code = hgx_emit_nccl(host, NULL, &text, err);

	hgx_topo_free(host);
	return code;
}

static int mixed_gpus(struct hgx_error *err)
{
	struct hgx_topo *host = host_of(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n"
					"  11:00.0 gpu\n 10:02.0 root-port\n"
					"  12:00.0 gpu id=1002:74a1\n");
	char *text;
	int code = hgx_emit_nccl(host, NULL, &text, err);

	hgx_topo_free(host);
	return code;
}

static int qemu_with(struct hgx_error *err, struct hgx_qemu_options options)
{
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan *plan = plan_of(host, 0, 0);
	char *text;
	int code;

	options.size = sizeof(options);
	code = hgx_emit_qemu(plan, &options, &text, err);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int bad_format(struct hgx_error *err)
{
	return qemu_with(err, (struct hgx_qemu_options){ .format = 3 });
}

static int bad_code_file(struct hgx_error *err)
{
	return qemu_with(err, (struct hgx_qemu_options){ .firmware_code = "" });
}

static int bad_vars_file(struct hgx_error *err)
{
	return qemu_with(err, (struct hgx_qemu_options){ .firmware_vars = "\n" });
}

/* All pages that are needed are there, and in use. */
static int pages_in_use(struct hgx_error *err)
{
	struct hgx_plan_options options = { .size = sizeof(options), .memory = 4ull << 30, .hugepages = 1 << 30 };
	struct hgx_topo *host = host_of("package 0\nnode 0 memory=64G huge=1G:4:3\n"
					"cpus 0-7 package=0 node=0\nroot 0000:10 numa=0\n 10:01.0 root-port\n"
					"  11:00.0 gpu\n");
	struct hgx_plan *plan;
	char *text;
	int code;

	expect_fine(hgx_plan_new(&plan, host, &options, err), err, "plan");
	code = hgx_emit_libvirt(plan, &text, err);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int match_with_host(struct hgx_error *err)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	int code = hgx_topo_match(&topo, host, host, err);

	hgx_topo_free(host);
	return code;
}

START_TEST(refusals_of_every_room_name_rule_node_and_option)
{
	static const struct {
		int (*call)(struct hgx_error *err);
		int code;
		const char *rule, *node, *option;
	} rows[] = {
		{ bad_address, HGX_INVALID, "address-malformed", "19", "" },
		{ bad_size, HGX_INVALID, "size-malformed", "", "" },
		{ bad_example, HGX_MISSING, "example-missing", "", "" },
		{ bad_struct, HGX_INVALID, "options-size", "", "size" },
		{ bad_root, HGX_MISSING, "root-missing", "", "root" },
		{ empty_root, HGX_MISSING, "root-empty", "", "root" },
		{ json_cut, HGX_SYNTAX, "json-truncated", "", "" },
		{ json_no_object, HGX_SYNTAX, "json-member", "", "" },
		{ json_of_next_version, HGX_VERSION, "json-version", "", "" },
		{ json_bad_memory, HGX_BROKEN, "json-value", "node0", "" },
		{ json_bad_cpu, HGX_BROKEN, "json-value", "cpu3", "" },
		{ json_bad_class, HGX_BROKEN, "json-value", "0000:11:00.0", "" },
		{ json_bad_address, HGX_BROKEN, "json-value", "0000:13:20.0", "" },
		{ orphan, HGX_BROKEN, "parent-missing", "0000:11:00.0", "" },
		{ twice, HGX_BROKEN, "node-twice", "0000:13:00.0", "" },
		{ domain_of_i440fx, HGX_REFUSED, "domain-machine", "", "" },
		{ domain_clash, HGX_BROKEN, "domain-clash", "0000:11:00.0", "" },
		{ domain_on_guest, HGX_INVALID, "topology-is-guest", "", "host" },
		{ no_plans, HGX_INVALID, "plans-none", "", "" },
		{ bad_driver, HGX_INVALID, "option-value", "", "driver" },
		{ bad_content, HGX_INVALID, "option-value", "", "content" },
		{ bad_format, HGX_INVALID, "option-value", "", "format" },
		{ bad_code_file, HGX_INVALID, "option-value", "", "firmware_code" },
		{ bad_vars_file, HGX_INVALID, "option-value", "", "firmware_vars" },
		{ no_gpu, HGX_REFUSED, "no-gpu", "", "" },
		{ mixed_gpus, HGX_REFUSED, "gpus-mixed", "0000:12:00.0", "" },
		{ pages_in_use, HGX_REFUSED, "huge-pages-in-use", "node0", "" },
		{ match_with_host, HGX_INVALID, "topology-is-host", "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err;

		memset(&err, 0xa5, sizeof(err));
		ck_assert_int_eq(rows[i].call(&err), rows[i].code);
		ck_assert_int_eq(err.code, rows[i].code);
		expect_about(&err, rows[i].rule, rows[i].node, rows[i].option);
	}
}
END_TEST

START_TEST(what_is_too_long_is_cut_and_terminated)
{
	struct hgx_error err;
	char text[1000];

	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 3);
	memset(&err, 0xa5, sizeof(err));
	ck_assert_int_eq(fail_about(&err, RULE_NO_GPU, OPTION_MEMORY_PER_CELL, text, "%s", text), HGX_REFUSED);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_uint_eq(strlen(err.node), sizeof(err.node) - 1);
	ck_assert(text_is_clean(err.text) && text_is_clean(err.node));
	ck_assert_str_eq(err.option, "memory_per_cell");
	error_prefix(&err, "file");
	ck_assert_msg(!strncmp(err.text, "file: \xc3\xa4", 8) && text_is_clean(err.text), "%s", err.text);
	fail_node(&err, RULE_NO_GPU, NULL, "a"); /* check.h has a macro fail() */
	expect_about(&err, "no-gpu", "", "");
}
END_TEST

static void expect_untouched(const struct hgx_error *err)
{
	for (size_t i = 0; i < sizeof(*err); i++)
		ck_assert_msg(((const unsigned char *)err)[i] == 0xa5, "byte %zu", i);
}

START_TEST(a_call_that_succeeds_leaves_the_error_as_it_was)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	static const char *const bases[] = { NULL, WITH("<memballoon model='none'/>") };
	struct hgx_plan_options options = { .size = sizeof(options), .memory = 8ull << 30, .gpus = "all" };
	struct hgx_host_options live = { .size = sizeof(live) };
	struct hgx_error err;
	struct hgx_plan *plan;
	struct hgx_bdf address;
	uint64_t size;
	char *text;

	memset(&err, 0xa5, sizeof(err));
	ck_assert_int_eq(hgx_bdf_parse(&address, "19:00.0", &err), HGX_OK);
	ck_assert_int_eq(hgx_size_parse(&size, "1G", &err), HGX_OK);
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		options.base = bases[i];
		ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), HGX_OK);
		ck_assert_int_eq(hgx_emit_libvirt(plan, &text, &err), HGX_OK);
		ck_assert_int_eq(hgx_topo_from_domain(&topo, text, strlen(text), NULL, NULL, &err), HGX_OK);
		hgx_topo_free(topo);
		hgx_text_free(text);
		ck_assert_int_eq(hgx_emit_map(&plan, 1, &text, &err), HGX_OK);
		hgx_text_free(text);
		ck_assert_int_eq(hgx_emit_nccl(hgx_plan_guest(plan), NULL, &text, &err), HGX_OK);
		hgx_text_free(text);
		ck_assert_int_eq(hgx_topo_match(&topo, hgx_plan_guest(plan), hgx_plan_guest(plan), &err), HGX_OK);
		hgx_topo_free(topo);
		hgx_plan_free(plan);
	}
	ck_assert_int_eq(hgx_emit_json_with_ids(host, &text, &err), HGX_OK);
	ck_assert_int_eq(hgx_topo_from_json(&topo, text, strlen(text), NULL, &err), HGX_OK);
	hgx_text_free(text);
	hgx_topo_free(topo);
	ck_assert_int_eq(hgx_topo_from_host(&topo, &live, &err), HGX_OK);
	hgx_topo_free(topo);
	expect_untouched(&err);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("errors", every_rule_has_an_id_of_its_own_and_a_meaning, every_code_has_a_name,
		   a_refused_plan_names_rule_node_and_option_in_the_words_of_its_caller,
		   refusals_of_every_room_name_rule_node_and_option, what_is_too_long_is_cut_and_terminated,
		   a_call_that_succeeds_leaves_the_error_as_it_was);
}
