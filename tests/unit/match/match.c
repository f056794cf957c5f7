/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running guest compared with its plan: which device is which, and what differs. */
#include "nccl_reader.h"
#include "trial.h"

#define CPUS "package 0 vendor=GenuineIntel family=6 model=143 arch=x86_64\n" \
	"node 0 memory=64G\nnode 1 memory=64G\ncpus 0-3 package=0 node=0\ncpus 4-7 package=0 node=1\n"
/* Two switches with a GPU, a NIC and a drive each; the second has slower slots. */
#define HOST CPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu group=1 guid=GPU-a\n" \
	"   12:01.0 switch-down\n    14:00.0 nic group=2 guid=0001 dsn=00-01\n" \
	"    14:00.1 nic group=2 dsn=00-01\n" \
	"   12:02.0 switch-down\n    15:00.0 nvme group=3 serial=S1\n" \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 switch-up link=16x16\n" \
	"   22:00.0 switch-down\n    23:00.0 gpu group=4 guid=GPU-b link=16x16\n" \
	"   22:01.0 switch-down\n    24:00.0 nic group=5 guid=0002 link=16x8\n" \
	"   22:02.0 switch-down\n    25:00.0 nvme group=6 serial=S2 link=8x4\n"

#define GUEST_CPUS "package 0 vendor=GenuineIntel family=15 model=107 arch=x86_64\n" \
	"node 0 memory=8G\nnode 1 memory=8G\ncpus 0-2 package=0 node=0\ncpus 3-5 package=0 node=1\n"
#define SWITCH(bus, up) \
	" " bus ":00.0 root-port id=1b36:000c link=16x16\n" \
	"  " up ":00.0 switch-up id=104c:8232 link=2.5x1\n"
#define SLOT(port) "   " port " switch-down id=104c:8233 link=2.5x1\n"
#define FIRST SLOT("22:00.0") "    23:00.0 gpu %s\n" SLOT("22:01.0") "    24:00.0 nic %s\n" \
	"    24:00.1 nic %s\n" SLOT("22:02.0") "    25:00.0 nvme %s\n"
#define SECOND SLOT("42:00.0") "    43:00.0 gpu %s\n" SLOT("42:01.0") "    44:00.0 nic %s\n" \
	SLOT("42:02.0") "    45:00.0 nvme %s\n"
/* Seven devices, each with the given keys. */
#define GUEST GUEST_CPUS "root 0000:20 numa=0\n" SWITCH("20", "21") FIRST \
	"root 0000:40 numa=1\n" SWITCH("40", "41") SECOND

struct pair {
	struct hgx_topo *host, *seen, *out;
	struct hgx_plan *plan;
	const struct hgx_finding *findings;
	size_t count;
};

static void pair_begin(struct pair *pair, const char *host, const char *guest)
{
	struct hgx_error err = { 0 };

	pair->host = host_of(host);
	pair->plan = plan_of(pair->host, 0, 1);
	pair->seen = host_of(guest);
	expect_fine(hgx_topo_match(&pair->out, pair->seen, hgx_plan_guest(pair->plan), &err), &err,
		    "match");
	pair->count = hgx_topo_findings(pair->out, &pair->findings);
}

static void pair_end(struct pair *pair)
{
	hgx_topo_free(pair->out);
	hgx_topo_free(pair->seen);
	hgx_plan_free(pair->plan);
	hgx_topo_free(pair->host);
}

static const char plain[] = "", *const none[7] = { plain, plain, plain, plain, plain, plain, plain };

static char *guest_with(const char *const keys[7])
{
	char *lines;

	ck_assert(asprintf(&lines, GUEST, keys[0], keys[1], keys[2], keys[3], keys[4], keys[5],
			   keys[6]) > 0);
	return lines;
}

static void expect_findings(const struct pair *pair, const char *expected)
{
	char text[4096] = "";

	for (size_t i = 0; i < pair->count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s: %s\n",
			 pair->findings[i].rule, pair->findings[i].text);
	ck_assert_str_eq(text, expected);
}

static char *nccl_of(const struct hgx_topo *topo)
{
	static struct nccl_file file;
	struct hgx_error err = { 0 };
	const char *bad;
	char *text;

	expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
	bad = nccl_read(text, &file);
	ck_assert_msg(!bad, "%s\n%s", bad, text);
	return text;
}

