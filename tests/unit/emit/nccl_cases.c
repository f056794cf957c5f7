/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NCCL topology files case by case: what is merged, what is left out, and the limits. */
#include "nccl_reader.h"
#include "rccl_reader.h"

#define HEAD "package 0 vendor=GenuineIntel family=6 model=143 arch=x86_64\nnode 0 memory=64G\n" \
	"cpus 0-3 package=0 node=0\n"

static struct nccl_file file;

static void read_nccl(const struct hgx_topo *topo)
{
	struct hgx_error err = { 0 };
	const char *bad;
	char *text;

	expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
	bad = nccl_read(text, &file);
	ck_assert_msg(!bad, "%s\n%s", bad, text);
	hgx_text_free(text);
}

/* All busids in order, with ( ) around those below a switch. */
static void check_busids(const char *lines, const char *expected)
{
	struct hgx_topo *topo = host_of(lines);
	char got[1024] = "";

	read_nccl(topo);
	for (unsigned i = 0; i < file.count; i++) {
		const struct entry *entry = &file.entries[i];

		if (entry_value(entry, "busid"))
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s", *got ? " " : "",
				 entry->parent && !strcmp(entry->parent->name, "pci") ? "+" : "",
				 entry_value(entry, "busid"));
	}
	ck_assert_str_eq(got, expected);
	hgx_topo_free(topo);
}

START_TEST(nested_switches_become_one)
{
	check_busids(HEAD "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
		     "   12:00.0 switch-down\n    13:00.0 switch-up\n     14:00.0 switch-down\n"
		     "      15:00.0 gpu\n     14:01.0 switch-down\n      16:00.0 nic\n"
		     "   12:01.0 switch-down\n    17:00.0 gpu\n",
		     "0000:11:00.0 +0000:15:00.0 +0000:16:00.0 +0000:17:00.0");
}
END_TEST

START_TEST(the_ports_of_a_nic_become_one_leaf)
{
	check_busids(HEAD "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
		     "   12:00.0 switch-down\n    13:00.0 nic\n    13:00.1 nic\n    13:00.2 nic pf=0000:13:00.0\n"
		     "   12:01.0 switch-down\n    14:00.1 nic\n   12:02.0 switch-down\n    15:00.0 gpu\n",
		     "0000:11:00.0 +0000:13:00.0 +0000:14:00.0 +0000:15:00.0");
}
END_TEST

START_TEST(a_host_lists_the_nics_that_share_a_switch_with_a_gpu)
{
	check_busids(HEAD "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n"
		     "  12:00.0 nic\n 10:03.0 root-port\n  13:00.0 switch-up\n   14:00.0 switch-down\n"
		     "    15:00.0 nic\n", "0000:11:00.0");
}
END_TEST

START_TEST(nothing_is_listed_that_nccl_does_not_need)
{
	check_busids(HEAD "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
		     "   12:00.0 switch-down\n    13:00.0 gpu\n    13:00.1 other\n"
		     "   12:01.0 switch-down\n    14:00.0 nvme\n   12:02.0 switch-down\n"
		     "    15:00.0 nvswitch\n", "0000:11:00.0 +0000:13:00.0");
}
END_TEST

