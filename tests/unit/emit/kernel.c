/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel command line: exact words, and never an id of a device that the host needs. */
#include "support.h"

#define INTEL "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define AMD "package 0 vendor=AuthenticAMD\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define NOBODY "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define GPU "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu subsys=10de:18be\n"

/* A GPU with a drive and two NICs behind its switch. */
#define BOX "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 nvme subsys=1344:1100\n" \
	"   12:01.0 switch-down\n    14:00.0 gpu subsys=10de:18be\n" \
	"   12:02.0 switch-down\n    15:00.0 nic subsys=15b3:0041\n    15:00.1 nic subsys=15b3:0041\n"

/* A mounted drive elsewhere. */
#define BOOT(ids) "root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 nvme " ids \
	" use=\"nvme0n1 is mounted at /\"\n"
#define IDLE(ids) "root 0000:30 numa=0\n 30:01.0 root-port\n  31:00.0 nvme " ids "\n"

static int kernel_args(const char *lines, const char *driver, char **out, struct hgx_error *err)
{
	struct hgx_kernel_options options = { .size = sizeof(options), .driver = driver };
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	int code = hgx_emit_kernel_args(&plan, 1, driver ? &options : NULL, out, err);

	hgx_plan_free(plan);
	hgx_topo_free(topo);
	return code;
}

static void check_args(const char *lines, const char *driver, const char *expected)
{
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(kernel_args(lines, driver, &text, &err), &err, "kernel args");
	ck_assert_str_eq(text, expected);
	hgx_text_free(text);
}

START_TEST(an_intel_host_gets_its_iommu_switched_on)
{
	check_args(INTEL GPU, NULL, "intel_iommu=on iommu=pt vfio-pci.ids=10de:2335\n");
}
END_TEST

START_TEST(an_amd_host_already_has_its_iommu_on)
{
	check_args(AMD GPU, NULL, "iommu=pt vfio-pci.ids=10de:2335\n");
}
END_TEST

START_TEST(a_processor_of_unknown_vendor_gets_the_words_of_both_vendors)
{
	check_args(NOBODY GPU, NULL, "intel_iommu=on iommu=pt vfio-pci.ids=10de:2335\n");
}
END_TEST

START_TEST(ids_are_sorted_and_unique)
{
	check_args(INTEL BOX, NULL, "intel_iommu=on iommu=pt vfio-pci.ids=10de:2335,1344:51c3,15b3:1021\n");
}
END_TEST

START_TEST(the_built_in_machine_gets_the_ids_of_its_four_kinds)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;
	struct hgx_plan *plan;
	char *text;

	expect_fine(hgx_topo_from_example(&topo, "hgx-h200", &err), &err, "example");
	plan = plan_of(topo, 0, 0);
	expect_fine(hgx_emit_kernel_args(&plan, 1, NULL, &text, &err), &err, "kernel args");
	ck_assert_str_eq(text, "intel_iommu=on iommu=pt "
			 "vfio-pci.ids=10de:22a3,10de:2335,1344:51c3,15b3:1021\n");
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(pci_stub_may_hold_the_devices)
{
	check_args(INTEL GPU, "pci-stub", "intel_iommu=on iommu=pt pci-stub.ids=10de:2335\n");
	check_args(INTEL GPU, "vfio-pci", "intel_iommu=on iommu=pt vfio-pci.ids=10de:2335\n");
}
END_TEST

