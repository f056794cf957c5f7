/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kind a PCI function is: by class, vendor and place. */
#include "support.h"

/* A root bus with a root port at 01.0 and what hangs on them, as the sources build it: every
 * function is a bridge at first. */
struct machine {
	struct hgx_topo *topo;
	struct hgx_error err;
};

static struct hgx_node *add(struct machine *m, const char *address, const char *parent,
			    uint16_t vendor, uint32_t class_code)
{
	struct hgx_bdf bdf;
	struct hgx_node *node;

	must(!hgx_bdf_parse(&bdf, address, NULL), "%s", address);
	node = build_pci(m->topo, HGX_BRIDGE, bdf, parent);
	node->pci->vendor = vendor;
	node->pci->class_code = class_code;
	node->pci->bars[0].size = 1 << 24;
	return node;
}

static struct machine machine_begin(void)
{
	struct machine m = { build_new(), { 0 } };

	build_host_bridge(m.topo, 0, 0);
	add(&m, "00:01.0", "pci0000:00", 0x8086, 0x060400)->pci->port_type = 4;
	return m;
}

static void classify(struct machine *m)
{
	expect_fine(build_link(m->topo, &m->err), &m->err, "link");
	kind_classify(m->topo);
}

static const struct { uint16_t vendor; uint32_t class_code; enum hgx_kind behind_port, on_root_bus; } rows[] = {
	/* with a display: on the root bus it is the chipset's or the processor's */
	{ 0x10de, 0x030000, HGX_GPU, HGX_OTHER }, { 0x1002, 0x030000, HGX_GPU, HGX_OTHER },
	{ 0x10de, 0x038000, HGX_GPU, HGX_OTHER }, { 0x1002, 0x038000, HGX_GPU, HGX_OTHER },
	{ 0x8086, 0x038000, HGX_GPU, HGX_OTHER }, { 0x8086, 0x030000, HGX_GPU, HGX_OTHER },
	{ 0x1d94, 0x038000, HGX_GPU, HGX_OTHER },
	/* of makers of consoles it is a console everywhere */
	{ 0x1a03, 0x030000, HGX_OTHER, HGX_OTHER }, { 0x1a03, 0x038000, HGX_OTHER, HGX_OTHER },
	{ 0x102b, 0x030000, HGX_OTHER, HGX_OTHER }, { 0x1af4, 0x038000, HGX_OTHER, HGX_OTHER },
	{ 0x10de, 0x030100, HGX_OTHER, HGX_OTHER },
	/* without one there is nothing else it could be */
	{ 0x10de, 0x030200, HGX_GPU, HGX_GPU }, { 0x1234, 0x0302ff, HGX_GPU, HGX_GPU },
	{ 0x1002, 0x120000, HGX_GPU, HGX_GPU },
	{ 0x1da3, 0x120100, HGX_ACCELERATOR, HGX_ACCELERATOR },
	{ 0x17cb, 0x120000, HGX_ACCELERATOR, HGX_OTHER },
	/* an NPU of the processor */
	{ 0x8086, 0x120000, HGX_ACCELERATOR, HGX_OTHER }, { 0x1002, 0x110000, HGX_OTHER, HGX_OTHER },
	/* the others */
	{ 0x10de, 0x068000, HGX_NVSWITCH, HGX_NVSWITCH }, { 0x8086, 0x068000, HGX_OTHER, HGX_OTHER },
	{ 0x10de, 0x068100, HGX_OTHER, HGX_OTHER },
	{ 0x144d, 0x010802, HGX_NVME, HGX_NVME }, { 0x144d, 0x010800, HGX_NVME, HGX_NVME },
	{ 0x144d, 0x010700, HGX_OTHER, HGX_OTHER }, { 0x144d, 0x010601, HGX_OTHER, HGX_OTHER },
	{ 0x15b3, 0x020000, HGX_NIC, HGX_NIC }, { 0x15b3, 0x020700, HGX_NIC, HGX_NIC },
	{ 0x15b3, 0x028000, HGX_NIC, HGX_NIC }, { 0x15b3, 0x0c0600, HGX_OTHER, HGX_OTHER },
	{ 0x10de, 0x040300, HGX_OTHER, HGX_OTHER },
};

START_TEST(graphics_in_the_chipset_are_not_a_gpu_and_those_on_a_card_are)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		bool root_bus = i % 2;
		enum hgx_kind kind = root_bus ? rows[i / 2].on_root_bus : rows[i / 2].behind_port;
		struct machine m = machine_begin();
		const struct hgx_node *node =
			add(&m, root_bus ? "00:02.0" : "01:00.0", root_bus ? "pci0000:00" : "0000:00:01.0",
			    rows[i / 2].vendor, rows[i / 2].class_code);

		classify(&m);
		ck_assert_msg(node->kind == kind, "%04x class %06x %s is a %s, not a %s", rows[i / 2].vendor,
			      rows[i / 2].class_code, root_bus ? "on the root bus" : "behind a port",
			      hgx_kind_name(node->kind), hgx_kind_name(kind));
		hgx_topo_free(m.topo);
	}
}
END_TEST