static void expect_planned_file(const struct pair *pair)
{
	char *text = nccl_of(pair->out), *planned = nccl_of(hgx_plan_guest(pair->plan));

	ck_assert_str_eq(text, planned);
	hgx_text_free(text);
	hgx_text_free(planned);
}

static void expect_link(const struct pair *pair, const char *name, unsigned speed, unsigned width)
{
	struct hgx_link link = hgx_node_pci(hgx_topo_find(pair->out, name))->link_max;

	ck_assert_msg(link.speed == speed && link.width == width, "%s: %u x%u", name, link.speed,
		      link.width);
}

START_TEST(a_guest_as_planned_gives_the_planned_file)
{
	static const char *const ids[] = { "guid=GPU-a", "guid=0001 dsn=00-01", "dsn=00-01",
					   "serial=S1", "guid=GPU-b", "guid=0002", "serial=S2" };
	char *with = guest_with(ids), *without = guest_with(none);
	struct pair pair;

	pair_begin(&pair, HOST, with);
	expect_findings(&pair, "matched: matched with the plan by GUID: 2 GPUs, 2 NICs\n"
			"matched: matched with the plan by serial number: 1 NIC, 2 NVMe drives\n");
	ck_assert_int_eq(hgx_topo_is_guest(pair.out), 1);
	expect_planned_file(&pair);
	pair_end(&pair);
	pair_begin(&pair, HOST, without);
	expect_findings(&pair, "matched: matched with the plan by address: 2 GPUs, 3 NICs, 2 NVMe drives\n");
	expect_planned_file(&pair);
	pair_end(&pair);
	free(with);
	free(without);
}
END_TEST

/* The GPUs of AMD are on root ports, and the file puts them below the switches of the host. */
START_TEST(a_guest_that_hides_the_switches_of_the_host_gives_the_planned_file)
{
	static const char host[] = CPUS
		"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n"
		"    13:00.0 gpu id=1002:74a1 class=120000\n   12:01.0 switch-down\n    14:00.0 nic\n"
		"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 switch-up link=16x16\n"
		"   22:00.0 switch-down\n    23:00.0 gpu id=1002:74a1 class=120000\n"
		"   22:01.0 switch-down\n    24:00.0 nic link=16x8\n";
	static const char guest[] = GUEST_CPUS
		"root 0000:20 numa=0\n 20:00.0 root-port\n  21:00.0 gpu id=1002:74a1 class=120000\n"
		" 20:00.1 root-port\n  22:00.0 switch-up id=104c:8232 link=2.5x1\n"
		"   23:00.0 switch-down id=104c:8233 link=2.5x1\n    24:00.0 nic\n"
		"root 0000:40 numa=1\n 40:00.0 root-port\n  41:00.0 gpu id=1002:74a1 class=120000\n"
		" 40:00.1 root-port\n  42:00.0 switch-up id=104c:8232 link=2.5x1\n"
		"   43:00.0 switch-down id=104c:8233 link=2.5x1\n    44:00.0 nic\n";
	struct hgx_error err = { 0 };
	struct pair pair;
	char *text, *planned;

	pair_begin(&pair, host, guest);
	expect_findings(&pair, "matched: matched with the plan by address: 2 GPUs, 2 NICs\n");
	expect_fine(hgx_emit_nccl(pair.out, NULL, &text, &err), &err, "nccl");
	expect_fine(hgx_emit_nccl(hgx_plan_guest(pair.plan), NULL, &planned, &err), &err, "planned");
	ck_assert_str_eq(text, planned);
	ck_assert_ptr_nonnull(strstr(text, "ffff:ff:02.0"));
	hgx_text_free(text);
	hgx_text_free(planned);
	pair_end(&pair);
}
END_TEST

START_TEST(the_planned_guest_itself_is_as_planned)
{
	struct pair pair;
	char *guest = guest_with(none);

	pair_begin(&pair, HOST, guest);
	hgx_topo_free(pair.out);
	ck_assert_int_eq(hgx_topo_match(&pair.out, hgx_plan_guest(pair.plan),
					hgx_plan_guest(pair.plan), NULL), HGX_OK);
	pair.count = hgx_topo_findings(pair.out, &pair.findings);
	expect_findings(&pair, "matched: matched with the plan by GUID: 2 GPUs, 2 NICs\n"
			"matched: matched with the plan by serial number: 1 NIC, 2 NVMe drives\n");
	expect_planned_file(&pair);
	pair_end(&pair);
	free(guest);
}
END_TEST