START_TEST(another_driver_is_refused)
{
	static const struct { const char *driver, *text; } rows[] = {
		{ "nvidia", "driver: 'nvidia' is not a valid value; use vfio-pci or pci-stub" },
		{ "", "driver: '' is not a valid value; use vfio-pci or pci-stub" },
		{ "vfio_pci", "driver: 'vfio_pci' is not a valid value; use vfio-pci or pci-stub" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err = { 0 };
		char *text = (char *)rows;

		expect_error(kernel_args(INTEL GPU, rows[i].driver, &text, &err), &err, HGX_INVALID,
			     rows[i].text);
		ck_assert_ptr_null(text);
	}
}
END_TEST

START_TEST(an_id_that_matches_a_device_the_host_needs_is_refused)
{
	struct hgx_error err = { 0 };
	char *text = (char *)&err;

	expect_error(kernel_args(INTEL BOX BOOT("subsys=1344:1100"), NULL, &text, &err), &err, HGX_REFUSED,
		     "the id 1344:51c3 of 0000:13:00.0 would also match NVMe drive 0000:21:00.0 "
		     "(1344:51c3), which the host needs (nvme0n1 is mounted at /); bind the chosen devices "
		     "one by one, with driverctl set-override or libvirt's managed='yes'");
	ck_assert_ptr_null(text);
}
END_TEST

START_TEST(subsystem_ids_are_given_if_they_tell_devices_apart)
{
	check_args(INTEL BOX BOOT("subsys=1344:2200"), NULL, "intel_iommu=on iommu=pt "
		   "vfio-pci.ids=10de:2335,1344:51c3:1344:1100,15b3:1021\n");
	check_args(INTEL BOX IDLE("subsys=1344:2200"), NULL, "intel_iommu=on iommu=pt "
		   "vfio-pci.ids=10de:2335,1344:51c3:1344:1100,15b3:1021\n");
}
END_TEST

START_TEST(subsystem_ids_are_given_if_they_at_least_spare_the_host)
{
	/* one like it is left without a driver, but the boot drive is not */
	check_args(INTEL BOX BOOT("subsys=1344:2200") IDLE("subsys=1344:1100"), NULL,
		   "intel_iommu=on iommu=pt vfio-pci.ids=10de:2335,1344:51c3:1344:1100,15b3:1021\n");
}
END_TEST

START_TEST(devices_of_one_id_with_two_subsystems_are_both_named)
{
	check_args(INTEL BOX "   12:03.0 switch-down\n    16:00.0 nvme subsys=1344:0900\n"
		   BOOT("subsys=1344:2200"), NULL, "intel_iommu=on iommu=pt vfio-pci.ids=10de:2335,"
		   "1344:51c3:1344:0900,1344:51c3:1344:1100,15b3:1021\n");
}
END_TEST

START_TEST(a_virtual_function_is_not_matched_because_it_does_not_exist_at_boot)
{
	check_args(INTEL BOX "    15:00.2 nic subsys=15b3:0041 pf=0000:15:00.0 use=\"eth0 has an IPv4 "
		   "address\"\n", NULL,
		   "intel_iommu=on iommu=pt vfio-pci.ids=10de:2335,1344:51c3,15b3:1021\n");
}
END_TEST

static void check_shared(const char *lines, const char *expected)
{
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	const char *text = finding_text(plan->findings.items, plan->findings.count, "id-shared", NULL);

	ck_assert_msg(expected ? text && !strcmp(text, expected) : !text, "%s", text ? text : "nothing");
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}

START_TEST(a_free_device_of_the_same_id_is_reported)
{
	check_shared(INTEL BOX IDLE("subsys=1344:1100"), "the id 1344:51c3 also matches NVMe drive "
		     "0000:31:00.0 (1344:51c3), which stays on the host: the host will lose its driver");
	check_shared(INTEL BOX IDLE("subsys=1344:2200"), NULL);
	check_shared(INTEL BOX, NULL);
}
END_TEST

START_TEST(the_second_of_two_subsystems_is_reported_too)
{
	/* 16:00.0 has the same id and subsystem as an idle drive, 13:00.0 only the same id */
	check_shared(INTEL BOX "   12:03.0 switch-down\n    16:00.0 nvme subsys=1344:0900\n"
		     IDLE("subsys=1344:0900"), "the id 1344:51c3 also matches NVMe drive 0000:31:00.0 "
		     "(1344:51c3), which stays on the host: the host will lose its driver");
}
END_TEST

int main(void)
{
	return RUN("kernel", an_intel_host_gets_its_iommu_switched_on,
		   an_amd_host_already_has_its_iommu_on,
		   a_processor_of_unknown_vendor_gets_the_words_of_both_vendors,
		   ids_are_sorted_and_unique,
		   the_built_in_machine_gets_the_ids_of_its_four_kinds, pci_stub_may_hold_the_devices,
		   another_driver_is_refused, an_id_that_matches_a_device_the_host_needs_is_refused,
		   subsystem_ids_are_given_if_they_tell_devices_apart,
		   subsystem_ids_are_given_if_they_at_least_spare_the_host,
		   devices_of_one_id_with_two_subsystems_are_both_named,
		   a_virtual_function_is_not_matched_because_it_does_not_exist_at_boot,
		   a_free_device_of_the_same_id_is_reported,
		   the_second_of_two_subsystems_is_reported_too);
}
