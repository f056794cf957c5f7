/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link between a function and the port above it, and stepping through nodes of one kind. */
#include "model/link.h"
#include "support.h"

#define HOST "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-3 package=0 node=0\n" \
	"root 0000:10 numa=0\n" \
	" 10:00.0 other link=none\n" \
	" 10:01.0 root-port link=32x16\n" \
	"  11:00.0 switch-up link=16x16\n" \
	"   12:00.0 switch-down link=32x16\n" \
	"    13:00.0 gpu link=32x8\n" \
	"    13:00.1 other link=none\n" \
	"   12:01.0 switch-down link=8x4\n" \
	"    14:00.0 nic link=32x16\n" \
	"   12:02.0 switch-down link=none\n" \
	"    15:00.0 nic link=none\n" \
	"   12:03.0 switch-down link=none\n" \
	"    16:00.0 nvme link=16x4\n" \
	"   12:04.0 switch-down link=16x4\n" \
	"    17:00.0 bridge link=5x1\n" \
	"     18:00.0 other link=2.5x1\n" \
	" 10:02.0 root-port link=64x8\n" \
	"  19:00.0 nvme link=64x16\n"

static void set_trained(struct hgx_topo *topo, const char *name, uint32_t speed, uint32_t width)
{
	topo_find(topo, name)->pci->link_now = (struct hgx_link){ speed, width };
}

static void expect_link(struct hgx_link got, uint32_t speed, uint32_t width, const char *what,
			const char *name)
{
	ck_assert_msg(got.speed == speed && got.width == width, "%s %s: %u x%u, expected %u x%u", what,
		      name, got.speed, got.width, speed, width);
}

START_TEST(a_link_is_the_lesser_of_its_two_ends)
{
	static const struct { const char *name; int there; struct hgx_link now, possible; } rows[] = {
		{ "0000:11:00.0", 1, { 16000, 8 }, { 16000, 16 } },
		{ "0000:13:00.0", 1, { 8000, 4 }, { 32000, 8 } },
		{ "0000:13:00.1", 1, { 16000, 4 }, { 32000, 16 } }, /* of a card: only the port tells */
		{ "0000:14:00.0", 1, { 2500, 1 }, { 8000, 4 } },
		{ "0000:15:00.0", 1, { 0, 0 }, { 0, 0 } },
		{ "0000:16:00.0", 1, { 0, 0 }, { 16000, 4 } },
		{ "0000:17:00.0", 1, { 0, 0 }, { 5000, 1 } },
		{ "0000:19:00.0", 1, { 0, 0 }, { 64000, 8 } },
		{ "0000:10:00.0", 0, { 0, 0 }, { 0, 0 } }, /* on the root bus */
		{ "0000:10:01.0", 0, { 0, 0 }, { 0, 0 } },
		{ "0000:12:00.0", 0, { 0, 0 }, { 0, 0 } }, /* inside a switch */
		{ "0000:18:00.0", 0, { 0, 0 }, { 0, 0 } }, /* conventional */
		{ "pci0000:10", 0, { 0, 0 }, { 0, 0 } }, { "machine", 0, { 0, 0 }, { 0, 0 } },
		{ "cpu1", 0, { 0, 0 }, { 0, 0 } }, { "node0", 0, { 0, 0 }, { 0, 0 } },
	};
	struct hgx_topo *topo = host_of(HOST);

	set_trained(topo, "0000:10:01.0", 32000, 8);
	set_trained(topo, "0000:11:00.0", 16000, 16);
	set_trained(topo, "0000:12:00.0", 16000, 4);
	set_trained(topo, "0000:13:00.0", 8000, 8);
	set_trained(topo, "0000:14:00.0", 2500, 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_node *node = hgx_topo_find(topo, rows[i].name);
		struct hgx_link now = { 1, 1 }, possible = { 1, 1 };

		ck_assert_msg(hgx_node_link(node, &now, &possible) == rows[i].there, "%s", rows[i].name);
		expect_link(now, rows[i].now.speed, rows[i].now.width, "now", rows[i].name);
		expect_link(possible, rows[i].possible.speed, rows[i].possible.width, "possible", rows[i].name);
	}
	hgx_topo_free(topo);
}
END_TEST

START_TEST(either_answer_may_be_left_out_and_no_node_has_no_link)
{
	struct hgx_link now = { 1, 1 }, possible = { 1, 1 };
	struct hgx_topo *topo = host_of(HOST);
	const struct hgx_node *gpu = hgx_topo_find(topo, "13:00.0");

	ck_assert_int_eq(hgx_node_link(gpu, NULL, NULL), 1);
	ck_assert_int_eq(hgx_node_link(gpu, NULL, &possible), 1);
	expect_link(possible, 32000, 8, "possible", "0000:13:00.0");
	ck_assert_int_eq(hgx_node_link(gpu, &now, NULL), 1);
	expect_link(now, 0, 0, "now", "0000:13:00.0");
	now = possible;
	ck_assert_int_eq(hgx_node_link(NULL, &now, &possible), 0);
	expect_link(now, 0, 0, "now", "NULL");
	expect_link(possible, 0, 0, "possible", "NULL");
	hgx_topo_free(topo);
}
END_TEST

