/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How options divide the host and lay out a VM: several VMs, partitions, sizes, threads,
 * cliques, expander buses. */
#include "domain.h"

#define GIB (1ull << 30)

static struct hgx_topo *example(void)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	expect_fine(hgx_topo_from_example(&topo, "hgx-h200", &err), &err, "example");
	return topo;
}

static struct hgx_plan *planned(const struct hgx_topo *host, struct hgx_plan_options options)
{
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	options.size = sizeof(options);
	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	return plan;
}

#define PLAN(host, ...) planned(host, (struct hgx_plan_options){ __VA_ARGS__ })

static void refused(const struct hgx_topo *host, struct hgx_plan_options options, int code,
		    const char *text)
{
	struct hgx_plan *plan = (struct hgx_plan *)host;
	struct hgx_error err = { 0 };

	options.size = sizeof(options);
	expect_error(hgx_plan_new(&plan, host, &options, &err), &err, code, text);
	ck_assert_ptr_null(plan);
}

#define REFUSED(host, text, ...) \
	refused(host, (struct hgx_plan_options){ __VA_ARGS__ }, HGX_REFUSED, text)

static unsigned count_of(const struct hgx_plan *plan, enum hgx_kind kind)
{
	unsigned count = 0;

	for (size_t i = 0; i < plan->chosen_count; i++)
		count += plan->chosen[i]->kind == kind;
	return count;
}

static void expect_disjoint(const struct hgx_plan *a, const struct hgx_plan *b)
{
	for (size_t i = 0; i < a->chosen_count; i++)
		ck_assert_msg(!plan_chose(b, a->chosen[i]), "%s is in two VMs", a->chosen[i]->name);
	for (size_t i = 0; i < a->vcpu_count; i++)
		for (size_t j = 0; j < b->vcpu_count; j++)
			ck_assert_msg(a->vcpu_hosts[i] != b->vcpu_hosts[j], "%s", a->vcpu_hosts[i]->name);
}

static uint64_t memory_on(const struct hgx_plan *plan, const char *node)
{
	for (size_t i = 0; i < plan->cell_count; i++)
		if (!strcmp(plan->cells[i].host->name, node))
			return plan->cells[i].memory;
	return 0;
}

START_TEST(the_built_in_machine_divides_into_1_2_4_and_8)
{
	static const struct { unsigned vms, vcpus, cells; uint64_t memory; } rows[] = {
		{ 1, 88, 2, 906 }, { 2, 44, 1, 906 }, { 4, 22, 1, 453 }, { 8, 11, 1, 226 },
	};
	struct hgx_topo *host = example();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan *plans[8];
		unsigned vms = rows[i].vms;

		for (unsigned vm = 0; vm < vms; vm++) {
			struct hgx_plan *plan = plans[vm] = PLAN(host, .vms = vms, .vm = vm + 1);

			ck_assert_uint_eq(count_of(plan, HGX_GPU), 8 / vms);
			ck_assert_uint_eq(count_of(plan, HGX_NIC), 8 / vms);
			ck_assert_uint_eq(count_of(plan, HGX_NVME), 8 / vms);
			ck_assert_uint_eq(count_of(plan, HGX_NVSWITCH), vms == 1 ? 4 : 0);
			ck_assert_uint_eq(plan->vcpu_count, rows[i].vcpus);
			ck_assert_uint_eq(plan->cell_count, rows[i].cells);
			ck_assert_uint_eq(plan->cells[0].memory, rows[i].memory * GIB);
			for (unsigned other = 0; other < vm; other++)
				expect_disjoint(plans[other], plan);
		}
		for (unsigned vm = 0; vm < vms; vm++)
			hgx_plan_free(plans[vm]);
	}
	hgx_topo_free(host);
}
END_TEST

