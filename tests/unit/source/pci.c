/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a function in sysfs say. */
#include "roots.h"

static const char *const names[] = { "made-one-gpu", "made-odd-cpus" };

/* A function that libpci is not asked about. */
#define AHCI "sys/devices/pci0000:00/0000:00:17.0"
#define VGA "sys/devices/pci0000:00/0000:00:02.0"

static struct hgx_topo *function_with(const char *commands)
{
	return spoilt_machine("made-one-gpu", AHCI "/uevent " AHCI "/resource " VGA "/uevent " VGA "/boot_vga",
			      commands);
}

START_TEST(links_have_the_speeds_and_widths_of_pcie)
{
	static const struct { const char *speed, *width; unsigned mts, lanes; } rows[] = {
		{ "2.5 GT/s PCIe", "1", 2500, 1 }, { "5.0 GT/s PCIe", "2", 5000, 2 },
		{ "8.0 GT/s PCIe", "4", 8000, 4 }, { "16.0 GT/s PCIe", "8", 16000, 8 },
		{ "32.0 GT/s PCIe", "16", 32000, 16 }, { "64.0 GT/s PCIe", "32", 64000, 32 },
		{ "128.0 GT/s PCIe", "1", 128000, 1 },
		/* older kernels, before 5.4 */
		{ "2.5 GT/s", "1", 2500, 1 }, { "5 GT/s", "2", 5000, 2 }, { "16 GT/s", "8", 16000, 8 },
		/* unknown: no link, or 255 lanes */
		{ "Unknown", "0", 0, 0 }, { "Unknown speed", "16", 0, 0 }, { "7.0 GT/s PCIe", "4", 0, 0 },
		{ "2.0 GT/s PCIe", "4", 0, 0 }, { "8.0", "4", 0, 0 },
		{ "8.0 GT/s PCIe", "0", 8000, 0 }, { "8.0 GT/s PCIe", "33", 8000, 0 },
		{ "8.0 GT/s PCIe", "63", 8000, 0 }, { "8.0 GT/s PCIe", "255", 8000, 0 },
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		const char *which = i % 2 ? "max" : "current";
		char commands[400];
		struct hgx_topo *topo;
		struct hgx_link link;

		snprintf(commands, sizeof(commands), "echo '%s' >" AHCI "/%s_link_speed; echo '%s' >" AHCI
			 "/%s_link_width", rows[i / 2].speed, which, rows[i / 2].width, which);
		topo = function_with(commands);
		link = i % 2 ? function_of(topo, "00:17.0")->link_max : function_of(topo, "00:17.0")->link_now;
		ck_assert_msg(link.speed == rows[i / 2].mts && link.width == rows[i / 2].lanes,
			      "%s '%s' x%s: %u x%u", which, rows[i / 2].speed, rows[i / 2].width, link.speed,
			      link.width);
		hgx_topo_free(topo);
	}
}
END_TEST

/* Start, end and flags of linux/ioport.h: 100 I/O, 200 memory, 2000 prefetchable, 100000 of 64
 * bits. */