/* The guest's ports have the links of the host's. */
START_TEST(a_device_of_a_guest_has_the_link_it_has_on_the_host)
{
	struct hgx_topo *host;
	struct hgx_plan *plan;
	const struct hgx_node *root, *n = NULL;
	unsigned count = 0;

	ck_assert_int_eq(hgx_topo_from_example(&host, "hgx-h200", NULL), HGX_OK);
	plan = plan_of(host, 0, 0);
	root = hgx_topo_root(hgx_plan_guest(plan));
	while ((n = hgx_node_next_of(root, n, HGX_GPU)) != NULL) {
		struct hgx_link now, own, real;

		ck_assert_int_eq(hgx_node_link(n, &now, &own), 1);
		ck_assert_int_eq(hgx_node_link(hgx_plan_host_of(plan, n), NULL, &real), 1);
		expect_link(own, real.speed, real.width, "possible", hgx_node_name(n));
		expect_link(own, 32000, 16, "possible", hgx_node_name(n));
		expect_link(now, 0, 0, "now", hgx_node_name(n));
		count++;
	}
	ck_assert_uint_eq(count, 8);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(nodes_of_one_kind_are_stepped_through_in_order)
{
	static const struct { const char *top; enum hgx_kind kind; const char *names; } rows[] = {
		{ "machine", HGX_NIC, "0000:14:00.0 0000:15:00.0 " },
		{ "machine", HGX_NVME, "0000:16:00.0 0000:19:00.0 " },
		{ "machine", HGX_CPU, "cpu0 cpu1 cpu2 cpu3 " },
		{ "machine", HGX_MACHINE, "machine " },
		{ "machine", HGX_NVSWITCH, "" },
		{ "0000:11:00.0", HGX_NVME, "0000:16:00.0 " },
		{ "0000:11:00.0", HGX_SWITCH_UP, "0000:11:00.0 " },
		{ "0000:11:00.0", HGX_ROOT_PORT, "" },
		{ "0000:14:00.0", HGX_NIC, "0000:14:00.0 " },
	};
	struct hgx_topo *topo = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_node *top = hgx_topo_find(topo, rows[i].top), *n = NULL;
		char got[200] = "";

		while ((n = hgx_node_next_of(top, n, rows[i].kind)) != NULL)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ", hgx_node_name(n));
		ck_assert_str_eq(got, rows[i].names);
	}
	ck_assert_ptr_null(hgx_node_next_of(NULL, NULL, HGX_GPU));
	ck_assert_ptr_null(hgx_node_next_of(topo->root, NULL, (enum hgx_kind)99));
	hgx_topo_free(topo);
}
END_TEST

/* A capture may lack max_link_speed and max_link_width, and a user cannot read capabilities. */
START_TEST(a_link_whose_ends_do_not_tell_is_what_was_trained)
{
	static const struct {
		const char *port, *device; /* link= */
		struct hgx_link port_now, device_now, met;
	} rows[] = {
		{ "none", "none", { 32000, 8 }, { 32000, 16 }, { 32000, 8 } },
		{ "none", "32x16", { 2500, 16 }, { 2500, 16 }, { 32000, 16 } },
		{ "32x16", "none", { 2500, 4 }, { 2500, 4 }, { 32000, 4 } },
		{ "none", "none", { 0, 0 }, { 2500, 16 }, { 2500, 16 } },
		{ "none", "none", { 0, 0 }, { 0, 0 }, { 0, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo;
		char lines[512];

		snprintf(lines, sizeof(lines), "package 0\nnode 0 memory=64G\ncpus 0-3 package=0 node=0\n"
			 "root 0000:10 numa=0\n 10:01.0 root-port link=%s\n  11:00.0 gpu link=%s\n",
			 rows[i].port, rows[i].device);
		topo = host_of(lines);
		set_trained(topo, "0000:10:01.0", rows[i].port_now.speed, rows[i].port_now.width);
		set_trained(topo, "0000:11:00.0", rows[i].device_now.speed, rows[i].device_now.width);
		expect_link(link_met(topo_find(topo, "0000:11:00.0")), rows[i].met.speed, rows[i].met.width,
			    "met", rows[i].port);
		hgx_topo_free(topo);
	}
}
END_TEST

int main(void)
{
	return RUN("link", a_link_is_the_lesser_of_its_two_ends,
		   either_answer_may_be_left_out_and_no_node_has_no_link,
		   a_device_of_a_guest_has_the_link_it_has_on_the_host,
		   nodes_of_one_kind_are_stepped_through_in_order,
		   a_link_whose_ends_do_not_tell_is_what_was_trained);
}