START_TEST(three_vms_are_uneven_and_only_if_asked)
{
	static const unsigned gpus[] = { 2, 2, 4 };
	struct hgx_topo *host = example();
	struct hgx_plan *plans[3];

	REFUSED(host, "8 GPUs (4 + 4 by NUMA node) do not divide evenly into 3 VMs, but into 1, 2, 4, 8; "
		"or allow uneven VMs with uneven = 1", .vms = 3, .vm = 2);
	for (unsigned vm = 0; vm < 3; vm++) {
		plans[vm] = PLAN(host, .vms = 3, .vm = vm + 1, .uneven = 1);
		ck_assert_uint_eq(count_of(plans[vm], HGX_GPU), gpus[vm]);
		ck_assert_uint_eq(plans[vm]->vcpu_count, 11 * gpus[vm]);
		for (unsigned other = 0; other < vm; other++)
			expect_disjoint(plans[other], plans[vm]);
	}
	for (unsigned vm = 0; vm < 3; vm++)
		hgx_plan_free(plans[vm]);
	hgx_topo_free(host);
}
END_TEST

/* As the Fabric Manager's guide lists them, by module id. */
static const char *const partitions[] = { "12345678", "1234", "5678", "13", "24", "57", "68", "1", "2",
					  "3", "4", "5", "6", "7", "8" };

static bool have_common(const char *a, const char *b)
{
	return strpbrk(a, b) != NULL;
}

START_TEST(a_partition_has_the_gpus_of_its_modules)
{
	static const unsigned gpus[] = { 4, 6, 5, 7, 0, 2, 1, 3 };
	struct hgx_topo *host = example();
	const struct hgx_node *board[8];
	struct hgx_plan *plans[15], *whole = PLAN(host, .name = NULL);
	size_t found = 0;

	for (size_t i = 0; i < whole->chosen_count; i++)
		if (whole->chosen[i]->kind == HGX_GPU)
			board[found++] = whole->chosen[i];
	for (unsigned p = 0; p < 15; p++) {
		char id[12], name[20];

		snprintf(id, sizeof(id), p % 2 ? "%u" : "0%u", p);
		snprintf(name, sizeof(name), "hgx-vm-p%u", p);
		plans[p] = PLAN(host, .partition = id, .module_ids = "4,6,5,7,0,2,1,3");
		ck_assert_str_eq(hgx_plan_name(plans[p]), name);
		ck_assert_uint_eq(count_of(plans[p], HGX_GPU), strlen(partitions[p]));
		ck_assert_uint_eq(count_of(plans[p], HGX_NIC), strlen(partitions[p]));
		ck_assert_uint_eq(count_of(plans[p], HGX_NVSWITCH), 0);
		for (const char *module = partitions[p]; *module; module++)
			ck_assert(plan_chose(plans[p], board[gpus[*module - '1']]));
		for (unsigned other = 0; other < p; other++) {
			if (have_common(partitions[other], partitions[p]))
				continue;
			expect_disjoint(plans[other], plans[p]);
			ck_assert_uint_le(memory_on(plans[other], "node0") + memory_on(plans[p], "node0"),
					  906 * GIB);
		}
	}
	for (unsigned p = 0; p < 15; p++)
		hgx_plan_free(plans[p]);
	hgx_plan_free(whole);
	hgx_topo_free(host);
}
END_TEST

#define SMALL "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"

#define NODE_OF(n, cpus) "package " n " vendor=GenuineIntel\nnode " n " memory=64G\ncpus " cpus " package=" n \
	" node=" n "\nroot 0000:" n "0 numa=" n "\n " n "0:01.0 root-port\n"
#define SWITCHED NODE_OF("1", "0-7") "  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 gpu\n"
#define FABRIC " 10:03.0 root-port\n  13:00.0 nvswitch\n"
/* of another maker; the first of two VMs has the whole board */
#define OTHER_GPUS NODE_OF("2", "8-15") "  21:00.0 gpu id=1002:74a1 class=120000\n 20:02.0 root-port\n" \
	"  22:00.0 gpu id=1002:74a1 class=120000\n"

