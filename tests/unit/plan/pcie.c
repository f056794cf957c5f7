/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds for the PCIe tree of any plan, read from the emitted domain: it meets the demands
 * of libvirt and QEMU, the guest's addresses are the predicted ones, and the guest mirrors its
 * host. Set HGX_SEED to repeat one host. */
#include "trial.h"

static const char *model(const struct bus_seat *seat)
{
	return seat->index < 0 ? "device" : attribute(seat->element, "model");
}

static void check_indexes(struct trial *t)
{
	unsigned controllers = 0;

	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];

		if (seat->index < 0)
			continue;
		controllers++;
		claim(t, !seat->index || seat->parent < seat->index, "controller %d sits on %d",
		      seat->index, seat->parent);
		for (size_t j = 0; j < i; j++)
			claim(t, t->seats.items[j].index != seat->index, "index %d is there twice",
			      seat->index);
	}
	for (unsigned i = 0; i < controllers; i++)
		controller(t, (int)i);
	claim(t, controllers <= 256, "%u controllers", controllers);
}

START_TEST(controller_indexes_have_no_gap_and_parents_come_first)
{
	each_trial(check_indexes);
}
END_TEST

static const struct { const char *model, *parent; unsigned slots; } places[] = {
	{ "pcie-expander-bus", "pcie-root", 32 },
	{ "pcie-root-port", "pcie-root", 32 },
	{ "pcie-root-port", "pcie-expander-bus", 32 },
	{ "pcie-switch-upstream-port", "pcie-root-port", 1 },
	{ "pcie-switch-downstream-port", "pcie-switch-upstream-port", 32 },
	{ "device", "pcie-root-port", 1 },
	{ "device", "pcie-switch-downstream-port", 1 },
};

static void check_places(struct trial *t)
{
	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];
		bool fits = false;

		if (is_model(seat, "pcie-root"))
			continue;
		for (size_t p = 0; p < ARRAY_SIZE(places); p++)
			fits |= !strcmp(model(seat), places[p].model) && seat->slot < places[p].slots &&
				!strcmp(model(controller(t, seat->parent)), places[p].parent);
		claim(t, fits, "a %s cannot be in slot %u of %d, a %s", model(seat), seat->slot,
		      seat->parent, model(controller(t, seat->parent)));
		claim(t, seat_at(&t->seats, seat->parent, seat->slot, seat->function) == seat,
		      "two sit at %d %u.%u", seat->parent, seat->slot, seat->function);
		claim(t, seat->parent || (seat->slot && seat->slot != 0x1f), "slot %u belongs to the chipset",
		      seat->slot);
	}
}

START_TEST(everything_is_where_libvirt_allows_it)
{
	each_trial(check_places);
}
END_TEST

static void check_cards(struct trial *t)
{
	for (size_t i = 0; i < t->seats.count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct bus_seat *a = &t->seats.items[i], *b = &t->seats.items[j];
			bool same;

			if (a->index >= 0 || b->index >= 0)
				continue;
			same = bdf_same_card(a->source, b->source);
			claim(t, same == (a->parent == b->parent), "%s and another card, or not",
			      bdf_text(a->source).text);
			claim(t, !same || (a->function < b->function) ==
			      (a->source.function < b->source.function), "%s: functions out of order",
			      bdf_text(a->source).text);
		}
}

START_TEST(a_card_has_its_own_port_with_its_functions_in_order)
{
	each_trial(check_cards);
}
END_TEST

static void check_multifunction(struct trial *t)
{
	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];
		const char *word = attribute(child(seat->element, "address"), "multifunction");
		bool others = false;

		for (unsigned f = 1; f < 8; f++)
			others |= seat_at(&t->seats, seat->parent, seat->slot, f) != NULL;
		if (is_model(seat, "pcie-root"))
			continue;
		claim(t, seat_at(&t->seats, seat->parent, seat->slot, 0), "%d %u has no function 0",
		      seat->parent, seat->slot);
		claim(t, !word || (!strcmp(word, "on") && !seat->function), "multifunction='%s'", word);
		claim(t, seat->function || !others || word, "%d %u has several functions", seat->parent,
		      seat->slot);
	}
}

START_TEST(a_slot_with_several_functions_says_so_at_function_0)
{
	each_trial(check_multifunction);
}
END_TEST