START_TEST(a_device_of_an_unknown_node_is_below_cpu_minus_1)
{
	struct hgx_topo *topo = host_of(HEAD "node 1 memory=1G\nroot 0000:10\n 10:01.0 root-port\n"
					"  11:00.0 gpu\n");

	read_nccl(topo);
	ck_assert_str_eq(entry_value(&file.entries[1], "numaid"), "-1");
	ck_assert_str_eq(entry_value(&file.entries[1], "affinity"), "00000000");
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_link_is_as_fast_as_its_weaker_end)
{
	static const struct { const char *port, *gpu, *speed, *width; } rows[] = {
		{ "32x16", "32x16", "32.0 GT/s PCIe", "16" }, { "32x16", "16x8", "16.0 GT/s PCIe", "8" },
		{ "16x8", "32x16", "16.0 GT/s PCIe", "8" }, { "32x4", "8x16", "8.0 GT/s PCIe", "4" },
		{ "2.5x16", "64x16", "2.5 GT/s PCIe", "16" }, { "none", "5x1", "5.0 GT/s PCIe", "1" },
		{ "64x16", "none", "64.0 GT/s PCIe", "16" }, { "none", "none", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[512];
		const char *speed, *width;
		struct hgx_topo *topo;

		snprintf(lines, sizeof(lines), HEAD "root 0000:10 numa=0\n 10:01.0 root-port link=%s\n"
			 "  11:00.0 gpu link=%s\n", rows[i].port, rows[i].gpu);
		topo = host_of(lines);
		read_nccl(topo);
		speed = entry_value(&file.entries[2], "link_speed");
		width = entry_value(&file.entries[2], "link_width");
		ck_assert_msg(rows[i].speed ? speed && !strcmp(speed, rows[i].speed) : !speed, "row %zu: %s",
			      i, speed);
		ck_assert_msg(rows[i].width ? width && !strcmp(width, rows[i].width) : !width, "row %zu: %s",
			      i, width);
		hgx_topo_free(topo);
	}
}
END_TEST

/* PCI Express 7.0, and a speed in no specification: NCCL would take them for 8 GT/s. */
START_TEST(a_speed_nccl_does_not_know_is_the_fastest_it_knows)
{
	static const char *const links[] = { "128x16", "64x16", "2.5x1" };

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		char lines[512];
		struct hgx_topo *topo;

		snprintf(lines, sizeof(lines), HEAD "root 0000:10 numa=0\n 10:01.0 root-port link=%s\n"
			 "  11:00.0 gpu link=%s\n", links[i], links[i]);
		topo = host_of(lines);
		read_nccl(topo);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(a_guest_lists_every_nic_it_has)
{
	struct hgx_topo *host = host_of(HEAD "root 0000:10 numa=0\n 10:01.0 root-port\n"
					"  11:00.0 gpu group=1\n 10:02.0 root-port\n  12:00.0 nic group=1\n"
					"  12:00.1 nic group=1\n");
	struct hgx_plan *plan = plan_of(host, 0, 0);

	read_nccl(hgx_plan_guest(plan));
	ck_assert_uint_eq(file.count, 4);
	ck_assert_str_eq(entry_value(&file.entries[2], "busid"), "0000:21:00.0");
	ck_assert_str_eq(entry_value(&file.entries[3], "busid"), "0000:22:00.0");
	ck_assert_str_eq(entry_value(&file.entries[3], "class"), "0x020700");
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* On root ports, 31 per PCI domain. */
static char *many_gpus(unsigned count)
{
	char *lines = NULL;
	size_t size;
	FILE *to = open_memstream(&lines, &size);

	fputs(HEAD, to);
	for (unsigned i = 0; i < count; i++) {
		if (i % 31 == 0)
			fprintf(to, "root %04x:00 numa=0\n", i / 31);
		fprintf(to, " %04x:00:%02x.0 root-port\n  %04x:%02x:00.0 gpu\n", i / 31, i % 31 + 1, i / 31,
			i % 31 + 1);
	}
	fclose(to);
	return lines;
}

START_TEST(what_nccl_cannot_read_is_refused)
{
	char *most = many_gpus(253), *more = many_gpus(254);
	const struct { const char *lines; int code; const char *text; } rows[] = {
		{ most, HGX_OK, "" },
		{ more, HGX_LIMIT, "256 elements are needed for 254 GPUs and NICs, but NCCL reads at most "
		  "255" },
		{ "node 0 memory=1G\ncpus 0-895 package=0 node=0\npackage 0\nroot 0000:10 numa=0\n"
		  " 10:01.0 root-port\n  11:00.0 gpu\n", HGX_OK, "" },
		{ "node 0 memory=1G\ncpus 0-896 package=0 node=0\npackage 0\nroot 0000:10 numa=0\n"
		  " 10:01.0 root-port\n  11:00.0 gpu\n", HGX_LIMIT,
		  "the machine has a CPU 896, but NCCL reads CPU masks only up to CPU 895" },
		{ HEAD "root 10000:10 numa=0\n 10000:10:01.0 root-port\n  10000:11:00.0 gpu\n", HGX_LIMIT,
		  "10000:11:00.0: NCCL only reads PCI domains of up to 4 digits" },
		{ HEAD, HGX_REFUSED, "this machine has no GPU; NCCL does not need a file for it" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = host_of(rows[i].lines);
		struct hgx_error err = { 0 };
		char *text = most;

		expect_error(hgx_emit_nccl(topo, NULL, &text, &err), &err, rows[i].code, rows[i].text);
		ck_assert_int_eq(!text, rows[i].code != HGX_OK);
		ck_assert(!text || !nccl_read(text, &file));
		hgx_text_free(text);
		hgx_topo_free(topo);
	}
	free(most);
	free(more);
}
END_TEST

#define AMD_HEAD(family) "package 0 vendor=AuthenticAMD family=" family " model=17 arch=x86_64\n" \
	"node 0 memory=64G\ncpus 0-3 package=0 node=0\nroot 0000:10 numa=0\n 10:01.0 root-port\n" \
	"  11:00.0 switch-up\n   12:00.0 switch-down\n    13:00.0 gpu id=1002:74a1 class=120000\n" \
	"   12:01.0 switch-down\n    14:00.0 nic\n"

START_TEST(the_file_of_amd_gpus_is_one_that_rccl_reads)
{
	static const struct { const char *lines, *family; } rows[] = {
		{ AMD_HEAD("15"), "15" }, { AMD_HEAD("23"), "143" }, { AMD_HEAD("25"), "175" },
		{ AMD_HEAD("26"), "191" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = host_of(rows[i].lines);
		struct hgx_error err = { 0 };
		const char *bad;
		char *text;

		expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
		bad = rccl_read(text, &file);
		ck_assert_msg(!bad, "%s\n%s", bad, text);
		ck_assert_str_eq(entry_value(&file.entries[1], "familyid"), rows[i].family);
		ck_assert_str_eq(entry_value(&file.entries[3], "class"), "0x120000");
		ck_assert_str_eq(nccl_read(text, &file), "not a system of version 1");
		hgx_text_free(text);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(the_reader_refuses_what_rccl_would_take_for_another_processor)
{
	static const struct { const char *version, *attributes, *class_code, *text; } rows[] = {
		{ "2", "vendor=\"AuthenticAMD\" familyid=\"175\" modelid=\"1\"", "0x120000", NULL },
		{ "2", "vendor=\"GenuineIntel\" familyid=\"6\" modelid=\"143\"", "0x030000", NULL },
		{ "1", "vendor=\"AuthenticAMD\" familyid=\"175\" modelid=\"1\"", "0x120000",
		  "not a system of version 2" },
		{ "2", "vendor=\"AuthenticAMD\" familyid=\"25\" modelid=\"1\"", "0x120000",
		  "a family that CPUID cannot have" },
		{ "2", "vendor=\"AuthenticAMD\"", "0x120000", "a processor of AMD without a family" },
		{ "2", "vendor=\"AuthenticAMD\" familyid=\"175\" modelid=\"1\"", "0x068000",
		  "a class that does not fit its place" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *bad;
		char text[512];

		snprintf(text, sizeof(text), "<system version=\"%s\"><cpu numaid=\"0\" "
			 "affinity=\"0000000f\" %s><pci busid=\"0000:13:00.0\" class=\"%s\"/></cpu></system>",
			 rows[i].version, rows[i].attributes, rows[i].class_code);
		bad = rccl_read(text, &file);
		ck_assert_msg(rows[i].text ? bad && !strcmp(bad, rows[i].text) : !bad, "row %zu: %s", i,
			      bad);
	}
}
END_TEST

/* In both orders; a VM with the GPUs of one maker has its file. */
START_TEST(gpus_of_both_makers_are_not_in_one_file)
{
	static const char *const ids[][2] = { { "1002:74a1", "10de:2335" }, { "10de:2335", "1002:74a1" } };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		char lines[1024], number[2] = { (char)('0' + i), '\0' }, *text;
		struct hgx_plan_options options = { .size = sizeof(options), .gpus = number };
		struct hgx_error err = { 0 };
		struct hgx_topo *host;
		struct hgx_plan *plan;

		snprintf(lines, sizeof(lines), HEAD "root 0000:10 numa=0\n 10:01.0 root-port\n"
			 "  11:00.0 gpu id=%s\n 10:02.0 root-port\n  12:00.0 gpu id=%s\n", ids[i][0],
			 ids[i][1]);
		host = host_of(lines);
		expect_error(hgx_emit_nccl(host, NULL, &text, &err), &err, HGX_REFUSED,
			     i ? "0000:12:00.0 is AMD's GPU and 0000:11:00.0 is NVIDIA's: RCCL and NCCL "
			     "read different versions of the file; give each VM the GPUs of one maker" :
			     "0000:11:00.0 is AMD's GPU and 0000:12:00.0 is NVIDIA's: RCCL and NCCL read "
			     "different versions of the file; give each VM the GPUs of one maker");
		ck_assert_str_eq(err.rule, "gpus-mixed");
		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
		expect_fine(hgx_emit_nccl(hgx_plan_guest(plan), NULL, &text, &err), &err, "nccl");
		ck_assert_ptr_null(rccl_read(text, &file));
		hgx_text_free(text);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

int main(void)
{
	return RUN("nccl cases", nested_switches_become_one, the_ports_of_a_nic_become_one_leaf,
		   a_host_lists_the_nics_that_share_a_switch_with_a_gpu,
		   nothing_is_listed_that_nccl_does_not_need,
		   a_device_of_an_unknown_node_is_below_cpu_minus_1,
		   a_link_is_as_fast_as_its_weaker_end,
		   a_speed_nccl_does_not_know_is_the_fastest_it_knows,
		   a_guest_lists_every_nic_it_has, what_nccl_cannot_read_is_refused,
		   the_file_of_amd_gpus_is_one_that_rccl_reads,
		   the_reader_refuses_what_rccl_would_take_for_another_processor,
		   gpus_of_both_makers_are_not_in_one_file);
}