START_TEST(vms_that_share_nvswitches_are_told_to_need_partitions)
{
	static const struct { const char *lines; unsigned vm, vms; enum hgx_nvswitch_choice choice; bool told; } rows[] = {
		{ SWITCHED FABRIC, 2, 2, HGX_NVSWITCH_AUTO, true }, { SWITCHED FABRIC, 1, 2, HGX_NVSWITCH_NONE, true },
		{ SWITCHED, 2, 2, HGX_NVSWITCH_AUTO, false }, { SWITCHED FABRIC, 1, 1, HGX_NVSWITCH_AUTO, false },
		{ SWITCHED FABRIC, 0, 0, HGX_NVSWITCH_NONE, false },
		{ SWITCHED FABRIC OTHER_GPUS, 1, 2, HGX_NVSWITCH_AUTO, false },
		{ SWITCHED FABRIC OTHER_GPUS, 2, 4, HGX_NVSWITCH_AUTO, true },
		{ SWITCHED FABRIC OTHER_GPUS, 3, 4, HGX_NVSWITCH_AUTO, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *host = host_of(rows[i].lines);
		struct hgx_plan *plan = PLAN(host, .vms = rows[i].vms, .vm = rows[i].vm, .nvswitch = rows[i].choice);
		const struct hgx_finding *findings;
		size_t count = hgx_plan_findings(plan, &findings);
		const char *text = finding_text(findings, count, "fabric-shared", NULL);

		ck_assert_msg(!text == !rows[i].told, "row %zu: %s", i, text ? text : "nothing");
		if (text)
			ck_assert_ptr_nonnull(strstr(text, "is active in the host's Fabric Manager (shared NVSwitch mode)"));
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

START_TEST(a_partition_needs_a_board_and_a_map)
{
	struct hgx_topo *host = example(), *small = host_of(SMALL);

	REFUSED(host, "partition 1 is made of modules, and the PCI bus does not show which GPU is which "
		"module; take the lines 'Bus Id' and 'Module ID' of 'nvidia-smi -q' and give the GPU "
		"numbers in module order: module_ids = \"4,6,5,7,0,2,1,3\" means that module 1 is GPU 4", .partition = "1");
	REFUSED(small, "partitions divide a board with 8 NVIDIA GPUs, but this host has 1 GPU that can be on "
		"one; use vms, or name GPUs with gpus", .partition = "1");
	REFUSED(host, "partition 1 has GPU 0000:9b:00.0 (GH100 [H200 SXM 141GB]), which cannot be "
		"assigned: skip leaves it out", .partition = "1", .module_ids = "4,6,5,7,0,2,1,3", .skip = "9b:00.0");
	refused(host, (struct hgx_plan_options){ .partition = "15", .module_ids = "0,1,2,3,4,5,6,7" },
		HGX_INVALID, "partition: '15' is not a Fabric Manager partition; they are numbered 0 to 14");
	refused(host, (struct hgx_plan_options){ .partition = "1", .module_ids = "0,1,2,3,4,5,6,6" },
		HGX_INVALID, "module_ids: '0,1,2,3,4,5,6,6' must have each GPU number from 0 to 7 once, in "
		"the order of the 8 modules, such as 4,6,5,7,0,2,1,3 (module 1 is GPU 4)");
	refused(host, (struct hgx_plan_options){ .partition = "1", .gpus = "0" }, HGX_INVALID,
		"partition already says which GPUs the VM gets; leave out vms and gpus");
	refused(host, (struct hgx_plan_options){ .module_ids = "0,1,2,3,4,5,6,7" }, HGX_INVALID,
		"module_ids is only valid with partition");
	hgx_topo_free(host);
	hgx_topo_free(small);
}
END_TEST

/* 64 pages of 1 GiB on each node, and none of 2 MiB. */
START_TEST(too_few_huge_pages_are_refused_with_the_command)
{
	struct hgx_topo *host = example();
	struct hgx_plan *plan;
	const struct hgx_node *node = hgx_topo_find(host, "node0");

	ck_assert_uint_eq(hgx_node_memory(node)->huge_pages[1].free, 64);
	REFUSED(host, "too few free huge pages of 1 GiB on node0, node1; reserve them with: "
		"echo 65 > /sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages; "
		"echo 65 > /sys/devices/system/node/node1/hugepages/hugepages-1048576kB/nr_hugepages",
		.memory = 130 * GIB, .hugepages = GIB);
	REFUSED(host, "too few free huge pages of 2 MiB on node1; reserve them with: "
		"echo 1024 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages",
		.memory = 2 * GIB, .hugepages = 2 << 20, .vms = 2, .vm = 2);
	/* the other VMs need theirs too */
	REFUSED(host, "too few free huge pages of 1 GiB on node0; reserve them with: "
		"echo 132 > /sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages",
		.memory = 33 * GIB, .hugepages = GIB, .vms = 8, .vm = 3);
	REFUSED(host, "1536 MiB of memory does not divide into 1 cell in multiples of 1 GiB; use 1 GiB",
		.memory = 1536ull << 20, .hugepages = GIB, .vms = 2, .vm = 1);
	refused(host, (struct hgx_plan_options){ .hugepages = 4096 }, HGX_INVALID,
		"hugepages: 4 KiB is not a valid page size; use 2 MiB or 1 GiB");
	refused(host, (struct hgx_plan_options){ .memory = GIB, .memory_per_cell = GIB }, HGX_INVALID,
		"give the memory in total or per cell, not both");
	plan = PLAN(host, .memory_per_cell = 64 * GIB, .hugepages = GIB);
	ck_assert_uint_eq(plan->page_size, GIB);
	ck_assert_uint_eq(memory_on(plan, "node1"), 64 * GIB);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

#define SMT(threads) "package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" \
	"node 0 memory=64G\nnode 1 memory=64G\n" \
	"cpus 0-15 package=0 node=0 threads=" threads "\ncpus 16-31 package=1 node=1 threads=" threads "\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"

START_TEST(vcpus_are_whole_cores_of_the_gpus_nodes_or_of_all)
{
	struct hgx_topo *host = host_of(SMT("2"));
	struct hgx_plan *few = PLAN(host, .vcpus = 14), *more = PLAN(host, .vcpus = 16);

	ck_assert_uint_eq(few->cell_count, 1);
	ck_assert_str_eq(few->cells[0].host->name, "node0");
	ck_assert_uint_eq(few->cores, 7);
	ck_assert_uint_eq(more->cell_count, 2);
	ck_assert_uint_eq(more->cells[1].vcpus, 8);
	ck_assert_uint_eq(more->sockets, 2);
	REFUSED(host, "13 vCPUs do not divide into 1 cell of whole cores with 2 threads each; use vcpus = "
		"12 or 14", .vcpus = 13);
	REFUSED(host, "18 vCPUs do not divide into 2 cells of whole cores with 2 threads each; use vcpus = "
		"16 or 20", .vcpus = 18);
	REFUSED(host, "1 vCPU does not divide into 1 cell of whole cores with 2 threads each; use vcpus = 2",
		.vcpus = 1);
	REFUSED(host, "32 vCPUs are more than the 28 that 2 NUMA nodes can give evenly (7 cores of 2 "
		"threads each); use vcpus = 28 or less", .vcpus = 32);
	hgx_plan_free(few);
	hgx_plan_free(more);
	hgx_topo_free(host);
}
END_TEST

START_TEST(siblings_can_be_left_out_or_asked_for)
{
	struct hgx_topo *host = host_of(SMT("2")), *single = host_of(SMT("1"));
	struct hgx_plan *on = PLAN(host, .smt = HGX_ON), *off = PLAN(host, .smt = HGX_OFF);

	ck_assert_uint_eq(on->threads, 2);
	ck_assert_uint_eq(on->vcpu_count, 28);
	ck_assert_uint_eq(off->threads, 1);
	ck_assert_uint_eq(off->vcpu_count, 14);
	for (size_t i = 0; i < off->vcpu_count; i++)
		ck_assert_uint_eq(off->vcpus[i].host_cpu, i < 7 ? i + 1 : i + 10);
	REFUSED(single, "no core left for the guest has two online threads, so the guest cannot have SMT; "
		"leave out smt = HGX_ON, or turn SMT on", .smt = HGX_ON);
	hgx_plan_free(on);
	hgx_plan_free(off);
	hgx_topo_free(host);
	hgx_topo_free(single);
}
END_TEST

/* Four packages of 60 cores with SMT: 480 CPUs, 440 of them free. */
static struct hgx_topo *large_host(void)
{
	char lines[1024] = "";

	for (unsigned p = 0; p < 4; p++)
		sprintf(lines + strlen(lines), "package %u vendor=GenuineIntel\nnode %u memory=256G\n"
			"cpus %u-%u package=%u node=%u threads=2\n", p, p, 120 * p, 120 * p + 119, p, p);
	strcat(lines, "root 0000:10 numa=2\n 10:01.0 root-port\n  11:00.0 gpu\n");
	return host_of(lines);
}

START_TEST(more_than_255_vcpus_get_extended_interrupts_and_newer_qemu_supports_more_than_288)
{
	static const struct { const char *qemu; size_t vcpus; } rows[] = {
		{ "7.2", 288 }, { "8.0", 288 }, { "8.1", 440 }, { "9.0", 440 },
	};
	struct hgx_topo *host = large_host();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan *plan = PLAN(host, .qemu_version = rows[i].qemu);
		struct arena arena = { NULL, false };
		struct hgx_error err = { 0 };
		struct element *domain;
		char *text;

		ck_assert_uint_eq(plan->vcpu_count, rows[i].vcpus);
		expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
		domain = domain_read(&arena, text);
		ck_assert_str_eq(attribute(child(child(child(domain, "devices"), "iommu"), "driver"), "eim"), "on");
		ck_assert_str_eq(attribute(child(child(domain, "features"), "ioapic"), "driver"), "qemu");
		hgx_text_free(text);
		arena_free(&arena);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

/* @nodes NUMA nodes in two packages, with the same number of GPUs on each, on root ports. */
static struct hgx_topo *divided_host(unsigned nodes, unsigned gpus)
{
	char *lines = NULL;
	struct hgx_topo *host;
	size_t size;
	FILE *to = open_memstream(&lines, &size);

	fputs("package 0 vendor=AuthenticAMD\npackage 1 vendor=AuthenticAMD\n", to);
	for (unsigned n = 0; n < nodes; n++)
		fprintf(to, "node %u memory=128G\ncpus %u-%u package=%u node=%u threads=2\n", n, 32 * n,
			32 * n + 31, n >= nodes / 2, n);
	for (unsigned n = 0; n < nodes; n++) {
		fprintf(to, "root 0000:%02x numa=%u\n", 16 * n, n);
		for (unsigned g = 1; g <= gpus; g++)
			fprintf(to, " 0000:%02x:%02x.0 root-port\n  0000:%02x:00.0 gpu\n", 16 * n, g, 16 * n + g);
	}
	fclose(to);
	host = host_of(lines);
	free(lines);
	return host;
}

/* 15 of 16 cores of a node are free. */
START_TEST(nodes_of_a_socket_are_dies_of_it_in_every_vm)
{
	static const struct { unsigned nodes, gpus, vms, sockets, dies, cores, cells; } rows[] = {
		{ 8, 1, 1, 2, 4, 15, 8 }, { 8, 1, 2, 1, 4, 15, 4 }, { 8, 1, 4, 1, 2, 15, 2 },
		{ 8, 1, 8, 1, 1, 15, 1 }, { 4, 4, 4, 1, 1, 15, 1 }, { 4, 4, 2, 1, 2, 15, 2 },
		{ 4, 4, 8, 1, 1, 7, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *host = divided_host(rows[i].nodes, rows[i].gpus);

		for (unsigned vm = 1; vm <= rows[i].vms; vm++) {
			struct hgx_plan *plan = PLAN(host, .vms = rows[i].vms, .vm = vm);

			ck_assert_msg(plan->sockets == rows[i].sockets && plan->dies == rows[i].dies &&
				      plan->cores == rows[i].cores && plan->threads == 2 &&
				      plan->cell_count == rows[i].cells, "row %zu: %u x %u x %u, %zu cells", i,
				      plan->sockets, plan->dies, plan->cores, plan->cell_count);
			hgx_plan_free(plan);
		}
		hgx_topo_free(host);
	}
}
END_TEST

/* The first VM has the second of four nodes, where one core is offline. */
START_TEST(equal_vms_are_cut_to_the_smallest)
{
	struct hgx_topo *host = divided_host(4, 1);
	struct hgx_plan *plans[2];

	for (unsigned id = 47; id <= 63; id += 16)
		for (struct hgx_node *n = host->all; n; n = n->all)
			if (n->cpu && n->cpu->id == id)
				n->cpu->online = 0;
	for (unsigned vm = 0; vm < 2; vm++) {
		plans[vm] = PLAN(host, .vms = 2, .vm = vm + 1);
		ck_assert_uint_eq(plans[vm]->cell_count, 2);
		ck_assert_uint_eq(plans[vm]->cells[0].vcpus, 28);
		ck_assert_uint_eq(plans[vm]->cells[1].vcpus, 28);
		ck_assert_uint_eq(plans[vm]->dies, 2);
	}
	ck_assert_str_eq(finding_text(plans[0]->findings.items, plans[0]->findings.count, "cores-levelled",
				      NULL), "1 more core stays with the host, so that every socket of every "
			 "VM has 28");
	ck_assert_str_eq(finding_text(plans[1]->findings.items, plans[1]->findings.count, "cores-levelled",
				      NULL), "2 more cores stay with the host, so that every socket of every "
			 "VM has 28");
	hgx_plan_free(plans[0]);
	hgx_plan_free(plans[1]);
	hgx_topo_free(host);
}
END_TEST

#define SWITCHES "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n" \
	"    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 gpu\n" \
	"root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 gpu\n" \
	"root 0000:30 numa=0\n 30:01.0 root-port\n  31:00.0 switch-up\n   32:00.0 switch-down\n" \
	"    33:00.0 gpu%s\n   32:01.0 switch-down\n    34:00.0 gpu\n   32:02.0 switch-down\n    35:00.0 gpu\n" \
	"root 0000:40 numa=0\n 40:01.0 root-port\n  41:00.0 switch-up\n   42:00.0 switch-down\n" \
	"    43:00.0 gpu\n%s"

static int clique_of(const struct hgx_plan *plan, const char *name)
{
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus; port; port = port_next(bus, port))
			if (port->host && port->kind == HGX_GPU && !strcmp(port->host->name, name))
				return port->clique;
	ck_abort_msg("%s is not in the VM", name);
	return -2;
}

static struct hgx_plan *plan_of_switches(struct hgx_topo **host, const char *first, const char *more,
					 int clique)
{
	char lines[2048];

	snprintf(lines, sizeof(lines), SWITCHES, first, more);
	*host = host_of(lines);
	return PLAN(*host, .p2p_clique = clique);
}

START_TEST(pcie_gpus_behind_one_switch_share_a_clique)
{
	static const struct { const char *gpu; int id; } rows[] = {
		{ "0000:13:00.0", 0 }, { "0000:14:00.0", 0 }, { "0000:21:00.0", -1 }, { "0000:33:00.0", 1 },
		{ "0000:34:00.0", 1 }, { "0000:35:00.0", 1 }, { "0000:43:00.0", -1 },
	};
	struct hgx_topo *host;
	struct hgx_plan *plan = plan_of_switches(&host, "", "", HGX_AUTO);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_int_eq(clique_of(plan, rows[i].gpu), rows[i].id);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(gpus_with_nvlink_have_no_clique)
{
	static const struct { const char *first, *more; int clique; } rows[] = {
		{ "", "", HGX_OFF },
		{ " name=\"GH100 [H200 SXM 141GB]\"", "", HGX_AUTO },
		{ "", "root 0000:50 numa=0\n 50:01.0 root-port\n  51:00.0 nvswitch\n", HGX_AUTO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *host;
		struct hgx_plan *plan = plan_of_switches(&host, rows[i].first, rows[i].more, rows[i].clique);

		ck_assert_int_eq(clique_of(plan, "0000:13:00.0"), -1);
		ck_assert_int_eq(clique_of(plan, "0000:34:00.0"), -1);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

static unsigned bridges_below(const struct port *bus)
{
	unsigned count = 0;

	for (struct port *port = port_next(bus, bus); port; port = port_next(bus, port))
		count += kind_of(port->kind)->bridge;
	return count;
}

/* Eight GPUs below eight root buses; the NVSwitches are below some of these. */
START_TEST(an_expander_bus_may_stand_for_a_root_bus)
{
	struct hgx_topo *host = example();
	struct hgx_plan *plan = PLAN(host, .mirror = HGX_MIRROR_ROOT_COMPLEX);
	unsigned count = 0, last = 0;

	for (const struct port *bus = plan->expanders; bus; bus = bus->next, count++) {
		ck_assert(bus->complex && bus->complex->kind == HGX_HOST_BRIDGE);
		ck_assert_uint_gt(bus->secondary, last);
		last = bus->secondary + bridges_below(bus);
		ck_assert_uint_le(last, 255);
		ck_assert_ptr_eq(plan->cells[bus->cell].host, hgx_node_numa(bus->complex));
		for (const struct port *port = bus; port; port = port_next(bus, port))
			for (const struct hgx_node *n = port->kind >= HGX_GPU ? port->host : NULL; n; n = n->parent)
				ck_assert(n->kind != HGX_HOST_BRIDGE || n == bus->complex);
	}
	ck_assert_uint_eq(count, 8);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* Two nodes of three cores, four GPUs on each. */
#define FEW_CORES \
	"package 0\nnode 0 memory=64G\nnode 1 memory=64G\n" \
	"cpus 0 package=0 node=0 core=0\ncpus 1 package=0 node=0 core=1\n" \
	"cpus 2 package=0 node=0 core=2\ncpus 3 package=0 node=1 core=3\n" \
	"cpus 4 package=0 node=1 core=4\ncpus 5 package=0 node=1 core=5\n"
#define FEW_GPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n 10:02.0 root-port\n  12:00.0 gpu group=2\n" \
	" 10:03.0 root-port\n  13:00.0 gpu group=3\n 10:04.0 root-port\n  14:00.0 gpu group=4\n" \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu group=5\n 20:02.0 root-port\n  22:00.0 gpu group=6\n" \
	" 20:03.0 root-port\n  23:00.0 gpu group=7\n 20:04.0 root-port\n  24:00.0 gpu group=8\n"

START_TEST(a_vm_without_a_core_is_refused)
{
	static const char text[] = "no core is left for the VM; share the host among fewer VMs, or use a "
				   "smaller reserve_cores";
	struct hgx_topo *host = host_of(FEW_CORES FEW_GPUS);

	REFUSED(host, text, .vms = 8, .vm = 8, .uneven = 1, .vcpus = 1);
	REFUSED(host, text, .vms = 8, .vm = 8, .uneven = 1);
	REFUSED(host, "no core is the share of the VM's GPUs; name more GPUs, or use a smaller reserve_cores",
		.gpus = "7");
	REFUSED(host, "no core is left for the VM; use a smaller reserve_cores", .partition = "14",
		.module_ids = "0,1,2,3,4,5,6,7", .vcpus = 1);
	REFUSED(host, "no core is left for VM 1; share the host among fewer VMs, or use a smaller reserve_cores",
		.vms = 8, .vm = 1);
	/* what names the CPUs is the cause */
	REFUSED(host, "no core is left for VM 1; share the host among fewer VMs, or name more CPUs with cpus",
		.vms = 2, .vm = 1, .cpus = "5");
	REFUSED(host, "no core is left for the VM; share the host among fewer VMs, or name more CPUs with cpus",
		.vms = 2, .vm = 1, .uneven = 1, .cpus = "5");
	REFUSED(host, "no core is left for the VM; name more CPUs with cpus",
		.partition = "7", .module_ids = "0,1,2,3,4,5,6,7", .cpus = "5");
	REFUSED(host, "no core is left for VM 1; share the host among fewer VMs, or name fewer CPUs with host_cpus",
		.vms = 2, .vm = 1, .host_cpus = "0-2");
	REFUSED(host, "no core is the share of the VM's GPUs; name more GPUs, or name fewer CPUs with host_cpus",
		.gpus = "0", .host_cpus = "0-2");
	hgx_topo_free(host);
}
END_TEST

START_TEST(the_default_reservation_leaves_a_core_to_the_guest)
{
	struct hgx_topo *host = host_of("package 0\nnode 0 memory=64G\ncpus 0 package=0 node=0 core=0\n"
					"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n");
	struct hgx_plan *plan = PLAN(host, .vcpus = 0);

	ck_assert_uint_eq(plan->vcpu_count, 1);
	REFUSED(host, "node0 has 1 core: leaving 1 to the host leaves none for the guest; use "
		"reserve_cores = HGX_RESERVE_NONE",
		.reserve_cores = 1);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(sizes_near_the_end_of_64_bits_do_not_wrap)
{
	struct hgx_topo *host = example();

	REFUSED(host, "node0 has 1007 GiB of memory, but its cell would get 8388608.00 TiB (2 cells); use "
		"a smaller memory_per_cell", .memory_per_cell = 1ull << 63);
	REFUSED(host, "node0 has 1007 GiB of memory, and only 0 B would be left for the host; use a "
		"smaller memory_per_cell",
		.memory_per_cell = 1007 * GIB);
	REFUSED(host, "1.75 TiB per cell is not a multiple of 1 GiB; use 1792 GiB", .hugepages = GIB,
		.memory_per_cell = 1792 * GIB + (2 << 20));
	hgx_topo_free(host);
}
END_TEST

/* A root bus with devices on two nodes gets an expander bus for each node. */
START_TEST(no_alias_appears_twice)
{
	struct hgx_topo *host = host_of(
		FEW_CORES "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n"
		" 10:02.0 root-port\n  12:00.0 gpu group=2 numa=1\n");
	struct hgx_plan *plan = PLAN(host, .mirror = HGX_MIRROR_ROOT_COMPLEX);
	unsigned count = 0;

	for (const struct port *a = plan->expanders; a; a = a->next, count++)
		for (const struct port *b = a->next; b; b = b->next)
			ck_assert_str_ne(a->alias, b->alias);
	ck_assert_uint_eq(count, 2);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("plan options", the_built_in_machine_divides_into_1_2_4_and_8,
		   three_vms_are_uneven_and_only_if_asked, a_partition_has_the_gpus_of_its_modules,
		   vms_that_share_nvswitches_are_told_to_need_partitions, a_partition_needs_a_board_and_a_map, too_few_huge_pages_are_refused_with_the_command,
		   vcpus_are_whole_cores_of_the_gpus_nodes_or_of_all, siblings_can_be_left_out_or_asked_for,
		   more_than_255_vcpus_get_extended_interrupts_and_newer_qemu_supports_more_than_288,
		   nodes_of_a_socket_are_dies_of_it_in_every_vm, equal_vms_are_cut_to_the_smallest,
		   pcie_gpus_behind_one_switch_share_a_clique,
		   gpus_with_nvlink_have_no_clique, an_expander_bus_may_stand_for_a_root_bus,
		   a_vm_without_a_core_is_refused, the_default_reservation_leaves_a_core_to_the_guest,
		   sizes_near_the_end_of_64_bits_do_not_wrap, no_alias_appears_twice);
}