static void check_buses(struct trial *t)
{
	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];

		if (seat->index < 0)
			continue;
		claim(t, seat->secondary >= 0 && seat->secondary <= 255, "controller %d has bus %d",
		      seat->index, seat->secondary);
		claim(t, !is_model(seat, "pcie-expander-bus") || (seat->secondary && seat->secondary < 255),
		      "busNr %d", seat->secondary);
		for (size_t j = 0; j < i; j++)
			claim(t, t->seats.items[j].index < 0 ||
			      t->seats.items[j].secondary != seat->secondary,
			      "controllers %d and %d both have bus %d", seat->index,
			      t->seats.items[j].index, seat->secondary);
	}
}

START_TEST(the_bus_ranges_of_the_expander_buses_never_meet)
{
	each_trial(check_buses);
}
END_TEST

/* By firmware's rule, which tests/unit/domain.h applies to the domain alone. */
static void check_addresses(struct trial *t)
{
	const struct hgx_topo *guest = hgx_plan_guest(t->plan);
	size_t devices = 0;

	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];
		struct hgx_bdf address = { 0, (uint8_t)seat->bus, (uint8_t)seat->slot,
					   (uint8_t)seat->function };
		const char *text = bdf_text(address).text, *comment = seat->element->comment;
		const struct hgx_node *node = hgx_topo_find(guest, text);

		if (is_model(seat, "pcie-root"))
			continue;
		claim(t, seat->bus >= 0, "%s is never seen", model(seat));
		claim(t, node != NULL, "the guest should see %s", text);
		if (comment && strstr(comment, "-> guest "))
			claim(t, !strncmp(strstr(comment, "-> guest ") + 9, text, strlen(text)),
			      "it is %s, the comment says%s", text, comment);
		if (seat->index >= 0)
			continue;
		devices++;
		claim(t, comment && strstr(comment, bdf_text(seat->source).text), "%s has no comment",
		      text);
		claim(t, hgx_plan_host_of(t->plan, node) == host_device(t, seat),
		      "%s stands for another device than %s", text, bdf_text(seat->source).text);
	}
	claim(t, devices > 0, "%s", "there are no devices");
}

START_TEST(every_device_gets_the_address_that_was_predicted)
{
	each_trial(check_addresses);
}
END_TEST

/* The switch port that a seat is behind; NULL: none. */
static const struct bus_seat *switch_of(struct trial *t, const struct bus_seat *seat)
{
	for (; seat->parent > 0; seat = controller(t, seat->parent))
		if (is_model(seat, "pcie-switch-upstream-port"))
			return seat;
	return NULL;
}

static const struct bus_seat *expander_of(struct trial *t, const struct bus_seat *seat)
{
	while (!is_model(seat, "pcie-expander-bus"))
		seat = controller(t, seat->parent);
	return seat;
}

static const struct hgx_node *host_switch(const struct hgx_node *node)
{
	const struct hgx_node *top = NULL;

	for (; node; node = hgx_node_parent(node))
		if (hgx_node_kind(node) == HGX_SWITCH_UP)
			top = node;
	return top;
}

static void check_mirror(struct trial *t)
{
	for (size_t i = 0; i < t->seats.count; i++)
		for (size_t j = 0; j <= i; j++) {
			const struct bus_seat *a = &t->seats.items[i], *b = &t->seats.items[j];
			const struct hgx_node *x, *y;

			if (a->index >= 0 || b->index >= 0)
				continue;
			x = host_switch(host_device(t, a));
			y = host_switch(host_device(t, b));
			claim(t, !x == !switch_of(t, a), "%s", bdf_text(a->source).text);
			claim(t, (x == y) == (switch_of(t, a) == switch_of(t, b)),
			      "%s and another share a switch on one side only", bdf_text(a->source).text);
		}
}

START_TEST(devices_share_a_switch_in_the_guest_where_they_do_on_the_host)
{
	each_trial(check_mirror);
}
END_TEST

/* The cell that a device belongs to: that of its node, or the only one, or the nearest;
 * -1: unknown. */
static int expected_cell(struct trial *t, const struct hgx_node *device)
{
	const struct hgx_node *top = host_switch(device), *root = hgx_topo_root(t->host);
	const struct hgx_node *numa = top && hgx_node_numa(top) ? hgx_node_numa(top) :
				      hgx_node_numa(device);
	struct element *cell = child(child(child(t->domain, "cpu"), "numa"), "cell");
	int cells = 0, best = -1;
	uint32_t least = UINT32_MAX;

	for (; cell; cell = following(cell), cells++) {
		unsigned rank = 0, id = node_of_cell(t, (unsigned)cells);

		if (numa && hgx_node_memory(numa)->id == id)
			return cells;
		for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n))
			rank += hgx_node_kind(n) == HGX_NUMA && hgx_node_memory(n)->id < id;
		if (numa && hgx_node_memory(numa)->distances &&
		    hgx_node_memory(numa)->distances[rank] < least) {
			least = hgx_node_memory(numa)->distances[rank];
			best = cells;
		}
	}
	return cells == 1 ? 0 : best;
}