START_TEST(a_display_is_a_gpu_only_with_memory_and_not_as_the_console)
{
	for (int i = 0; i < 4; i++) {
		struct machine m = machine_begin();
		struct hgx_node *node = add(&m, "01:00.0", "0000:00:01.0", 0x8086, 0x030000);

		node->pci->host_use = i == 1 ? "the console of the host" : NULL;
		node->pci->bars[0].size = i == 2 ? 0 : 1 << 24;
		node->pci->bars[0].flags = i == 3 ? HGX_BAR_IO : 0;
		classify(&m);
		ck_assert_int_eq(node->kind, i ? HGX_OTHER : HGX_GPU);
		hgx_topo_free(m.topo);
	}
}
END_TEST

START_TEST(a_card_of_an_unknown_kind_is_worth_showing)
{
	static const struct { uint32_t class_code; bool memory, behind_port, shown; } cards[] = {
		{ 0x088000, true, true, true }, { 0xff0000, true, true, true }, { 0x0b4000, true, true, true },
		{ 0x000000, true, true, true }, { 0x118000, true, true, true }, { 0x108000, true, true, true },
		{ 0x088000, false, true, false }, { 0x088000, true, false, false },
		{ 0x080600, true, true, false }, { 0x0c0330, true, true, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cards); i++) {
		struct machine m = machine_begin();
		struct hgx_node *node = add(&m, "01:00.0", cards[i].behind_port ? "0000:00:01.0" : "pci0000:00",
					    0x1eff, cards[i].class_code);

		node->pci->bars[0].size = cards[i].memory ? 1 << 24 : 0;
		classify(&m);
		ck_assert_msg(is_unknown_card(node) == cards[i].shown, "row %zu", i);
		hgx_topo_free(m.topo);
	}
}
END_TEST

START_TEST(a_bridge_is_what_its_port_type_says_wherever_it_is)
{
	static const struct { int type; enum hgx_kind kind; } types[] = {
		{ -1, HGX_BRIDGE }, { 0, HGX_BRIDGE }, { 4, HGX_ROOT_PORT }, { 5, HGX_SWITCH_UP },
		{ 6, HGX_SWITCH_DOWN }, { 7, HGX_BRIDGE }, { 8, HGX_BRIDGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct machine m = machine_begin();
		struct hgx_node *node = add(&m, "01:00.0", "0000:00:01.0", 0x1000, 0x060400);

		node->pci->port_type = types[i].type;
		classify(&m);
		ck_assert_msg(node->kind == types[i].kind, "type %d: %s", types[i].type,
			      hgx_kind_name(node->kind));
		hgx_topo_free(m.topo);
	}
}
END_TEST

/* By name: parent, class, and what it is taken for where no capability was read. */
static const struct { const char *address, *parent; uint32_t class_code; enum hgx_kind kind; } tree[] = {
	{ "00:02.0", "pci0000:00", 0x060400, HGX_ROOT_PORT },
	{ "02:00.0", "0000:00:02.0", 0x060400, HGX_SWITCH_UP },
	{ "03:00.0", "0000:02:00.0", 0x060400, HGX_SWITCH_DOWN },
	{ "03:01.0", "0000:02:00.0", 0x060400, HGX_SWITCH_DOWN },
	{ "04:00.0", "0000:03:00.0", 0x060400, HGX_SWITCH_UP },
	{ "05:00.0", "0000:04:00.0", 0x060400, HGX_SWITCH_DOWN },
	{ "06:00.0", "0000:05:00.0", 0x030200, HGX_GPU },
	{ "07:00.0", "0000:03:01.0", 0x020000, HGX_NIC },
	/* to conventional PCI: devices of its own, or none at all */
	{ "00:03.0", "pci0000:00", 0x060400, HGX_ROOT_PORT },
	{ "08:00.0", "0000:00:03.0", 0x060400, HGX_BRIDGE },
	{ "09:00.0", "0000:08:00.0", 0x030000, HGX_OTHER },
	{ "09:01.0", "0000:08:00.0", 0x060400, HGX_BRIDGE },
	{ "00:04.0", "pci0000:00", 0x060400, HGX_ROOT_PORT },
	{ "0b:00.0", "0000:00:04.0", 0x060400, HGX_BRIDGE },
	/* of another class, with something below it */
	{ "00:05.0", "pci0000:00", 0x060000, HGX_ROOT_PORT },
	{ "0c:00.0", "0000:00:05.0", 0x010802, HGX_NVME },
};

START_TEST(without_capabilities_the_place_of_a_bridge_tells_its_kind)
{
	struct machine m = machine_begin();

	for (size_t i = 0; i < ARRAY_SIZE(tree); i++)
		add(&m, tree[i].address, tree[i].parent, 0x1000, tree[i].class_code)->pci->kind_inferred =
			true;
	classify(&m);
	for (size_t i = 0; i < ARRAY_SIZE(tree); i++)
		ck_assert_msg(hgx_topo_find(m.topo, tree[i].address)->kind == tree[i].kind, "%s: %s, not %s",
			      tree[i].address,
			      hgx_kind_name(hgx_topo_find(m.topo, tree[i].address)->kind),
			      hgx_kind_name(tree[i].kind));
	hgx_topo_free(m.topo);
}
END_TEST

int main(void)
{
	return RUN("classify", a_card_of_an_unknown_kind_is_worth_showing,
		   graphics_in_the_chipset_are_not_a_gpu_and_those_on_a_card_are,
		   a_display_is_a_gpu_only_with_memory_and_not_as_the_console,
		   a_bridge_is_what_its_port_type_says_wherever_it_is,
		   without_capabilities_the_place_of_a_bridge_tells_its_kind);
}