START_TEST(swapped_devices_are_recognized_by_their_numbers)
{
	static const char *const ids[] = { "guid=GPU-b", "guid=0001 dsn=00-01", "dsn=00-01",
					   "serial=S2", "guid=GPU-a", "guid=0002", "serial=S1" };
	char *guest = guest_with(ids);
	struct pair pair;

	pair_begin(&pair, HOST, guest);
	expect_findings(&pair,
		"matched: matched with the plan by GUID: 2 GPUs, 2 NICs\n"
		"matched: matched with the plan by serial number: 1 NIC, 2 NVMe drives\n"
		"guest-switch: GPU 0000:23:00.0 (10de:2335) shares its PCIe switch with 0000:24:00.0, but not in the plan\n"
		"guest-numa: GPU 0000:23:00.0 (10de:2335) is on NUMA node 0, but the plan puts it on node 1\n"
		"guest-address: GPU 0000:23:00.0 (10de:2335) is at 0000:43:00.0 in the plan\n"
		"guest-switch: NIC 0000:24:00.0 (15b3:1021) shares its PCIe switch with 0000:23:00.0, but not in the plan\n"
		"guest-switch: NIC 0000:24:00.1 (15b3:1021) shares its PCIe switch with 0000:23:00.0, but not in the plan\n"
		"guest-switch: NVMe drive 0000:25:00.0 (1344:51c3) shares its PCIe switch with 0000:24:00.0, but not in the plan\n"
		"guest-numa: NVMe drive 0000:25:00.0 (1344:51c3) is on NUMA node 0, but the plan puts it on node 1\n"
		"guest-address: NVMe drive 0000:25:00.0 (1344:51c3) is at 0000:45:00.0 in the plan\n"
		"guest-switch: GPU 0000:43:00.0 (10de:2335) does not share its PCIe switch with 0000:24:00.0, as it does in the plan\n"
		"guest-numa: GPU 0000:43:00.0 (10de:2335) is on NUMA node 1, but the plan puts it on node 0\n"
		"guest-address: GPU 0000:43:00.0 (10de:2335) is at 0000:23:00.0 in the plan\n"
		"guest-switch: NIC 0000:44:00.0 (15b3:1021) does not share its PCIe switch with 0000:23:00.0, as it does in the plan\n"
		"guest-switch: NVMe drive 0000:45:00.0 (1344:51c3) does not share its PCIe switch with 0000:24:00.0, as it does in the plan\n"
		"guest-numa: NVMe drive 0000:45:00.0 (1344:51c3) is on NUMA node 1, but the plan puts it on node 0\n"
		"guest-address: NVMe drive 0000:45:00.0 (1344:51c3) is at 0000:25:00.0 in the plan\n");
	expect_link(&pair, "23:00.0", 16000, 16);
	expect_link(&pair, "43:00.0", 32000, 16);
	expect_link(&pair, "24:00.0", 32000, 16);
	expect_link(&pair, "44:00.0", 16000, 8);
	expect_link(&pair, "25:00.0", 8000, 4);
	expect_link(&pair, "45:00.0", 16000, 4);
	pair_end(&pair);
	free(guest);
}
END_TEST

/* A number that several devices have does not identify any of them. */
START_TEST(a_number_that_several_devices_have_is_ignored)
{
	static const char *const ids[] = { "guid=GPU-a", "guid=0001", plain, "serial=S1", "guid=GPU-a",
					   "guid=0001", "serial=S1" };
	char *guest = guest_with(ids);
	struct pair pair;

	pair_begin(&pair, HOST, guest);
	expect_findings(&pair, "matched: matched with the plan by address: 2 GPUs, 3 NICs, 2 NVMe drives\n");
	expect_planned_file(&pair);
	pair_end(&pair);
	free(guest);
}
END_TEST

