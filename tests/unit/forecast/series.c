/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Made-up NCCL files, and what NCCL decides on each by its rules. A line of an answer is a GPU: its bus, the bus
 * of its NIC, the type of the path, GB/s, and whether GPUDirect RDMA is used. */
#include "support.h"

#define SYSTEM(cpus) "<system version=\"1\">\n" cpus "</system>\n"
#define SPR(id, inside) "<cpu numaid=\"" id "\" arch=\"x86_64\" vendor=\"GenuineIntel\" familyid=\"6\" " \
	"modelid=\"143\">\n" inside "</cpu>\n"
#define AMD(id, inside) "<cpu numaid=\"" id "\" arch=\"x86_64\" vendor=\"AuthenticAMD\" familyid=\"25\" " \
	"modelid=\"17\">\n" inside "</cpu>\n"
#define ARM(id, inside) "<cpu numaid=\"" id "\" arch=\"arm64\">\n" inside "</cpu>\n"
#define LINK(speed, width) " link_speed=\"" speed "\" link_width=\"" width "\""
#define GEN5 LINK("32.0 GT/s PCIe", "16")
#define GPU_AT(bus, link) "<pci busid=\"0000:" bus ":00.0\" class=\"0x030200\"" link "/>\n"
#define NIC_AT(bus, link) "<pci busid=\"0000:" bus ":00.0\" class=\"0x020700\"" link "/>\n"
#define GPU(bus) GPU_AT(bus, GEN5)
#define NIC(bus) NIC_AT(bus, GEN5)
#define SWITCH_AT(id, link, inside) "<pci busid=\"" id "\" class=\"0x060400\"" link ">\n" inside "</pci>\n"
#define SWITCH(number, inside) SWITCH_AT("ffff:ff:" number ".0", GEN5, inside)

#define ON "on: the path stays below one switch, PIX"

struct row {
	const char *file, *answer;
	struct hgx_forecast_options options;
};

static struct hgx_nccl_forecast *forecast_of(const char *file, struct hgx_forecast_options options)
{
	struct hgx_nccl_forecast *forecast;
	struct hgx_error err = { 0 };

	options.size = sizeof(options);
	expect_fine(hgx_forecast_file(&forecast, file, strlen(file), "topo.xml", &options, &err), &err, file);
	return forecast;
}

static void put_line(char *out, size_t size, const struct hgx_gpu_forecast *gpu)
{
	ck_assert(gpu->gdr_receive == gpu->gdr_send);
	snprintf(out, size, "%.2s %.2s %s %s %s\n", gpu->address + 5, gpu->nic ? gpu->nic + 5 : "--", gpu->path,
		 decimal_text(gpu->bandwidth).text, gpu->gdr_receive ? "on" : "off");
}

static void expect_answers(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hgx_nccl_forecast *forecast = forecast_of(rows[i].file, rows[i].options);
		const struct hgx_gpu_forecast *gpus;
		size_t gpu_count = hgx_forecast_gpus(forecast, &gpus), length = 0;
		char answer[2000] = "";

		for (size_t j = 0; j < gpu_count; j++) {
			put_line(answer + length, sizeof(answer) - length, &gpus[j]);
			length = strlen(answer);
		}
		ck_assert_msg(!strcmp(answer, rows[i].answer), "%s\nwanted\n%sgot\n%s", rows[i].file,
			      rows[i].answer, answer);
		hgx_forecast_free(forecast);
	}
}

