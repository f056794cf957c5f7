/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machines read from captured roots: what is found in each test machine. */
#include "roots.h"

static const char *const names[] = {
	"hgx-h200", "hgx-h200-user", "made-16-gpus", "made-a100-nested", "made-b200",
	"made-epyc-nps4", "made-no-gpu", "made-odd-cpus", "made-one-gpu",
};

/* The kinds of hgxtopo.h in their order: machine, package, core, cpu, numa, host bridge, root
 * port, switch up, switch down, bridge, GPU, NIC, NVMe, NVSwitch, other, NVLink manager. */
START_TEST(every_machine_has_the_right_number_of_everything)
{
	static const struct { const char *name; unsigned counts[HGX_NVLINK_MANAGER + 1]; } rows[] = {
		{ "hgx-h200", { 1, 2, 96, 96, 2, 10, 12, 8, 36, 1, 8, 10, 9, 4, 22, 0 } },
		{ "hgx-h200-user", { 1, 2, 96, 96, 2, 10, 12, 8, 36, 1, 8, 10, 9, 4, 22, 0 } },
		{ "made-16-gpus", { 1, 4, 96, 96, 4, 9, 11, 8, 40, 1, 16, 18, 9, 0, 11, 0 } },
		{ "made-a100-nested", { 1, 2, 128, 256, 2, 6, 8, 9, 30, 1, 8, 10, 5, 6, 7, 0 } },
		{ "made-b200", { 1, 2, 112, 224, 2, 10, 12, 9, 34, 1, 8, 10, 9, 0, 19, 4 } },
		{ "made-epyc-nps4", { 1, 2, 128, 256, 8, 8, 15, 0, 0, 1, 8, 6, 1, 0, 9, 0 } },
		{ "made-no-gpu", { 1, 2, 64, 128, 2, 3, 9, 0, 0, 1, 0, 5, 5, 0, 6, 0 } },
		{ "made-odd-cpus", { 1, 2, 11, 24, 4, 5, 7, 2, 6, 0, 4, 21, 2, 0, 3, 0 } },
		{ "made-one-gpu", { 1, 1, 8, 16, 1, 1, 3, 0, 0, 0, 1, 1, 1, 0, 5, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = machine(rows[i].name);
		const struct hgx_node *root = hgx_topo_root(topo);
		unsigned counts[HGX_NVLINK_MANAGER + 1] = { 0 };

		for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n))
			counts[hgx_node_kind(n)]++;
		for (int kind = 0; kind <= HGX_NVLINK_MANAGER; kind++)
			ck_assert_msg(counts[kind] == rows[i].counts[kind], "%s has %u %s, not %u",
				      rows[i].name, counts[kind], hgx_kind_name((enum hgx_kind)kind),
				      rows[i].counts[kind]);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(what_the_host_needs_is_marked_with_the_reason)
{
	static const struct { const char *machine, *function, *use; } rows[] = {
		{ "hgx-h200", "01:00.0", "eno1 has the default route" },
		{ "hgx-h200", "01:00.1", NULL },
		{ "hgx-h200", "03:00.0", "the console of the host: boot_vga is 1" },
		{ "hgx-h200", "04:00.0", "nvme8n1 is mounted at / (through dm-0)" },
		{ "hgx-h200", "18:00.0", NULL },
		{ "hgx-h200", "1c:00.0", "management of the PCIe switch" },
		{ "hgx-h200", "19:00.0", NULL },
		{ "made-a100-nested", "01:00.1", "ens1f1np1 has the default route (through bond0)" },
		{ "made-a100-nested", "02:00.0", "nvme0n1 is mounted at / (through nvme0n1p2)" },
		{ "made-no-gpu", "01:00.0", "eno1 has the default route (through br0)" },
		{ "made-no-gpu", "18:00.0", "nvme1n1 is mounted at /srv (through dm-2)" },
		{ "made-odd-cpus", "01:00.0", "eno1 has an IPv6 address" },
		{ "made-odd-cpus", "22:00.0", "nvme0n1 is mounted at / (through nvme0n1p2)" },
		{ "made-odd-cpus", "0001:22:00.0", "nvme0n1 is mounted at / (through nvme0n1p2)" },
		{ "made-accelerators", "51:00.0", "CXL memory that its driver, cxl_pci, can give to the host" },
		{ "made-accelerators", "52:00.0", NULL },
		{ "made-one-gpu", "00:17.0", "sda is mounted at / (through md0)" },
		{ "made-one-gpu", "01:00.0", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = machine(rows[i].machine);
		const char *use = function_of(topo, rows[i].function)->host_use;

		ck_assert_msg(rows[i].use ? use && !strcmp(use, rows[i].use) : !use, "%s %s: %s",
			      rows[i].machine, rows[i].function, use ? use : "nothing");
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(acs_and_ats_are_read_with_their_registers)
{
	static const struct { const char *machine, *function; struct hgx_capability acs, ats; } rows[] = {
		{ "hgx-h200", "15:01.0", { 1, 0x5f, 0x1d }, { 0, 0, 0 } },
		{ "hgx-h200", "16:00.0", { 0, 0, 0 }, { 0, 0, 0 } },
		{ "hgx-h200", "17:00.0", { 1, 0x5f, 0x1d }, { 0, 0, 0 } },
		{ "hgx-h200", "1c:00.0", { -1, 0, 0 }, { -1, 0, 0 } }, /* not read for a SAS function */
		{ "made-odd-cpus", "12:00.0", { 0, 0, 0 }, { 0, 0, 0 } },
		{ "hgx-h200-user", "15:01.0", { -1, 0, 0 }, { -1, 0, 0 } },
		{ "hgx-h200-user", "19:00.0", { -1, 0, 0 }, { -1, 0, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = machine(rows[i].machine);
		const struct hgx_pci *pci = function_of(topo, rows[i].function);

		ck_assert_msg(pci->acs.state == rows[i].acs.state && pci->acs.bits == rows[i].acs.bits &&
			      pci->acs.control == rows[i].acs.control, "%s %s: ACS %d %04x %04x",
			      rows[i].machine, rows[i].function, pci->acs.state, pci->acs.bits,
			      pci->acs.control);
		ck_assert_msg(pci->ats.state == rows[i].ats.state && pci->ats.bits == rows[i].ats.bits &&
			      pci->ats.control == rows[i].ats.control, "%s %s: ATS %d %04x %04x",
			      rows[i].machine, rows[i].function, pci->ats.state, pci->ats.bits,
			      pci->ats.control);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(the_nics_of_the_nested_machine_have_ats_enabled)
{
	struct hgx_topo *topo = machine("made-a100-nested");
	const struct hgx_node *root = hgx_topo_root(topo);
	unsigned on = 0;

	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n))
		if (hgx_node_kind(n) == HGX_NIC && hgx_node_pci(n)->ats.state == HGX_PRESENT) {
			ck_assert_uint_eq(hgx_node_pci(n)->ats.bits, 0x20);
			ck_assert_uint_eq(hgx_node_pci(n)->ats.control, 0x8000);
			on++;
		}
	ck_assert_uint_eq(on, 8);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(virtual_functions_know_their_physical_function)
{
	static const struct { const char *function, *physical; int total, enabled; } rows[] = {
		{ "21:00.0", NULL, 16, 4 }, { "21:00.4", "0000:21:00.0", 0, 0 },
		{ "0001:21:00.1", NULL, 8, 4 }, { "0001:21:01.2", "0001:21:00.1", 0, 0 },
		{ "0001:21:00.2", "0001:21:00.0", 0, 0 }, { "13:00.0", NULL, 32, 0 },
		{ "01:00.0", NULL, 0, 0 },
	};
	struct hgx_topo *topo = machine("made-odd-cpus");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_pci *pci = function_of(topo, rows[i].function);
		const struct hgx_node *physical = pci->physical_function;

		ck_assert_msg(rows[i].physical ? physical && !strcmp(hgx_node_name(physical),
								     rows[i].physical) : !physical,
			      "%s: %s", rows[i].function, physical ? hgx_node_name(physical) : "none");
		ck_assert_msg(pci->sriov_total == rows[i].total && pci->sriov_enabled == rows[i].enabled,
			      "%s: %d of %d", rows[i].function, pci->sriov_enabled, pci->sriov_total);
	}
	hgx_topo_free(topo);
}
END_TEST

START_TEST(slots_links_and_names_are_found)
{
	struct hgx_topo *topo = machine("made-odd-cpus");
	const struct hgx_pci *nic = function_of(topo, "0001:21:00.1");
	const struct hgx_pci *slow = function_of(topo, "0001:14:00.0");

	ck_assert_str_eq(nic->slot, "5");
	ck_assert_str_eq(nic->driver, "mlx5_core");
	ck_assert_uint_eq(nic->os_device_count, 2);
	ck_assert_str_eq(nic->os_devices[0].type, "net");
	ck_assert_str_eq(nic->os_devices[0].name, "enP1p33s0f1np1");
	ck_assert_str_eq(nic->os_devices[1].type, "infiniband");
	ck_assert_str_eq(nic->os_devices[1].name, "mlx5_11");
	ck_assert_str_eq(nic->vendor_name, "Mellanox Technologies");
	ck_assert_str_eq(nic->device_name, "MT2892 Family [ConnectX-6 Dx]");
	ck_assert_uint_eq(slow->link_max.speed, 32000);
	ck_assert_uint_eq(slow->link_max.width, 16);
	ck_assert_uint_eq(slow->link_now.speed, 16000);
	ck_assert_uint_eq(slow->link_now.width, 8);
	ck_assert_ptr_null(slow->slot);
	ck_assert_int_eq(slow->iommu_group, 20);
	ck_assert_uint_eq(slow->bars[2].size, 128ull << 30);
	ck_assert_uint_eq(slow->bars[2].flags, HGX_BAR_64BIT | HGX_BAR_PREFETCH);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_drive_with_two_paths_has_its_name_on_both)
{
	struct hgx_topo *topo = machine("made-odd-cpus");

	ck_assert_str_eq(function_of(topo, "22:00.0")->os_devices[0].name, "nvme0n1");
	ck_assert_str_eq(function_of(topo, "0001:22:00.0")->os_devices[0].name, "nvme0n1");
	ck_assert_uint_eq(function_of(topo, "22:00.0")->os_device_count, 1);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(offline_cpus_are_directly_below_the_machine)
{
	static const unsigned offline[] = { 5, 17, 21, 25 };
	struct hgx_topo *topo = machine("made-odd-cpus");
	const struct hgx_node *root = hgx_topo_root(topo);
	unsigned count = 0;

	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n)) {
		const struct hgx_cpu *cpu = hgx_node_cpu(n);

		if (!cpu || cpu->online)
			continue;
		ck_assert_uint_lt(count, 4);
		ck_assert_uint_eq(cpu->id, offline[count++]);
		ck_assert_ptr_eq(hgx_node_parent(n), root);
		ck_assert_int_eq(cpu->package, -1);
		ck_assert_ptr_null(hgx_node_numa(n));
	}
	ck_assert_uint_eq(count, 4);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(smt_siblings_share_a_core)
{
	struct hgx_topo *topo = machine("made-odd-cpus");

	ck_assert_ptr_eq(hgx_node_parent(hgx_topo_find(topo, "cpu0")),
			 hgx_node_parent(hgx_topo_find(topo, "cpu16")));
	ck_assert_ptr_ne(hgx_node_parent(hgx_topo_find(topo, "cpu0")),
			 hgx_node_parent(hgx_topo_find(topo, "cpu18")));
	ck_assert_str_eq(hgx_node_name(hgx_node_numa(hgx_topo_find(topo, "cpu29"))), "node3");
	hgx_topo_free(topo);
}
END_TEST

START_TEST(memory_huge_pages_and_distances_are_those_of_the_nodes)
{
	static const uint32_t row[] = { 14, 24, 10, 24 };
	struct hgx_topo *topo = machine("made-odd-cpus");
	const struct hgx_memory *node0 = hgx_node_memory(hgx_topo_find(topo, "node0"));
	const struct hgx_memory *node2 = hgx_node_memory(hgx_topo_find(topo, "node2"));

	ck_assert_uint_eq(node0->bytes, 252ull << 30);
	ck_assert_uint_eq(node0->huge_page_sizes, 2);
	ck_assert_uint_eq(node0->huge_pages[0].size, 2ull << 20);
	ck_assert_uint_eq(node0->huge_pages[1].size, 1ull << 30);
	ck_assert_uint_eq(node0->huge_pages[1].total, 16);
	ck_assert_uint_eq(node0->huge_pages[1].free, 12);
	ck_assert_uint_eq(hgx_node_memory(hgx_topo_find(topo, "node3"))->bytes, 0);
	ck_assert_uint_eq(node2->distance_count, 4);
	ck_assert_mem_eq(node2->distances, row, sizeof(row));
	hgx_topo_free(topo);
}
END_TEST

/* Whichever hwloc: up to 2.9 it leaves the node out by itself. */
START_TEST(the_memory_of_a_gpu_is_not_a_node_of_the_machine)
{
	static const uint32_t row[] = { 21, 12, 10 };
	struct copy copy = copy_machine("made-odd-cpus", "gpu-node");
	struct hgx_error err;
	struct hgx_topo *topo;

	run_command("cd '%s' && mkdir -p proc/driver/nvidia/gpus/0008:01:00.0 proc/driver/nvidia/gpus/0009:01:00.0 && "
		    "printf 'Node: 2\\nStatus: online\\n' >proc/driver/nvidia/gpus/0008:01:00.0/numa_status && "
		    "echo nonsense >proc/driver/nvidia/gpus/0009:01:00.0/numa_status", copy.path);
	expect_fine(load_root(&topo, copy.path, &err), &err, "gpu-node");
	ck_assert_ptr_null(hgx_topo_find(topo, "node2"));
	ck_assert_uint_eq(hgx_node_memory(hgx_topo_find(topo, "node3"))->distance_count, 3);
	ck_assert_mem_eq(hgx_node_memory(hgx_topo_find(topo, "node3"))->distances, row, sizeof(row));
	hgx_topo_free(topo);
}
END_TEST

START_TEST(the_processor_of_a_package_is_named)
{
	struct hgx_topo *topo = machine("made-epyc-nps4");
	const struct hgx_processor *cpu = hgx_node_processor(hgx_topo_find(topo, "package1"));

	ck_assert_str_eq(cpu->vendor, "AuthenticAMD");
	ck_assert_str_eq(cpu->arch, "x86_64");
	ck_assert_str_eq(cpu->name, "AMD EPYC 9554 64-Core Processor");
	ck_assert_int_eq(cpu->family, 25);
	ck_assert_int_eq(cpu->model, 17);
	hgx_topo_free(topo);
}
END_TEST

/* hwloc reads the same file, and may or may not know the vendor. */
START_TEST(every_package_has_the_address_bits_of_proc_cpuinfo)
{
	static const struct { const char *text; int bits; } rows[] = {
		{ "address sizes\t: 52 bits physical, 57 bits virtual\n", 52 },
		{ "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 1\n"
		  "address sizes\t: 46 bits physical, 48 bits virtual\n\nprocessor\t: 1\n"
		  "address sizes\t: 39 bits physical, 48 bits virtual\n", 46 },
		{ "address sizes\t: 52 bits", -1 }, { "address sizes\t: \n", -1 },
		{ "address sizes\t: 31 bits physical\n", -1 }, { "address sizes\t: 65 bits physical\n", -1 },
		{ "address sizes\t: 99999999999999999999 bits physical\n", -1 },
		{ "address sizes\t: -52 bits physical\n", -1 }, { "address sizes", -1 },
		{ "CPU implementer\t: 0x41\n", -1 }, { "", -1 },
	};
	struct copy copy = copy_machine("made-odd-cpus", "bits");
	struct hgx_error err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo;

		tree_file(tree_path("bits/proc/cpuinfo"), rows[i].text);
		expect_fine(load_root(&topo, copy.path, &err), &err, rows[i].text);
		for (int package = 0; package < 2; package++) {
			const struct hgx_node *node =
				hgx_topo_find(topo, package ? "package1" : "package0");

			ck_assert_msg(hgx_node_processor(node)->address_bits == rows[i].bits, "%s: %d",
				      rows[i].text, hgx_node_processor(node)->address_bits);
		}
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(a_user_sees_the_same_tree_as_root)
{
	struct hgx_topo *root = machine("hgx-h200"), *user = machine("hgx-h200-user");
	const struct hgx_node *a = hgx_topo_root(root), *b = hgx_topo_root(user);

	while (a && b) {
		ck_assert_str_eq(hgx_node_name(a), hgx_node_name(b));
		ck_assert_msg(hgx_node_kind(a) == hgx_node_kind(b), "%s", hgx_node_name(a));
		ck_assert_msg(!hgx_node_parent(a) || !strcmp(hgx_node_name(hgx_node_parent(a)),
							     hgx_node_name(hgx_node_parent(b))),
			      "%s", hgx_node_name(a));
		a = hgx_node_next(hgx_topo_root(root), a);
		b = hgx_node_next(hgx_topo_root(user), b);
	}
	ck_assert(!a && !b);
	hgx_topo_free(root);
	hgx_topo_free(user);
}
END_TEST

START_TEST(what_a_user_cannot_see_is_marked)
{
	struct hgx_topo *topo = machine("hgx-h200-user");
	const struct hgx_node *root = hgx_topo_root(topo);
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n)) {
		const struct hgx_pci *pci = hgx_node_pci(n);

		if (!pci)
			continue;
		ck_assert_int_eq(pci->port_type, -1);
		ck_assert_int_eq(pci->acs.state, HGX_UNKNOWN);
		ck_assert_int_eq(pci->kind_inferred, pci->class_code >> 8 == 0x0604);
	}
	ck_assert_str_eq(finding_text(findings, count, "config-unreadable", NULL),
			 "PCIe capabilities could not be read: ACS and ATS are unknown, and the kind of 57 "
			 "bridges is inferred from their place");
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_machine_without_an_iommu_is_reported)
{
	struct hgx_topo *with = machine("hgx-h200"), *without = machine("made-no-gpu");
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(without, &findings);

	ck_assert_str_eq(finding_text(findings, count, "iommu-off", NULL),
			 "no device has an IOMMU group: the IOMMU is off, and no device can be assigned "
			 "to a VM");
	ck_assert_uint_eq(hgx_topo_findings(with, &findings), 0);
	hgx_topo_free(with);
	hgx_topo_free(without);
}
END_TEST

static bool has_finding(const struct hgx_topo *topo, const char *rule)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	return finding_text(findings, count, rule, NULL) != NULL;
}

/* What is done to the nested machine's /sys, and whether its use of drives is then unknown. */
static const struct { const char *command; bool unknown; } spoilt_drives[] = {
	{ ":", false },
	{ "rm -r class/block", true },
	{ "rm -r class/block/*", true },
	/* it boots over the network, and all drives are kept for VMs */
	{ "rm -r class/block/*; grep -rl DRIVER=nvme devices | xargs sed -i s/=nvme/=vfio-pci/", false },
};

START_TEST(a_host_may_have_no_block_devices)
{
	for (size_t i = 0; i < ARRAY_SIZE(spoilt_drives); i++) {
		struct copy copy = copy_machine("made-a100-nested", "drives");
		struct hgx_error err;
		struct hgx_topo *topo;

		run_command("cd '%s/sys' && { %s; }", copy.path, spoilt_drives[i].command);
		expect_fine(load_root(&topo, copy.path, &err), &err, spoilt_drives[i].command);
		ck_assert_msg(has_finding(topo, "drive-use-unknown") == spoilt_drives[i].unknown, "%s",
			      spoilt_drives[i].command);
		hgx_topo_free(topo);
	}
}
END_TEST

int main(void)
{
	int status;

	roots_begin(names, ARRAY_SIZE(names));
	status = RUN("host", every_machine_has_the_right_number_of_everything,
		     what_the_host_needs_is_marked_with_the_reason,
		     acs_and_ats_are_read_with_their_registers,
		     the_nics_of_the_nested_machine_have_ats_enabled,
		     virtual_functions_know_their_physical_function,
		     slots_links_and_names_are_found,
		     a_drive_with_two_paths_has_its_name_on_both,
		     offline_cpus_are_directly_below_the_machine, smt_siblings_share_a_core,
		     memory_huge_pages_and_distances_are_those_of_the_nodes,
		     the_memory_of_a_gpu_is_not_a_node_of_the_machine, the_processor_of_a_package_is_named,
		     every_package_has_the_address_bits_of_proc_cpuinfo, a_user_sees_the_same_tree_as_root,
		     what_a_user_cannot_see_is_marked, a_machine_without_an_iommu_is_reported,
		     a_host_may_have_no_block_devices);
	tree_end();
	return status;
}