/* The second GPU is behind another port, so addresses do not help. */
START_TEST(order_is_the_last_resort)
{
	static const char guest[] = GUEST_CPUS "root 0000:20 numa=0\n" SWITCH("20", "21")
		SLOT("22:01.0") "    23:00.0 nic\n" SLOT("22:02.0") "    24:00.0 gpu\n"
		"root 0000:40 numa=1\n" SWITCH("40", "41") SLOT("42:00.0") "    43:00.0 gpu\n"
		SLOT("42:01.0") "    44:00.0 nic\n";
	struct pair pair;

	pair_begin(&pair, HOST, guest);
	expect_findings(&pair,
		"matched: matched with the plan by address: 1 GPU, 1 NIC\n"
		"matched: matched with the plan by order: 1 GPU, 1 NIC\n"
		"guest-address: NIC 0000:23:00.0 (15b3:1021) is at 0000:24:00.0 in the plan\n"
		"guest-address: GPU 0000:24:00.0 (10de:2335) is at 0000:23:00.0 in the plan\n"
		"guest-missing: NIC 0000:24:00.1 (15b3:1021) of the plan is not in the guest\n"
		"guest-missing: NVMe drive 0000:25:00.0 (1344:51c3) of the plan is not in the guest\n"
		"guest-missing: NVMe drive 0000:45:00.0 (1344:51c3) of the plan is not in the guest\n");
	expect_link(&pair, "24:00.0", 32000, 16);
	expect_link(&pair, "43:00.0", 16000, 16);
	pair_end(&pair);
}
END_TEST

START_TEST(missing_and_additional_devices_are_reported_and_the_file_lists_those_that_exist)
{
	static const char guest[] = GUEST_CPUS "root 0000:00\n 00:02.0 nic id=1af4:1041 class=020000\n"
		" 00:03.0 nvme id=1b36:0010\n"
		"root 0000:20 numa=0\n" SWITCH("20", "21") FIRST SLOT("22:03.0") "    26:00.0 gpu link=8x8 guid=GPU-z\n"
		"root 0000:40 numa=1\n" SWITCH("40", "41") SLOT("42:01.0") "    44:00.0 nic guid=0002\n";
	static const char expected[] =
		"<system version=\"1\">\n"
		"  <cpu numaid=\"0\" affinity=\"00000007\" arch=\"x86_64\" vendor=\"GenuineIntel\" "
		"familyid=\"6\" modelid=\"143\">\n"
		"    <pci busid=\"0000:21:00.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\n"
		"      <pci busid=\"0000:23:00.0\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"      <pci busid=\"0000:24:00.0\" class=\"0x020700\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"      <pci busid=\"0000:26:00.0\" class=\"0x030200\" link_speed=\"8.0 GT/s PCIe\" link_width=\"8\"/>\n"
		"    </pci>\n"
		"  </cpu>\n"
		"  <cpu numaid=\"1\" affinity=\"00000038\" arch=\"x86_64\" vendor=\"GenuineIntel\" "
		"familyid=\"6\" modelid=\"143\">\n"
		"    <pci busid=\"0000:41:00.0\" class=\"0x060400\" link_speed=\"16.0 GT/s PCIe\" link_width=\"16\">\n"
		"      <pci busid=\"0000:44:00.0\" class=\"0x020700\" link_speed=\"16.0 GT/s PCIe\" link_width=\"8\"/>\n"
		"    </pci>\n"
		"  </cpu>\n"
		"</system>\n";
	char *lines, *text;
	struct pair pair;

	ck_assert(asprintf(&lines, guest, "guid=GPU-a", "guid=0001", "dsn=00-01", "serial=S1") > 0);
	pair_begin(&pair, HOST, lines);
	expect_findings(&pair,
		"matched: matched with the plan by GUID: 1 GPU, 2 NICs\n"
		"matched: matched with the plan by serial number: 1 NIC, 1 NVMe drive\n"
		"guest-more: GPU 0000:26:00.0 (10de:2335) is not in the plan: its link is what the guest shows\n"
		"guest-missing: GPU 0000:43:00.0 (10de:2335) of the plan is not in the guest\n"
		"guest-missing: NVMe drive 0000:45:00.0 (1344:51c3) of the plan is not in the guest\n");
	hgx_topo_free(pair.seen); /* the result borrows nothing from it */
	pair.seen = NULL;
	text = nccl_of(pair.out);
	ck_assert_str_eq(text, expected);
	hgx_text_free(text);
	pair_end(&pair);
	free(lines);
}
END_TEST