/* One switch between GPU and NIC is PIX; a link has width × GT/s, and the network 400 Gb/s: 50 GB/s. */
START_TEST(a_switch_gives_pix_and_the_narrowest_link_counts)
{
	static const struct row rows[] = {
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("11")))), "10 11 PIX 48 on\n", { 0 } },
		/* the GPU at x8: 24 */
		{ SYSTEM(SPR("0", SWITCH("01", GPU_AT("10", LINK("32.0 GT/s PCIe", "8")) NIC("11")))),
		  "10 11 PIX 24 on\n", { 0 } },
		/* 100 Gb/s: 12.5, less than any link */
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("11")))), "10 11 PIX 12.5 on\n", { .net_speed = "100" } },
		/* no link in the file and no sysfs: 8 GT/s x16 */
		{ SYSTEM(SPR("0", SWITCH("01", GPU_AT("10", "") NIC("11")))), "10 11 PIX 12 on\n", { 0 } },
		/* the uplink of the switch is not on the path: 2.5 GT/s x1 does no harm */
		{ SYSTEM(SPR("0", SWITCH_AT("ffff:ff:01.0", LINK("2.5 GT/s PCIe", "1"), GPU("10") NIC("11")))),
		  "10 11 PIX 48 on\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* In a flat file all paths go through the one CPU: PHB, and no GPUDirect RDMA. All four NICs are equal, and so are
 * the four GPUs to each NIC: GPU 0 takes 0, and the bits of 1, 2 and 3 are mirrored: 2, 1, 3. */
START_TEST(a_flat_file_is_phb_and_spreads_the_gpus_over_equal_nics)
{
	static const char file[] = SYSTEM(SPR("-1", GPU("10") GPU("11") GPU("12") GPU("13") NIC("20") NIC("21")
					      NIC("22") NIC("23")));
	static const struct row rows[] = {
		{ file, "10 20 PHB 48 off\n11 22 PHB 48 off\n12 21 PHB 48 off\n13 23 PHB 48 off\n", { 0 } },
		{ file, "10 20 PHB 48 off\n11 22 PHB 48 off\n12 21 PHB 48 off\n13 23 PHB 48 off\n",
		  { .nvlink = HGX_OFF } },
		/* three NICs are no power of two: 0, 1, 2, and GPU 3 of 4 is 3 mod 3 = 0 */
		{ SYSTEM(SPR("-1", GPU("10") GPU("11") GPU("12") GPU("13") NIC("20") NIC("21") NIC("22"))),
		  "10 20 PHB 48 off\n11 21 PHB 48 off\n12 22 PHB 48 off\n13 20 PHB 48 off\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* Two switches between GPU and NIC are PXB, and the link between the switches counts: x1 at 2.5 GT/s is 15/80. */
START_TEST(nested_switches_are_pxb_and_collapse_with_their_uplinks)
{
	static const struct row rows[] = {
		{ SYSTEM(SPR("0", SWITCH("01", SWITCH("02", GPU("10")) SWITCH("03", NIC("11"))))),
		  "10 11 PXB 48 on\n", { 0 } },
		{ SYSTEM(SPR("0", SWITCH("01", SWITCH_AT("ffff:ff:02.0", LINK("2.5 GT/s PCIe", "1"), GPU("10"))
					 NIC("11")))),
		  "10 11 PXB 0.188 on\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* GB/s between sockets: Intel by model, AMD 16, ARM 6; where they differ, that of the NIC's side counts. */
START_TEST(the_link_between_sockets_is_that_of_the_processor)
{
#define INTEL(model) SYSTEM("<cpu numaid=\"0\" arch=\"x86_64\" vendor=\"GenuineIntel\" familyid=\"6\" modelid=\"" model \
			    "\">\n" NIC("20") "</cpu>\n" SPR("1", GPU("10")))
	static const struct row rows[] = {
		{ INTEL("85"), "10 20 SYS 10 off\n", { 0 } }, { INTEL("84"), "10 20 SYS 6 off\n", { 0 } },
		{ INTEL("143"), "10 20 SYS 22 off\n", { 0 } }, { INTEL("207"), "10 20 SYS 40 off\n", { 0 } },
		{ SYSTEM(AMD("0", GPU("10")) AMD("1", NIC("20"))), "10 20 SYS 16 off\n", { 0 } },
		{ SYSTEM(ARM("0", GPU("10")) ARM("1", NIC("20"))), "10 20 SYS 6 off\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* GPU 10 has NIC 20 below its switch; GPU 11, without one, gets it over NVLink from GPU 10: PXN, as far as GPUDirect
 * RDMA goes from there. Without NVLink or PXN it goes through the CPU, where the NIC's switch has its own uplink. */
START_TEST(a_gpu_relays_over_nvlink)
{
	static const char file[] = SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("20")) SWITCH("02", GPU("11"))));
	static const struct row rows[] = {
		{ file, "10 20 PIX 48 on\n11 20 PXN 48 on\n", { .nvlink = HGX_ON } },
		{ file, "10 20 PIX 48 on\n11 20 PHB 48 off\n", { .pxn = HGX_OFF } },
		/* without GPUDirect RDMA nobody relays, and GPU 10 goes through its CPU too */
		{ file, "10 20 PHB 48 off\n11 20 PHB 48 off\n", { .gdr = HGX_OFF } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* More GB/s count before a nearer path: GPU 11 leaves its own x4 NIC for the one that GPU 10 relays. */
START_TEST(more_bandwidth_counts_before_a_nearer_path)
{
	static const char file[] = SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("20"))
					      SWITCH("02", GPU("11") NIC_AT("21", LINK("32.0 GT/s PCIe", "4")))));
	static const struct row rows[] = {
		{ file, "10 20 PIX 48 on\n11 20 PXN 48 on\n", { .nvlink = HGX_ON } },
		{ file, "10 20 PIX 48 on\n11 20 PHB 48 off\n", { .pxn = HGX_OFF } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* Without NVLink the GPUs reach each other over uplinks of 3 GB/s, and their own NICs with 48: two islands. GPUDirect
 * RDMA is off, so all ways lead through the CPU with 3 GB/s, and each GPU finds four equal NICs. By itself each is
 * the only GPU, and its number modulo 1 is 0; together GPU 1 would have taken the third. With uplinks of 48
 * GB/s they are together. */
START_TEST(gpus_with_faster_nics_than_peers_are_islands)
{
#define TWO_BOXES(uplink) SYSTEM(SPR("0", SWITCH_AT("ffff:ff:01.0", uplink, GPU("10") NIC("20") NIC("21")) \
	SWITCH_AT("ffff:ff:02.0", uplink, GPU("11") NIC("22") NIC("23"))))
	static const struct row rows[] = {
		{ TWO_BOXES(LINK("2.5 GT/s PCIe", "16")), "10 20 PHB 3 off\n11 20 PHB 3 off\n",
		  { .nvlink = HGX_OFF, .gdr = HGX_OFF } },
		{ TWO_BOXES(LINK("2.5 GT/s PCIe", "16")), "10 20 PHB 3 off\n11 22 PHB 3 off\n",
		  { .nvlink = HGX_ON, .gdr = HGX_OFF } },
		{ TWO_BOXES(GEN5), "10 20 PHB 48 off\n11 22 PHB 48 off\n", { .nvlink = HGX_OFF, .gdr = HGX_OFF } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(without_a_nic_there_is_no_path)
{
	static const struct row rows[] = {
		{ SYSTEM(SPR("0", GPU("10") GPU("11"))), "10 -- - 0 off\n11 -- - 0 off\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* Grace: C2C to the CPU, then PCIe to the NIC: P2C, with GPUDirect RDMA. A GPU on a switch with its NIC keeps PIX. */
START_TEST(c2c_makes_the_path_through_the_cpu_good_enough)
{
	static const char flat[] = SYSTEM(ARM("0", GPU_AT("10", LINK("2.5 GT/s PCIe", "1")) NIC("20")));
	static const struct row rows[] = {
		{ flat, "10 20 P2C 48 on\n", { .c2c = HGX_ON } },
		{ flat, "10 20 PHB 0.188 off\n", { 0 } },
		{ flat, "10 20 P2C 48 off\n", { .c2c = HGX_ON, .gdr = HGX_OFF } },
		{ SYSTEM(ARM("0", SWITCH("01", GPU("10") NIC("20")))), "10 20 PIX 48 on\n", { .c2c = HGX_ON } },
		/* the NIC is not of the GPU's CPU: no P2C */
		{ SYSTEM(ARM("0", GPU("10")) ARM("1", NIC("20"))), "10 20 SYS 6 off\n", { .c2c = HGX_ON } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* The words of kernels before 5.7 and since; what NCCL does not know counts as 8 GT/s. */
START_TEST(odd_speed_words_count_as_pcie_3)
{
#define SPEED(words, width) SYSTEM(SPR("0", SWITCH("01", GPU_AT("10", LINK(words, width)) NIC("11"))))
	static const struct row rows[] = {
		{ SPEED("2.5 GT/s", "16"), "10 11 PIX 3 on\n", { 0 } }, { SPEED("5 GT/s", "16"), "10 11 PIX 6 on\n", { 0 } },
		{ SPEED("8 GT/s", "16"), "10 11 PIX 12 on\n", { 0 } }, { SPEED("16 GT/s", "16"), "10 11 PIX 24 on\n", { 0 } },
		{ SPEED("32 GT/s", "16"), "10 11 PIX 48 on\n", { 0 } },
		{ SPEED("32.0 GT/s", "16"), "10 11 PIX 12 on\n", { 0 } },
		{ SPEED("64 GT/s", "16"), "10 11 PIX 12 on\n", { 0 } },
		{ SPEED("Unknown", "16"), "10 11 PIX 12 on\n", { 0 } }, { SPEED("", "16"), "10 11 PIX 12 on\n", { 0 } },
		{ SPEED("64.0 GT/s PCIe", "16"), "10 11 PIX 48 on\n", { 0 } }, /* the NIC has 48 */
		{ SPEED("32.0 GT/s PCIe", "0"), "10 11 PIX 48 on\n", { 0 } },
		{ SPEED("32.0 GT/s PCIe", ""), "10 11 PIX 48 on\n", { 0 } },
		{ SPEED("2.5 GT/s PCIe", "1"), "10 11 PIX 0.188 on\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* NCCL flattens two levels with Broadcom's own ids: PIX, and the inner uplink is gone. Those of a vendor stay. */
START_TEST(switches_of_broadcom_are_flattened_by_their_ids)
{
#define IDS(device, subsystem) " vendor=\"0x1000\" device=\"" device "\" subsystem_vendor=\"0x1000\" subsystem_device=\"" \
	subsystem "\""
#define SLOW LINK("16.0 GT/s PCIe", "4")
#define TWO(outer, inner) SYSTEM(SPR("0", SWITCH_AT("ffff:ff:01.0", GEN5 outer, \
	SWITCH_AT("ffff:ff:02.0", SLOW inner, GPU("10")) SWITCH_AT("ffff:ff:03.0", SLOW inner, NIC("11")))))
	static const struct row rows[] = {
		{ TWO(IDS("0xc010", "0xa064"), IDS("0xc010", "0xa064")), "10 11 PIX 48 on\n", { 0 } },
		{ TWO(IDS("0xc030", "0x0001"), IDS("0xc030", "0x1001")), "10 11 PIX 48 on\n", { 0 } },
		{ TWO(IDS("0xc030", "0x0001"), IDS("0xc030", "0x0001")), "10 11 PXB 6 on\n", { 0 } },
		{ TWO(IDS("0xc030", "0x02b4"), ""), "10 11 PXB 6 on\n", { 0 } },
		{ TWO("", ""), "10 11 PXB 6 on\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* NVLinks of the file count instead: 4 of 20 GB/s between two GPUs of an A100 pair; GPU 11 gets NIC 20 over them. */
START_TEST(nvlinks_of_the_file_count)
{
#define LINKED(bus, peer) "<pci busid=\"0000:" bus ":00.0\" class=\"0x030200\"" GEN5 "><gpu><nvlink target=\"0000:" peer \
	":00.0\" count=\"4\" tclass=\"0x030200\"/></gpu></pci>\n"
	static const char file[] = SYSTEM(SPR("0", SWITCH("01", LINKED("10", "11") NIC("20")) SWITCH("02", LINKED("11", "10"))));
	static const struct row rows[] = {
		{ file, "10 20 PIX 48 on\n11 20 PXN 48 on\n", { .nvlink = HGX_OFF, .compute_capability = 80 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

/* Two functions of one bus are two ports of one card: NCCL uses them as one, of 2 × 25 GB/s; the PCIe link is 24. */
START_TEST(two_ports_are_one_nic)
{
#define PORTS "<pci busid=\"0000:20:00.0\" class=\"0x020700\"" GEN5 "/>\n<pci busid=\"0000:20:00.1\" class=\"0x020700\"" GEN5 "/>\n"
	static const struct row rows[] = {
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") PORTS))), "10 20 PIX 25 on\n",
		  { .net_speed = "100" } },
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") PORTS))), "10 20 PIX 48 on\n", { 0 } },
	};
	struct hgx_nccl_forecast *forecast = forecast_of(rows[0].file, rows[0].options);
	const struct hgx_gpu_forecast *gpus;

	expect_answers(rows, ARRAY_SIZE(rows));
	hgx_forecast_gpus(forecast, &gpus);
	ck_assert_uint_eq(gpus[0].path_count, 1);
	hgx_forecast_free(forecast);
}
END_TEST

static void expect_finding(const char *file, struct hgx_forecast_options options, const char *rule, const char *text)
{
	struct hgx_nccl_forecast *forecast = forecast_of(file, options);
	const struct hgx_finding *findings;
	size_t count = hgx_forecast_findings(forecast, &findings);
	const char *got = finding_text(findings, count, rule, NULL);

	ck_assert_msg(text ? got && !strcmp(got, text) : !got, "%s\nwanted %s\ngot    %s", file, text, got);
	hgx_forecast_free(forecast);
}

/* AWS has NICs at other devices; its plugin names them so, NCCL's own looks for device 00. */
START_TEST(a_nic_at_another_device_needs_the_exact_plugin)
{
	static const char file[] = SYSTEM(SPR("0", SWITCH("01", GPU("10")
		"<pci busid=\"0000:10:1b.0\" class=\"0x020000\"" GEN5 "/>\n")));
	static const struct row rows[] = {
		{ file, "10 10 PIX 48 on\n", { .net_plugin = HGX_NET_EXACT } },
		{ file, "10 -- - 0 off\n", { 0 } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
	expect_finding(file, rows[0].options, "nccl-file", NULL);
	expect_finding(file, rows[1].options, "nccl-file",
		       "topo.xml:5:6: 0000:10:1b.0: NCCL looks for a NIC at device 00, function 0 of its bus and does not "
		       "find it under this address; it is left out");
}
END_TEST

START_TEST(what_nccl_does_not_find_is_left_out_and_said)
{
	static const struct { const char *file, *text; } rows[] = {
		{ SYSTEM(SPR("0", GPU("10") NIC("2A"))), "topo.xml:4:6: 0000:2A:00.0: NCCL compares addresses letter by "
		  "letter and does not find the device under this one; it is left out" },
		{ SYSTEM(SPR("0", GPU("10") NIC("zz"))), "topo.xml:4:6: 0000:zz:00.0: not a PCI address, so NCCL does "
		  "not find a device under it; it is left out" },
		{ SYSTEM(SPR("0", GPU("10") NIC("20") NIC("20"))), "topo.xml:5:6: 0000:20:00.0: the address stands in "
		  "the file already, and NCCL uses the first only" },
		{ SYSTEM("<cpu numaid=\"0\">\n" GPU("10") "</cpu>\n"), NULL },
		{ SYSTEM("<cpu numaid=\"0\">\n" GPU("10") "</cpu>\n" SPR("1", NIC("20"))), "topo.xml:2:1: <cpu>: the processor is not given in "
		  "full; NCCL asks the machine it runs on, and 6 GB/s to other sockets are assumed here" },
		{ SYSTEM(SPR("0", GPU("10") NIC("20"))), NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_finding(rows[i].file, (struct hgx_forecast_options){ 0 }, "nccl-file", rows[i].text);
}
END_TEST

START_TEST(what_has_to_be_assumed_is_said)
{
	static const char file[] = SYSTEM(SPR("0", GPU("10") GPU("11") NIC("20") NIC("21")));

	expect_finding(file, (struct hgx_forecast_options){ .net_speed = "200" }, "forecast-assumed",
		       "the file does not tell about NVLinks; an NVSwitch board is assumed");
	expect_finding(file, (struct hgx_forecast_options){ .nvlink = HGX_OFF }, "forecast-assumed",
		       "NICs whose network speed is unknown: 2; 400 Gb/s a port are assumed");
	expect_finding(file, (struct hgx_forecast_options){ .nvlink = HGX_OFF, .net_speed = "0000:20:00.0=200" },
		       "forecast-assumed", "NICs whose network speed is unknown: 1; 400 Gb/s a port are assumed");
	expect_finding(file, (struct hgx_forecast_options){ .nvlink = HGX_ON, .net_speed = "20:00.0=200,100" },
		       "forecast-assumed", NULL);
}
END_TEST

START_TEST(a_single_nic_can_have_a_speed_of_its_own)
{
	static const char file[] = SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("20")) SWITCH("02", GPU("11") NIC("21"))));
	static const struct row rows[] = {
		{ file, "10 20 PIX 25 on\n11 20 PHB 25 off\n", { .net_speed = "100,20:00.0=200", .pxn = HGX_OFF } },
		{ file, "10 20 PIX 25 on\n11 20 PXN 25 on\n", { .net_speed = "100,20:00.0=200" } },
	};

	expect_answers(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(the_bound_counts_each_nic_once_and_only_with_gpudirect_everywhere)
{
	static const struct { const char *file; double bound; } rows[] = {
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("20")) SWITCH("02", GPU("11") NIC("21")))), 96 },
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") GPU("11") NIC("20")))), 48 },
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("20")))), 48 },
		{ SYSTEM(SPR("0", GPU("10") NIC("20"))), 0 },
		{ SYSTEM(SPR("0", GPU("10"))), 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_nccl_forecast *forecast = forecast_of(rows[i].file, (struct hgx_forecast_options){ 0 });

		ck_assert_double_eq(hgx_forecast_bound(forecast), rows[i].bound);
		hgx_forecast_free(forecast);
	}
}
END_TEST

START_TEST(the_reason_names_the_path_and_the_limit)
{
	static const struct { const char *file, *reason; struct hgx_forecast_options options; } rows[] = {
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("20")))), ON, { 0 } },
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10")) NIC("20"))),
		  "off: the path leaves the switch, PHB; NCCL allows it up to PXB", { 0 } },
		{ SYSTEM(SPR("0", GPU("10") NIC("20"))),
		  "off: the path goes through the CPU, PHB; NCCL allows it up to PXB", { 0 } },
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10"))) SPR("1", NIC("20"))),
		  "off: the path goes through two NUMA nodes, SYS; NCCL allows it up to PXB", { 0 } },
		{ SYSTEM(SPR("0", GPU("10"))), "off: the file lists no NIC; NCCL finds the NICs in the sysfs of the machine, "
		  "which a forecast of that machine or its domain takes into account", { 0 } },
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") NIC("20")))),
		  "off: it was said that the GPUs and NICs do not support it", { .gdr = HGX_OFF } },
		{ SYSTEM(SPR("0", SWITCH("01", GPU("10") "<pci busid=\"0000:20:00.0\" class=\"0x020700\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"><nic><net gdr=\"0\"/>"
					 "</nic></pci>\n"))), "off: the file says that the NIC does not support it", { 0 } },
		{ SYSTEM(SPR("0", GPU("10")) SPR("1", SWITCH("01", GPU("11") NIC("20")))),
		  "on: GPU 0000:11:00.0 relays over NVLink, and from there the path stays below one switch, PIX",
		  { .nvlink = HGX_ON } },
		{ SYSTEM(ARM("0", GPU("10") NIC("20"))), "on: the path goes over C2C to the CPU of the NIC, P2C",
		  { .c2c = HGX_ON } },
		{ SYSTEM(SPR("0", SWITCH("01", SWITCH("02", GPU("10")) NIC("20")))),
		  "on: the path stays below the switches, PXB", { 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_nccl_forecast *forecast = forecast_of(rows[i].file, rows[i].options);
		const struct hgx_gpu_forecast *gpus;

		hgx_forecast_gpus(forecast, &gpus);
		ck_assert_msg(!strcmp(gpus[0].reason, rows[i].reason), "%s\n%s", rows[i].file, gpus[0].reason);
		hgx_forecast_free(forecast);
	}
}
END_TEST

static void expect_refused(const char *file, struct hgx_forecast_options options, int code, const char *text)
{
	struct hgx_nccl_forecast *forecast = NULL;
	struct hgx_error err = { 0 };

	options.size = sizeof(options);
	expect_error(hgx_forecast_file(&forecast, file, file ? strlen(file) : 0, NULL, &options, &err), &err, code, text);
	ck_assert_ptr_null(forecast);
}

START_TEST(what_nccl_gives_up_on_is_refused)
{
	struct hgx_forecast_options none = { 0 };

	expect_refused(NULL, none, HGX_INVALID, "the file: no text given");
	expect_refused("{}", none, HGX_SYNTAX,
		       "the file:1:1: NCCL cannot read this file: only blanks and line ends may stand between tags");
	expect_refused(SYSTEM(SPR("0", NIC("20"))), none, HGX_REFUSED, "the file lists no GPU: NCCL finds the GPUs and NICs in the sysfs of the machine that it runs on; give that machine or its domain for a forecast");
	expect_refused(SYSTEM("<cpu>" GPU("10") "</cpu>\n"), none, HGX_BROKEN,
		       "the file:2:1: NCCL gives up on a <cpu> without numaid; give it the number of the NUMA node");
	expect_refused(SYSTEM(SPR("0", "<pci class=\"0x060400\">\n" GPU("10") "</pci>\n")), none, HGX_BROKEN,
		       "the file:3:1: NCCL crashes on a switch <pci> without busid; give it one that no device has, such "
		       "as ffff:ff:01.0");
}
END_TEST

START_TEST(wrong_options_are_refused)
{
	static const struct { struct hgx_forecast_options options; const char *text, *option; } rows[] = {
		{ { .nvlink = 9 }, "nvlink: 9 is not a valid value", "nvlink" },
		{ { .gdr = -1 }, "gdr: -1 is not a valid value", "gdr" },
		{ { .pxn = 3 }, "pxn: 3 is not a valid value", "pxn" },
		{ { .c2c = 3 }, "c2c: 3 is not a valid value", "c2c" },
		{ { .view = 2 }, "view: 2 is not a valid value", "view" },
		{ { .net_plugin = 2 }, "net_plugin: 2 is not a valid value", "net_plugin" },
		{ { .compute_capability = 70 }, "compute_capability: 70 is not supported; it must be 80 (A100) or more, such "
		  "as 90 (H100)", "compute_capability" },
		{ { .net_speed = "fast" }, "net_speed: 'fast' is not a speed; give Gb/s such as 400, or ADDRESS=400 for one "
		  "NIC, with commas between several", "net_speed" },
		{ { .net_speed = "400,0" }, "net_speed: '400,0' is not a speed; give Gb/s such as 400, or ADDRESS=400 for one "
		  "NIC, with commas between several", "net_speed" },
		{ { .net_speed = "" }, "net_speed: '' is not a speed; give Gb/s such as 400, or ADDRESS=400 for one NIC, with "
		  "commas between several", "net_speed" },
		{ { .net_speed = "400,200" }, "net_speed: '400,200' has two speeds for all NICs; give ADDRESS=GBPS for single "
		  "ones", "net_speed" },
		{ { .net_speed = "400,400" }, "net_speed: '400,400' has two speeds for all NICs; give ADDRESS=GBPS for single "
		  "ones", "net_speed" },
		{ { .net_speed = "20:00.0=400,200,0000:20:00.0=100" }, "net_speed: '20:00.0=400,200,0000:20:00.0=100' names "
		  "0000:20:00.0 twice", "net_speed" },
		{ { .net_speed = "400," }, "net_speed: '400,' is not a speed; give Gb/s such as 400, or ADDRESS=400 for one "
		  "NIC, with commas between several", "net_speed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_refused(SYSTEM(SPR("0", GPU("10"))), rows[i].options, HGX_INVALID, rows[i].text);
}
END_TEST

int main(void)
{
	return RUN("series", a_switch_gives_pix_and_the_narrowest_link_counts,
		   a_flat_file_is_phb_and_spreads_the_gpus_over_equal_nics,
		   nested_switches_are_pxb_and_collapse_with_their_uplinks,
		   the_link_between_sockets_is_that_of_the_processor, a_gpu_relays_over_nvlink,
		   more_bandwidth_counts_before_a_nearer_path, gpus_with_faster_nics_than_peers_are_islands,
		   without_a_nic_there_is_no_path, c2c_makes_the_path_through_the_cpu_good_enough,
		   odd_speed_words_count_as_pcie_3, switches_of_broadcom_are_flattened_by_their_ids,
		   nvlinks_of_the_file_count, two_ports_are_one_nic, a_nic_at_another_device_needs_the_exact_plugin,
		   what_nccl_does_not_find_is_left_out_and_said, what_has_to_be_assumed_is_said,
		   a_single_nic_can_have_a_speed_of_its_own,
		   the_bound_counts_each_nic_once_and_only_with_gpudirect_everywhere,
		   the_reason_names_the_path_and_the_limit, what_nccl_gives_up_on_is_refused,
		   wrong_options_are_refused);
}