static void check_nodes(struct trial *t)
{
	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];
		struct hgx_bdf address = { 0, (uint8_t)seat->bus, 0, (uint8_t)seat->function };
		const struct element *node;
		const struct hgx_node *numa;
		int cell;

		if (seat->index >= 0)
			continue;
		cell = expected_cell(t, host_device(t, seat));
		node = child(child(expander_of(t, seat)->element, "target"), "node");
		claim(t, node ? atoi(node->text) == cell : cell < 0, "%s is in cell %s, not %d",
		      bdf_text(seat->source).text, node ? node->text : "none", cell);
		numa = hgx_node_numa(hgx_topo_find(hgx_plan_guest(t->plan), bdf_text(address).text));
		claim(t, numa ? (int)hgx_node_memory(numa)->id == cell : cell < 0,
		      "%s is predicted on %s", bdf_text(address).text, numa ? hgx_node_name(numa) : "none");
	}
}

START_TEST(a_device_is_in_the_cell_of_its_node)
{
	each_trial(check_nodes);
}
END_TEST

static void check_aliases(struct trial *t)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	for (size_t i = 0; i < t->seats.count; i++) {
		const char *alias = attribute(child(t->seats.items[i].element, "alias"), "name");

		if (is_model(&t->seats.items[i], "pcie-root"))
			continue;
		claim(t, alias && !strncmp(alias, "ua-", 3) && strspn(alias, letters) == strlen(alias),
		      "alias '%s'", alias ? alias : "none");
		for (size_t j = 0; j < i; j++) {
			const struct element *other = child(t->seats.items[j].element, "alias");

			claim(t, !other || strcmp(alias, attribute(other, "name")), "%s is there twice",
			      alias);
		}
	}
}

START_TEST(every_alias_is_unique_and_one_that_libvirt_keeps)
{
	each_trial(check_aliases);
}
END_TEST

static void check_hotplug(struct trial *t)
{
	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];
		const char *word = attribute(child(seat->element, "target"), "hotplug");
		bool port = is_model(seat, "pcie-root-port") ||
			    is_model(seat, "pcie-switch-downstream-port");

		claim(t, port ? word && !strcmp(word, "off") : !word, "%s: hotplug='%s'", model(seat),
		      word ? word : "");
	}
}

START_TEST(no_port_supports_hotplug_and_only_ports_say_so)
{
	each_trial(check_hotplug);
}
END_TEST

/* Loaders may add nodes in any order; this must not show in the output. */
static void check_bytes(struct trial *t)
{
	struct hgx_plan_options options = { .size = sizeof(options), .reserve_cores = t->reserve };
	struct hgx_error err = { 0 };
	struct hgx_topo *again;
	struct hgx_plan *plan;
	char *json, *text;

	ck_assert_int_eq(hgx_emit_json(t->host, &json, &err), HGX_OK);
	expect_fine(hgx_topo_from_json(&again, json, strlen(json), "again", &err), &err, "again");
	expect_fine(hgx_plan_new(&plan, again, &options, &err), &err, "plan again");
	ck_assert_int_eq(hgx_emit_libvirt(plan, &text, &err), HGX_OK);
	claim(t, !strcmp(text, t->text), "%s", "the second domain differs");
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(again);
	hgx_text_free(json);
}

START_TEST(the_same_host_gives_the_same_bytes)
{
	each_trial(check_bytes);
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("plan pcie", controller_indexes_have_no_gap_and_parents_come_first,
		   everything_is_where_libvirt_allows_it,
		   a_card_has_its_own_port_with_its_functions_in_order,
		   a_slot_with_several_functions_says_so_at_function_0,
		   the_bus_ranges_of_the_expander_buses_never_meet,
		   every_device_gets_the_address_that_was_predicted,
		   devices_share_a_switch_in_the_guest_where_they_do_on_the_host,
		   a_device_is_in_the_cell_of_its_node, every_alias_is_unique_and_one_that_libvirt_keeps,
		   no_port_supports_hotplug_and_only_ports_say_so,
		   the_same_host_gives_the_same_bytes);
}