START_TEST(a_flat_guest_is_reported)
{
	static const char guest[] = "package 0\nnode 0 memory=8G\ncpus 0-5 package=0 node=0\nroot 0000:00\n"
		" 00:01.0 root-port link=2.5x1\n  01:00.0 gpu guid=GPU-b\n";
	struct pair pair;
	char *text;

	pair_begin(&pair, HOST, guest);
	expect_findings(&pair,
		"matched: matched with the plan by GUID: 1 GPU\n"
		"guest-switch: no GPU or NIC of the guest is below a PCIe switch: without the NCCL file "
		"GPUDirect RDMA is off\n"
		"guest-missing: 6 devices of the plan are not in the guest\n");
	text = nccl_of(pair.out);
	ck_assert_str_eq(text, "<system version=\"1\">\n"
		"  <cpu numaid=\"0\" affinity=\"0000003f\" arch=\"x86_64\" vendor=\"GenuineIntel\" "
		"familyid=\"6\" modelid=\"143\">\n"
		"    <pci busid=\"ffff:ff:01.0\" class=\"0x060400\" link_speed=\"16.0 GT/s PCIe\" link_width=\"16\">\n"
		"      <pci busid=\"0000:01:00.0\" class=\"0x030200\" link_speed=\"16.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"    </pci>\n"
		"  </cpu>\n</system>\n");
	hgx_text_free(text);
	pair_end(&pair);
}
END_TEST

START_TEST(a_guest_without_any_device_of_the_plan_is_warned_of)
{
	static const char guest[] = "package 0\nnode 0 memory=8G\ncpus 0-5 package=0 node=0\nroot 0000:00\n"
		" 00:01.0 root-port link=2.5x1\n";
	struct pair pair;

	pair_begin(&pair, HOST, guest);
	expect_findings(&pair,
		"guest-switch: no GPU or NIC of the guest is below a PCIe switch: without the NCCL file "
		"GPUDirect RDMA is off\n"
		"guest-missing: 7 devices of the plan are not in the guest\n");
	ck_assert_int_eq(pair.findings[pair.count - 1].severity, HGX_WARNING);
	ck_assert_str_eq(pair.findings[pair.count - 1].remedy,
		"give the options the domain was planned with, and check the guest's kernel log");
	pair_end(&pair);
}
END_TEST

#define ON_PORT(slot, bus, from) \
	"<controller type='pci' index='" bus "' model='pcie-root-port'><address type='pci' bus='0' slot='" slot \
	"'/></controller><hostdev mode='subsystem' type='pci'><source><address bus='0x" from \
	"' slot='0' function='0'/></source><address type='pci' bus='" bus "' slot='0'/></hostdev>"

/* A VM that has both GPUs on plain ports, four vCPUs pinned to the second node and two to the
 * first. The running guest has them in the other order. */
static const char flat_domain[] =
	"<domain type='kvm'><name>flat</name><memory unit='GiB'>8</memory><vcpu>6</vcpu><cputune>"
	"<vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/><vcpupin vcpu='2' cpuset='4'/>"
	"<vcpupin vcpu='3' cpuset='5'/><vcpupin vcpu='4' cpuset='6'/><vcpupin vcpu='5' cpuset='7'/></cputune>"
	"<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>"
	"<cpu mode='host-passthrough'/><devices><controller type='pci' index='0' model='pcie-root'/>"
	ON_PORT("1", "1", "13") ON_PORT("2", "2", "23") "</devices></domain>";

static const char flat_guest[] =
	"package 0\nnode 0 memory=8G\ncpus 0-%d package=0 node=0\nroot 0000:00\n"
	" 00:01.0 root-port link=2.5x1\n  01:00.0 gpu guid=GPU-b\n"
	" 00:02.0 root-port link=2.5x1\n  02:00.0 gpu guid=GPU-a\n";

/* The planned guest of the domain, through JSON. */
static struct hgx_topo *flat_plan(const struct hgx_topo *host)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host };
	struct hgx_topo *domain, *again;
	struct hgx_error err = { 0 };
	char *json;

	expect_fine(hgx_topo_from_domain(&domain, flat_domain, strlen(flat_domain), "vm.xml", &options, &err),
		    &err, "domain");
	expect_fine(hgx_emit_json_with_ids(domain, &json, &err), &err, "json");
	expect_fine(hgx_topo_from_json(&again, json, strlen(json), "vm.json", &err), &err, "again");
	hgx_text_free(json);
	hgx_topo_free(domain);
	return again;
}

