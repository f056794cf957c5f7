/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans case by case: the built-in machine compared with the vendor's guide, limits, refusals
 * with their messages, and what the operator is told. */
#include "domain.h"

#define GIB (1ull << 30)
#define ONE "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define GPU "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"

static struct hgx_topo *example(void)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	expect_fine(hgx_topo_from_example(&topo, "hgx-h200", &err), &err, "example");
	return topo;
}

static struct element *domain_of(struct arena *arena, const struct hgx_plan *plan)
{
	struct hgx_error err = { 0 };
	struct element *domain;
	char *text;

	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	domain = domain_read(arena, text);
	hgx_text_free(text);
	return domain;
}

/* NVIDIA's guide pins node 0 to 16,18,…,94 and node 1 to 17,19,…,95. */
START_TEST(the_built_in_machine_is_pinned_as_in_the_guide)
{
	struct hgx_topo *topo = example();
	struct hgx_plan *plan = plan_of(topo, 0, 8);
	struct arena arena = { NULL, false };
	const struct element *domain = domain_of(&arena, plan), *tune = child(domain, "cputune");
	struct element *pin = child(tune, "vcpupin");
	unsigned count = 0;

	for (; pin; pin = following(pin), count++) {
		ck_assert_uint_eq(number_of(pin, "vcpu"), count);
		ck_assert_uint_eq(number_of(pin, "cpuset"), 16 + count % 40 * 2 + count / 40);
	}
	ck_assert_uint_eq(count, 80);
	ck_assert_str_eq(attribute(child(tune, "emulatorpin"), "cpuset"), "0-15");
	arena_free(&arena);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(the_built_in_machine_has_two_sockets_and_two_cells)
{
	struct hgx_topo *topo = example();
	struct hgx_plan *plan = plan_of(topo, 1792 * GIB, 8);
	struct arena arena = { NULL, false };
	const struct element *domain = domain_of(&arena, plan), *cpu = child(domain, "cpu");
	const struct element *cell = child(child(cpu, "numa"), "cell");

	ck_assert_uint_eq(number_of(child(cpu, "topology"), "sockets"), 2);
	ck_assert_uint_eq(number_of(child(cpu, "topology"), "cores"), 40);
	ck_assert_uint_eq(number_of(child(cpu, "topology"), "threads"), 1);
	ck_assert_str_eq(child(domain, "memory")->text, "1879048192");
	ck_assert_str_eq(attribute(cell, "cpus"), "0-39");
	ck_assert_str_eq(attribute(cell, "memory"), "939524096");
	ck_assert_str_eq(attribute(following(cell), "cpus"), "40-79");
	ck_assert_str_eq(attribute(following(cell), "memory"), "939524096");
	ck_assert_ptr_null(following(following(cell)));
	arena_free(&arena);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

static unsigned count_below(const struct hgx_node *top, enum hgx_kind kind)
{
	unsigned count = 0;

	for (const struct hgx_node *n = top; n; n = hgx_node_next(top, n))
		count += hgx_node_kind(n) == kind;
	return count;
}

/* A switch of the guest with a GPU and its NIC. */
static void check_switch(const struct hgx_node *up)
{
	ck_assert_uint_eq(count_below(up, HGX_GPU), 1);
	ck_assert_uint_eq(count_below(up, HGX_NIC), 1);
	for (const struct hgx_node *n = up; n; n = hgx_node_next(up, n))
		if (hgx_node_kind(n) == HGX_GPU)
			ck_assert_int_eq(hgx_distance(n, hgx_node_nearest(n, HGX_NIC)), HGX_PIX);
}

START_TEST(the_built_in_machine_has_four_switches_on_each_of_two_expander_buses)
{
	struct hgx_topo *topo = example();
	struct hgx_plan *plan = plan_of(topo, 0, 8);
	const struct hgx_node *root = hgx_topo_root(hgx_plan_guest(plan)), *bus;
	unsigned buses = 0;

	for (bus = hgx_node_first_child(root); bus; bus = hgx_node_next_sibling(bus)) {
		if (hgx_node_kind(bus) != HGX_HOST_BRIDGE || !count_below(bus, HGX_GPU))
			continue;
		buses++;
		ck_assert_uint_eq(count_below(bus, HGX_ROOT_PORT), 4);
		ck_assert_uint_eq(count_below(bus, HGX_SWITCH_UP), 4);
		ck_assert_str_eq(hgx_node_name(hgx_node_numa(bus)), buses == 1 ? "node0" : "node1");
		for (const struct hgx_node *n = bus; n; n = hgx_node_next(bus, n))
			if (hgx_node_kind(n) == HGX_SWITCH_UP)
				check_switch(n);
	}
	ck_assert_uint_eq(buses, 2);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_small_guest_has_the_expected_addresses)
{
	static const struct { const char *guest, *host; enum hgx_kind kind; } rows[] = {
		{ "0000:00:01.0", NULL, HGX_ROOT_PORT }, { "0000:00:01.7", NULL, HGX_ROOT_PORT },
		{ "0000:00:02.0", NULL, HGX_OTHER }, { "pci0000:20", NULL, HGX_HOST_BRIDGE },
		{ "0000:20:00.0", "0000:10:01.0", HGX_ROOT_PORT },
		{ "0000:21:00.0", "0000:11:00.0", HGX_SWITCH_UP },
		{ "0000:22:00.0", "0000:12:00.0", HGX_SWITCH_DOWN },
		{ "0000:23:00.0", "0000:13:00.0", HGX_GPU }, { "0000:23:00.1", "0000:13:00.1", HGX_OTHER },
		{ "0000:22:01.0", "0000:12:05.0", HGX_SWITCH_DOWN },
		{ "0000:24:00.0", "0000:14:00.1", HGX_NIC }, /* function 0 stays with the host */
		{ "0000:20:00.1", "0000:10:02.0", HGX_ROOT_PORT },
		{ "0000:25:00.0", "0000:15:00.0", HGX_GPU },
		{ "node0", "node0", HGX_NUMA }, { "cpu0", "cpu1", HGX_CPU }, { "package0", "package0", HGX_PACKAGE },
	};
	struct hgx_topo *topo = host_of(ONE "root 0000:10 numa=0\n 10:01.0 root-port\n"
					"  11:00.0 switch-up\n   12:00.0 switch-down\n    13:00.0 gpu\n"
					"    13:00.1 other\n   12:05.0 switch-down\n"
					"    14:00.0 nic use=\"eno1 has an IPv4 address\"\n    14:00.1 nic\n"
					" 10:02.0 root-port\n  15:00.0 gpu\n");
	struct hgx_plan *plan = plan_of(topo, 0, 0);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_node *node = hgx_topo_find(hgx_plan_guest(plan), rows[i].guest);
		const struct hgx_node *host = hgx_plan_host_of(plan, node);

		ck_assert_msg(node && hgx_node_kind(node) == rows[i].kind, "%s", rows[i].guest);
		ck_assert_msg(rows[i].host ? host && !strcmp(hgx_node_name(host), rows[i].host) : !host,
			      "%s stands for %s", rows[i].guest, host ? hgx_node_name(host) : "none");
	}
	ck_assert_ptr_null(hgx_plan_host_of(plan, NULL));
	ck_assert_ptr_null(hgx_plan_host_of(plan, hgx_topo_root(topo)));
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

/* The first GPU has no NIC beside it, the second an audio function and a NIC, the third no switch. */
#define AMD_GPUS ONE "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu id=1002:74a1 class=120000\n" \
	" 10:02.0 root-port\n  21:00.0 switch-up\n   22:00.0 switch-down\n" \
	"    23:00.0 gpu id=1002:744c class=030000\n    23:00.1 other id=1002:ab30 class=040300\n" \
	"   22:01.0 switch-down\n    24:00.0 nic\n" \
	" 10:03.0 root-port\n  31:00.0 gpu id=1002:74a1 class=120000\n"

START_TEST(a_whole_gpu_of_amd_is_alone_on_a_root_port)
{
	static const struct { const char *guest, *host, *parent; } rows[] = {
		{ "0000:21:00.0", "0000:13:00.0", "0000:20:00.0" },
		{ "0000:22:00.0", "0000:23:00.0", "0000:20:00.1" },
		{ "0000:23:00.0", "0000:23:00.1", "0000:20:00.2" },
		{ "0000:26:00.0", "0000:24:00.0", "0000:25:00.0" },
		{ "0000:24:00.0", "0000:21:00.0", "0000:20:00.3" },
		{ "0000:27:00.0", "0000:31:00.0", "0000:20:00.4" },
	};
	struct hgx_topo *topo = host_of(AMD_GPUS);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	struct hgx_error err = { 0 };
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_node *node = hgx_topo_find(hgx_plan_guest(plan), rows[i].guest);
		const struct hgx_node *host = hgx_plan_host_of(plan, node);

		ck_assert_msg(host && !strcmp(hgx_node_name(host), rows[i].host), "%s stands for %s",
			      rows[i].guest, host ? hgx_node_name(host) : "none");
		ck_assert_str_eq(hgx_node_name(hgx_node_parent(node)), rows[i].parent);
	}
	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	/* of the first spare port and the first root port: no device has it */
	for (const char *at = text; (at = strstr(at, "multifunction")) != NULL; at++)
		ck_assert(at > strstr(text, "ua-spare-1'") && at < strstr(text, "<hostdev"));
	ck_assert_ptr_nonnull(strstr(text, "<alias name='ua-port-0000_23_00'/>"));
	ck_assert_ptr_nonnull(strstr(text, "<alias name='ua-port-0000_23_00-1'/>"));
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(the_file_puts_gpus_of_amd_below_the_switches_of_the_host)
{
	static const char expected[] =
		"    <pci busid=\"ffff:ff:01.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\n"
		"      <pci busid=\"0000:21:00.0\" class=\"0x120000\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"    </pci>\n"
		"    <pci busid=\"ffff:ff:02.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\n"
		"      <pci busid=\"0000:22:00.0\" class=\"0x030000\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"      <pci busid=\"0000:26:00.0\" class=\"0x020700\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"    </pci>\n"
		"    <pci busid=\"0000:27:00.0\" class=\"0x120000\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
		"  </cpu>\n</system>\n";
	struct hgx_topo *topo = host_of(AMD_GPUS);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_nccl(hgx_plan_guest(plan), NULL, &text, &err), &err, "nccl");
	ck_assert_ptr_nonnull(strstr(text, "    <pci"));
	ck_assert_str_eq(strstr(text, "    <pci"), expected);
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(the_host_keeps_a_tenth_at_least_8_gib_at_most_half)
{
	static const struct { uint64_t bytes, kept; } rows[] = {
		{ 1007 * GIB, 101 * GIB }, { 64 * GIB, 8 * GIB }, { 100 * GIB, 10 * GIB },
		{ 80 * GIB, 8 * GIB }, { 81 * GIB, 9 * GIB }, { 16 * GIB, 8 * GIB }, { 10 * GIB, 5 * GIB },
		{ 2 * GIB, GIB }, { GIB, GIB / 2 }, { 6ull << 20, 4ull << 20 }, { 3ull << 20, 3ull << 20 },
		{ 0, 0 }, { 64 * GIB + 4096, 8 * GIB + 4096 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(hgx_plan_host_memory(rows[i].bytes) == rows[i].kept, "%llu: %llu",
			      (unsigned long long)rows[i].bytes,
			      (unsigned long long)hgx_plan_host_memory(rows[i].bytes));
}
END_TEST

struct refusal {
	const char *lines; /* NULL: the built-in machine */
	uint64_t memory;
	int reserve;
	const char *name;
	int code;
	const char *text;
};

#define LONG "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct refusal refusals[] = {
	{ NULL, 3ull << 20, 0, NULL, HGX_REFUSED,
	  "3 MiB of memory does not divide into 2 cells in multiples of 2 MiB; use 4 MiB" },
	{ NULL, 1025ull << 20, 0, NULL, HGX_REFUSED,
	  "1025 MiB of memory does not divide into 2 cells in multiples of 2 MiB; use 1 GiB" },
	{ NULL, 4096 * GIB, 0, NULL, HGX_REFUSED, "node0 has 1007 GiB of memory, but its cell would get 2 "
	  "TiB (2 cells); use a smaller memory" },
	{ NULL, 2016 * GIB, 0, NULL, HGX_REFUSED, "node0 has 1007 GiB of memory, but its cell would get "
	  "1008 GiB (2 cells); use a smaller memory" },
	{ NULL, 0, 48, NULL, HGX_REFUSED, "node0 has 48 cores: leaving 48 to the host leaves none for the "
	  "guest; use reserve_cores = 47 or less" },
	{ NULL, 0, 100000, NULL, HGX_REFUSED, "node0 has 48 cores: leaving 100000 to the host leaves none "
	  "for the guest; use reserve_cores = 47 or less" },
	{ NULL, 0, -2, NULL, HGX_INVALID, "reserve_cores: -2 is not a valid value" },
	{ NULL, 0, 0, "", HGX_INVALID, "name must have 1 to 200 bytes" },
	{ NULL, 0, 0, LONG LONG LONG LONG, HGX_INVALID, "name must have 1 to 200 bytes" },
	{ NULL, 0, 0, "a/b", HGX_INVALID,
	  "name must be UTF-8 text without '/' and control characters, not 'a/b'" },
	{ NULL, 0, 0, "a\nb", HGX_INVALID,
	  "name must be UTF-8 text without '/' and control characters, not 'a?b'" },
	{ "package 0\ncpus 0-7 package=0\n" "root 0000:10\n 10:01.0 root-port\n  11:00.0 gpu\n", 0, 0, NULL,
	  HGX_REFUSED, "no NUMA node of this machine has both online CPUs and memory" },
	{ "package 0\nnode 0\ncpus 0-7 package=0 node=0\n" GPU, 0, 0, NULL, HGX_REFUSED,
	  "no NUMA node of this machine has both online CPUs and memory" },
	{ "package 0\nnode 0 memory=1M\ncpus 0-7 package=0 node=0\n" GPU, 0, 0, NULL, HGX_REFUSED,
	  "node0 has only 1 MiB of memory, too little to share" },
};

START_TEST(what_cannot_be_planned_is_refused_with_the_reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct hgx_topo *topo = r->lines ? host_of(r->lines) : example();
		struct hgx_plan_options options = { .size = sizeof(options), .name = r->name,
			.memory = r->memory, .reserve_cores = r->reserve };
		struct hgx_plan *plan = (struct hgx_plan *)topo;
		struct hgx_error err = { 0 };

		expect_error(hgx_plan_new(&plan, topo, &options, &err), &err, r->code, r->text);
		ck_assert_ptr_null(plan);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(a_guest_cannot_be_planned_again)
{
	struct hgx_topo *topo = example();
	struct hgx_plan *plan = plan_of(topo, 0, 0), *again;
	struct hgx_error err = { 0 };

	expect_error(hgx_plan_new(&again, hgx_plan_guest(plan), NULL, &err), &err, HGX_INVALID,
		     "this is the topology of a guest; give that of a host");
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

/* GPUs on root ports, 31 per PCI domain, and more on one switch. */
static char *many_gpus(unsigned on_ports, unsigned on_switch)
{
	char *lines = NULL;
	size_t size;
	FILE *to = open_memstream(&lines, &size);

	fputs(ONE, to);
	for (unsigned i = 0; i < on_ports; i++) {
		if (i % 31 == 0)
			fprintf(to, "root %04x:00 numa=0\n", i / 31);
		fprintf(to, " %04x:00:%02x.0 root-port\n  %04x:%02x:00.0 gpu\n", i / 31, i % 31 + 1, i / 31,
			i % 31 + 1);
	}
	if (on_switch)
		fputs("root 0100:00 numa=0\n 0100:00:01.0 root-port\n  0100:01:00.0 switch-up\n", to);
	for (unsigned i = 0; i < on_switch; i++)
		fprintf(to, "   0100:02:%02x.%u switch-down\n    0100:%02x:00.0 gpu\n", i / 8, i % 8, i + 3);
	fclose(to);
	return lines;
}

START_TEST(more_than_qemu_supports_is_refused_with_the_arithmetic)
{
	static const struct { unsigned on_ports, on_switch; const char *text; } rows[] = {
		{ 257, 0, "node0: 257 ports are needed below it, but an emulated expander bus has 256; "
		  "assign fewer devices" },
		{ 247, 0, "257 PCI controllers are needed for 247 devices (8 spare root ports, 1 expander "
		  "buses, the rest root ports and switch ports), but libvirt allows 256; assign fewer "
		  "devices" },
		{ 220, 32, "264 PCI controllers are needed for 252 devices (8 spare root ports, 1 expander "
		  "buses, the rest root ports and switch ports), but libvirt allows 256; assign fewer "
		  "devices" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *lines = many_gpus(rows[i].on_ports, rows[i].on_switch);
		struct hgx_topo *topo = host_of(lines);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;

		expect_error(hgx_plan_new(&plan, topo, NULL, &err), &err, HGX_LIMIT, rows[i].text);
		hgx_topo_free(topo);
		free(lines);
	}
}
END_TEST

START_TEST(a_group_of_more_cards_than_a_switch_has_ports_gets_another_switch)
{
	char *lines = many_gpus(0, 33);
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	const struct hgx_topo *guest = hgx_plan_guest(plan);
	const struct hgx_node *first = hgx_topo_find(guest, "0000:21:00.0");
	const struct hgx_node *second = hgx_topo_find(guest, "0000:43:00.0");

	ck_assert(first && second);
	ck_assert_int_eq(hgx_node_kind(first), HGX_SWITCH_UP);
	ck_assert_uint_eq(count_below(first, HGX_GPU), 32);
	ck_assert_int_eq(hgx_node_kind(second), HGX_SWITCH_UP);
	ck_assert_uint_eq(count_below(second, HGX_GPU), 1);
	ck_assert_ptr_eq(hgx_plan_host_of(plan, first), hgx_plan_host_of(plan, second));
	hgx_plan_free(plan);
	hgx_topo_free(topo);
	free(lines);
}
END_TEST

START_TEST(a_guest_may_be_filled_to_the_last_bus)
{
	char *lines = many_gpus(246, 0);
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan *plan = plan_of(topo, 0, 0);
	const struct hgx_node *last = hgx_topo_find(hgx_plan_guest(plan), "0000:ff:00.0");

	ck_assert(last && hgx_node_kind(last) == HGX_GPU);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
	free(lines);
}
END_TEST

START_TEST(two_expander_buses_may_be_filled_to_the_last_bus)
{
	char *lines = many_gpus(245, 0), *more = NULL;
	const struct hgx_topo *guest;
	struct hgx_topo *topo;
	struct hgx_plan *plan;

	/* the last four PCI domains, with 122 of the GPUs, are on another node */
	for (char *c = strstr(lines, "root 0004:"); (c = strstr(c, "numa=0")); )
		c[5] = '1';
	ck_assert_int_gt(asprintf(&more, "node 1 memory=64G\ncpus 8-15 package=0 node=1\n%s", lines), 0);
	topo = host_of(more);
	plan = plan_of(topo, 0, 0);
	guest = hgx_plan_guest(plan);
	/* 9 for pcie.0 and its ports, 1 and 124, 1 and 121: 256 */
	ck_assert_ptr_nonnull(hgx_topo_find(guest, "pci0000:09"));
	ck_assert_ptr_nonnull(hgx_topo_find(guest, "pci0000:86"));
	ck_assert_int_eq(hgx_node_kind(hgx_topo_find(guest, "0000:85:00.0")), HGX_GPU);
	ck_assert_int_eq(hgx_node_kind(hgx_topo_find(guest, "0000:ff:00.0")), HGX_GPU);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
	free(lines);
	free(more);
}
END_TEST

START_TEST(options_of_an_older_caller_end_at_their_size)
{
	struct hgx_topo *topo = host_of(ONE GPU);
	struct hgx_plan_options options = {
		.size = offsetof(struct hgx_plan_options, memory), .name = "old", .memory = 1, .reserve_cores = -9
	};
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	expect_fine(hgx_plan_new(&plan, topo, &options, &err), &err, "old");
	ck_assert_str_eq(plan->name, "old");
	ck_assert_uint_eq(plan->cells[0].memory, 56 * GIB);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
}
END_TEST

int main(void)
{
	return RUN("plan cases", the_built_in_machine_is_pinned_as_in_the_guide,
		   the_built_in_machine_has_two_sockets_and_two_cells,
		   the_built_in_machine_has_four_switches_on_each_of_two_expander_buses,
		   a_small_guest_has_the_expected_addresses,
		   a_whole_gpu_of_amd_is_alone_on_a_root_port,
		   the_file_puts_gpus_of_amd_below_the_switches_of_the_host,
		   the_host_keeps_a_tenth_at_least_8_gib_at_most_half,
		   what_cannot_be_planned_is_refused_with_the_reason,
		   a_guest_cannot_be_planned_again,
		   more_than_qemu_supports_is_refused_with_the_arithmetic,
		   a_group_of_more_cards_than_a_switch_has_ports_gets_another_switch,
		   a_guest_may_be_filled_to_the_last_bus,
		   two_expander_buses_may_be_filled_to_the_last_bus, options_of_an_older_caller_end_at_their_size);
}