START_TEST(bars_have_their_size_and_sort)
{
	static const struct { const char *line; uint64_t size; unsigned flags; } rows[] = {
		{ "0x91010000 0x91011fff 0x00040200", 8192, 0 },
		{ "0x91010000 0x91010000 0x00040200", 1, 0 },
		{ "0x1060 0x1067 0x00040101", 8, HGX_BAR_IO },
		{ "0x380000000000 0x3807ffffffff 0x0014220c", 32ull << 30, HGX_BAR_64BIT | HGX_BAR_PREFETCH },
		{ "0x380000000000 0x3807ffffffff 0x00140204", 32ull << 30, HGX_BAR_64BIT },
		{ "0x91000000 0x91ffffff 0x00042208", 16 << 20, HGX_BAR_PREFETCH },
		{ "0x0 0x0 0x0", 0, 0 }, { "0x0 0xfff 0x0", 0, 0 }, { "0x2000 0x1fff 0x200", 0, 0 },
		{ "0x0 0xffffffffffffffff 0x200", 0, 0 },
		{ "0x0 0xffffffffffffff 0x140204", 1ull << 56, HGX_BAR_64BIT },
		{ "0x0 0x100000000000000 0x140204", 0, 0 },
		{ "0x0 0xfffffffffffffffd 0x140204", 0, 0 }, { "0x1 0xffffffffffffffff 0x200", 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char commands[400];
		struct hgx_topo *topo;
		const struct hgx_bar *bars;

		snprintf(commands, sizeof(commands), "printf '0x0 0x0 0x0\\n%s\\n0x10 0x1f 0x200\\n' >" AHCI
			 "/resource", rows[i].line);
		topo = function_with(commands);
		bars = function_of(topo, "00:17.0")->bars;
		ck_assert_msg(bars[1].size == rows[i].size && (!rows[i].size || bars[1].flags == rows[i].flags),
			      "%s: %llu, flags %x", rows[i].line, (unsigned long long)bars[1].size,
			      bars[1].flags);
		ck_assert(!bars[0].size && bars[2].size == 16 && !bars[3].size);
		hgx_topo_free(topo);
	}
}
END_TEST

/* Each is above what JSON can say of it, or what its member can hold. */
START_TEST(a_value_that_no_device_has_counts_as_unknown)
{
	static const struct { const char *commands, *file; } rows[] = {
		{ "echo 4294967296 >numa_node", "numa_node" }, { "echo 65537 >numa_node", "numa_node" },
		{ "echo -2 >numa_node", "numa_node" }, { "echo 99999999999999999999 >numa_node", "numa_node" },
		{ "echo 0x1ff >revision", "revision" }, { "echo -1 >revision", "revision" },
		{ "echo 65536 >sriov_totalvfs", "sriov_totalvfs" },
		{ "echo 8 >sriov_totalvfs; echo 4294967297 >sriov_numvfs", "sriov_numvfs" },
		{ "ln -sfn /sys/kernel/iommu_groups/4294967297 iommu_group", "iommu_group" },
		{ "ln -sfn /sys/kernel/iommu_groups/x iommu_group", "iommu_group" },
		{ "echo 0x0 0xfffffffffffffffd 0x140204 >resource", "resource" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char commands[400], sentence[80];
		const struct hgx_finding *findings;
		const struct hgx_pci *pci;
		struct hgx_topo *topo, *again;
		const char *text;
		size_t count;
		char *json;

		snprintf(commands, sizeof(commands), "rm -rf " AHCI "/iommu_group; (cd " AHCI " && { %s; })",
			 rows[i].commands);
		topo = spoilt_machine("made-one-gpu", AHCI, commands);
		pci = function_of(topo, "00:17.0");
		count = hgx_topo_findings(topo, &findings);
		text = finding_text(findings, count, "sysfs-value", "0000:00:17.0");
		snprintf(sentence, sizeof(sentence), "0000:00:17.0: %s in sysfs is ", rows[i].file);
		ck_assert_msg(text && strstr(text, sentence), "%s: %s", rows[i].commands, text ? text : "not told");
		ck_assert_msg(pci->numa_node <= 0 && pci->revision <= 255 && pci->sriov_total <= 8 &&
			      !pci->sriov_enabled && pci->iommu_group < 0, "%s", rows[i].commands);
		ck_assert_int_eq(hgx_emit_json(topo, &json, NULL), HGX_OK);
		ck_assert_msg(!hgx_topo_from_json(&again, json, strlen(json), "t", NULL), "%s: not read back",
			      rows[i].commands);
		hgx_topo_free(again);
		hgx_text_free(json);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(an_id_of_more_than_16_bits_is_refused)
{
	static const char *const lines[] = { "PCI_ID=18086:1BF2", "PCI_ID=8086:11BF2", "PCI_ID=8086:", "PCI_ID=8086",
					     "PCI_ID=-1:1BF2", "PCI_ID=8086:1BF2 " };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct hgx_error err;
		struct hgx_topo *topo;
		struct copy copy = copy_machine("made-one-gpu", "wide");

		run_command("printf 'PCI_CLASS=10601\n%s\n' >'%s'/" AHCI "/uevent", lines[i], copy.path);
		ck_assert_msg(load_root(&topo, copy.path, &err) == HGX_BROKEN, "%s", lines[i]);
		ck_assert_str_eq(err.rule, "sysfs-broken");
	}
}
END_TEST

START_TEST(the_console_is_the_vga_function_that_the_firmware_used)
{
	static const struct { const char *commands; bool used; } rows[] = {
		{ ":", true }, { "echo 0 >" VGA "/boot_vga", false }, { "rm " VGA "/boot_vga", false },
		{ "sed -i s/^PCI_CLASS=.*/PCI_CLASS=38000/ " VGA "/uevent", false },
		{ "sed -i s/^PCI_CLASS=.*/PCI_CLASS=30200/ " VGA "/uevent", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = function_with(rows[i].commands);

		ck_assert_msg(!function_of(topo, "00:02.0")->host_use == !rows[i].used, "%s", rows[i].commands);
		hgx_topo_free(topo);
	}
}
END_TEST

static bool told(const struct hgx_topo *topo, const char *rule, const char *node)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	return finding_text(findings, count, rule, node) != NULL;
}

START_TEST(a_numa_node_that_does_not_exist_is_taken_as_unknown)
{
	static const struct { const char *node; int numa; bool wrong; } rows[] = {
		{ "-1", -1, false }, { "0", 0, false }, { "1", -1, true }, { "65536", -1, true }, { "99", -1, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char commands[200];
		struct hgx_topo *topo;

		snprintf(commands, sizeof(commands), "echo %s >" AHCI "/numa_node", rows[i].node);
		topo = function_with(commands);
		ck_assert_msg(function_of(topo, "00:17.0")->numa_node == rows[i].numa, "%s: %d", rows[i].node,
			      function_of(topo, "00:17.0")->numa_node);
		ck_assert(told(topo, "numa-wrong", "0000:00:17.0") == rows[i].wrong);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(ids_class_and_driver_are_those_of_uevent)
{
	static const struct { const char *text; unsigned vendor, subsystem, class_code; const char *driver; } rows[] = {
		{ "DRIVER=ahci\\nPCI_CLASS=10601\\nPCI_ID=8086:1BF2\\nPCI_SUBSYS_ID=17AA:7270\\n", 0x8086,
		  0x17aa, 0x010601, "ahci" },
		{ "PCI_CLASS=10601\\nPCI_ID=144D:1BF2\\nPCI_SUBSYS_ID=0000:0000\\n", 0x144d, 0, 0x010601, NULL },
		{ "PCI_CLASS=C0330\\nPCI_ID=8086:1BF2\\nMY_DRIVER=no\\n", 0x8086, 0, 0x0c0330, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char commands[400];
		struct hgx_topo *topo;
		const struct hgx_pci *pci;

		snprintf(commands, sizeof(commands), "printf '%s' >" AHCI "/uevent", rows[i].text);
		topo = function_with(commands);
		pci = function_of(topo, "00:17.0");
		ck_assert_msg(pci->vendor == rows[i].vendor && pci->subsystem_vendor == rows[i].subsystem &&
			      pci->class_code == rows[i].class_code, "%s: %04x %04x %06x", rows[i].text,
			      pci->vendor, pci->subsystem_vendor, pci->class_code);
		ck_assert_msg(rows[i].driver ? pci->driver && !strcmp(pci->driver, rows[i].driver) : !pci->driver,
			      "%s: %s", rows[i].text, pci->driver ? pci->driver : "none");
		hgx_topo_free(topo);
	}
}
END_TEST

/* 0001:21 is one of several domains of that machine: a slot is all functions of a device. */
START_TEST(a_slot_is_that_of_all_functions)
{
	struct hgx_topo *topo = machine("made-odd-cpus");

	for (unsigned function = 0; function < 2; function++) {
		char name[24];

		snprintf(name, sizeof(name), "0001:21:00.%u", function);
		ck_assert_str_eq(function_of(topo, name)->slot, "5");
	}
	hgx_topo_free(topo);
}
END_TEST

int main(void)
{
	int status;

	roots_begin(names, ARRAY_SIZE(names));
	status = RUN("pci", links_have_the_speeds_and_widths_of_pcie, bars_have_their_size_and_sort,
		     a_value_that_no_device_has_counts_as_unknown, an_id_of_more_than_16_bits_is_refused,
		     the_console_is_the_vga_function_that_the_firmware_used,
		     a_numa_node_that_does_not_exist_is_taken_as_unknown,
		     ids_class_and_driver_are_those_of_uevent, a_slot_is_that_of_all_functions);
	tree_end();
	return status;
}