#define FLAT_NODE(id, cpus, port, device, speed) \
	"  <cpu numaid=\"" id "\" affinity=\"" cpus "\" arch=\"x86_64\" vendor=\"GenuineIntel\" " \
	"familyid=\"6\" modelid=\"143\">\n" \
	"    <pci busid=\"ffff:ff:" port ".0\" class=\"0x060400\" link_speed=\"" speed " GT/s PCIe\" link_width=\"16\">\n" \
	"      <pci busid=\"0000:" device ":00.0\" class=\"0x030200\" link_speed=\"" speed " GT/s PCIe\" link_width=\"16\"/>\n" \
	"    </pci>\n  </cpu>\n"

START_TEST(the_json_of_a_flat_domain_gives_its_running_guest_nodes_and_pins)
{
	/* the last one has fewer vCPUs than were planned */
	static const struct { int last; const char *first, *second; } rows[] = {
		{ 5, "00000003", "0000003c" }, { 3, "00000003", "0000000c" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *host = host_of(HOST), *planned = flat_plan(host), *seen, *out;
		struct hgx_error err = { 0 };
		char lines[1024], expected[2048], *text;

		snprintf(lines, sizeof(lines), flat_guest, rows[i].last);
		seen = host_of(lines);
		expect_fine(hgx_topo_match(&out, seen, planned, &err), &err, "match");
		text = nccl_of(out);
		snprintf(expected, sizeof(expected), "<system version=\"1\">\n"
			 FLAT_NODE("0", "%s", "01", "02", "32.0") FLAT_NODE("1", "%s", "02", "01", "16.0")
			 "</system>\n", rows[i].first, rows[i].second);
		ck_assert_str_eq(text, expected);
		hgx_text_free(text);
		hgx_topo_free(out);
		hgx_topo_free(seen);
		hgx_topo_free(planned);
		hgx_topo_free(host);
	}
}
END_TEST

START_TEST(a_host_cannot_be_matched_with)
{
	struct hgx_topo *host = host_of(HOST), *out = host;
	struct hgx_error err = { 0 };

	expect_error(hgx_topo_match(&out, host, host, &err), &err, HGX_INVALID,
		     "the topology to match with is that of a host; give the guest of a plan");
	ck_assert_ptr_null(out);
	hgx_topo_free(host);
}
END_TEST

START_TEST(json_has_the_numbers_only_if_asked_for)
{
	struct hgx_topo *host = host_of(HOST), *again;
	struct hgx_error err = { 0 };
	char *with, *without, *second;

	ck_assert_int_eq(hgx_emit_json(host, &without, &err), HGX_OK);
	ck_assert_int_eq(hgx_emit_json_with_ids(host, &with, &err), HGX_OK);
	ck_assert(!strstr(without, "ids") && !strstr(without, "GPU-a"));
	ck_assert_ptr_nonnull(strstr(with, "\"ids\": { \"drive_serial\": \"S1\", \"guid\": null, "
				     "\"device_serial\": null } }"));
	ck_assert_int_eq(hgx_topo_from_json(&again, with, strlen(with), NULL, &err), HGX_OK);
	ck_assert_int_eq(hgx_emit_json_with_ids(again, &second, &err), HGX_OK);
	ck_assert_str_eq(second, with);
	hgx_text_free(second);
	ck_assert_int_eq(hgx_emit_json(again, &second, &err), HGX_OK);
	ck_assert_str_eq(second, without);
	hgx_text_free(second);
	hgx_text_free(with);
	hgx_text_free(without);
	hgx_topo_free(again);
	hgx_topo_free(host);
}
END_TEST

static void match_with_itself(struct trial *t)
{
	const struct hgx_topo *guest = hgx_plan_guest(t->plan);
	char *text = nccl_of(guest), *again;
	const struct hgx_finding *findings;
	struct hgx_topo *out;

	claim(t, !hgx_topo_match(&out, guest, guest, NULL), "%s", "match");
	again = nccl_of(out);
	claim(t, !strcmp(text, again), "%s\n%s", text, again);
	for (size_t i = hgx_topo_findings(out, &findings); i-- > 0;)
		claim(t, !strcmp(findings[i].rule, "matched"), "%s", findings[i].text);
	hgx_text_free(text);
	hgx_text_free(again);
	hgx_topo_free(out);
}

START_TEST(every_planned_guest_is_as_planned)
{
	each_trial(match_with_itself);
}
END_TEST

/* A virtual function gets another GUID each time it is bound. */
START_TEST(numbers_of_virtual_functions_are_not_expected_in_a_guest)
{
	struct hgx_topo *host = host_of(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n"
		"  11:00.0 switch-up\n   12:00.0 switch-down\n    13:00.0 gpu group=1 guid=GPU-a\n"
		"   12:01.0 switch-down\n    14:00.0 nic group=2 sriov=8:1 guid=0001\n"
		"    14:00.1 nic group=3 pf=0000:14:00.0 guid=0002\n");
	struct hgx_plan_options options = { .size = sizeof(options), .vf = 1, .reserve_cores = 1 };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	unsigned nics = 0;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	for (const struct hgx_node *n = hgx_topo_root(hgx_plan_guest(plan)); n;
	     n = hgx_node_next(hgx_topo_root(hgx_plan_guest(plan)), n)) {
		if (hgx_node_kind(n) == HGX_GPU)
			ck_assert_str_eq(hgx_node_pci(n)->guid, "GPU-a");
		if (hgx_node_kind(n) != HGX_NIC)
			continue;
		ck_assert_ptr_null(hgx_node_pci(n)->guid);
		nics++;
	}
	ck_assert_uint_eq(nics, 1);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_file_with_switches_only_has_no_devices)
{
	static const struct hgx_nccl_options options = { .size = sizeof(options), .content = HGX_NCCL_SWITCHES };
	static const char expected[] =
		"<system version=\"1\">\n"
		"  <cpu numaid=\"0\" affinity=\"00000007\" arch=\"x86_64\" vendor=\"GenuineIntel\" "
		"familyid=\"6\" modelid=\"143\">\n"
		"    <pci busid=\"0000:21:00.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"  </cpu>\n"
		"  <cpu numaid=\"1\" affinity=\"00000038\" arch=\"x86_64\" vendor=\"GenuineIntel\" "
		"familyid=\"6\" modelid=\"143\">\n"
		"    <pci busid=\"0000:41:00.0\" class=\"0x060400\" link_speed=\"16.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"  </cpu>\n"
		"</system>\n";
	struct hgx_topo *host = host_of(HOST), *flat = host_of(CPUS "root 0000:10 numa=0\n"
		" 10:01.0 root-port\n  11:00.0 gpu group=1\n");
	struct hgx_plan *plan = plan_of(host, 0, 1);
	struct hgx_error err = { 0 };
	struct hgx_nccl_options wrong = { .size = sizeof(wrong), .content = 7 };
	char *text;

	expect_fine(hgx_emit_nccl(hgx_plan_guest(plan), &options, &text, &err), &err, "switches");
	ck_assert_str_eq(text, expected);
	hgx_text_free(text);
	expect_error(hgx_emit_nccl(flat, &options, &text, &err), &err, HGX_REFUSED,
		     "no PCIe switch has GPUs and NICs below it as on the host, so a file that lists only switches would be empty; "
		     "list the devices instead");
	expect_error(hgx_emit_nccl(host, &wrong, &text, &err), &err, HGX_INVALID,
		     "content: 7 is not a valid value");
	ck_assert_ptr_null(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	hgx_topo_free(flat);
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("match", a_guest_as_planned_gives_the_planned_file,
		   a_guest_that_hides_the_switches_of_the_host_gives_the_planned_file,
		   the_planned_guest_itself_is_as_planned,
		   swapped_devices_are_recognized_by_their_numbers,
		   a_number_that_several_devices_have_is_ignored, order_is_the_last_resort,
		   missing_and_additional_devices_are_reported_and_the_file_lists_those_that_exist,
		   a_flat_guest_is_reported, a_guest_without_any_device_of_the_plan_is_warned_of,
		   the_json_of_a_flat_domain_gives_its_running_guest_nodes_and_pins, a_host_cannot_be_matched_with,
		   json_has_the_numbers_only_if_asked_for, every_planned_guest_is_as_planned,
		   numbers_of_virtual_functions_are_not_expected_in_a_guest,
		   a_file_with_switches_only_has_no_devices);
}
