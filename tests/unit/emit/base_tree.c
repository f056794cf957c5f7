/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mirror next to the user's own controllers. In random domains, the addresses of the planned
 * guest are those that the firmware's rule gives for the emitted text. */
#include "domain.h"

#define HOST                                                                           \
	"package 0 vendor=GenuineIntel\nnode 0 memory=64G distances=10,21\n"            \
	"node 1 memory=64G distances=21,10\ncpus 0-7 package=0 node=0\n"                \
	"cpus 8-15 package=0 node=1\n"                                                  \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"                \
	"   12:00.0 switch-down\n    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 nic\n" \
	"root 0000:80 numa=1\n 80:01.0 root-port\n  81:00.0 gpu\n"

struct maker {
	uint64_t random;
	FILE *to;
	unsigned index, source;
};

static void put_address(struct maker *maker, unsigned bus, unsigned slot, unsigned function)
{
	fprintf(maker->to,
		"<address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' function='0x%x'/>", bus,
		slot, function);
}

static unsigned put_controller(struct maker *maker, const char *model, unsigned bus, unsigned slot,
			       unsigned function)
{
	/* gaps are filled by us or by libvirt */
	maker->index += 1 + random_chance(&maker->random, 10);
	fprintf(maker->to, "    <controller type='pci' index='%u' model='%s'>", maker->index, model);
	put_address(maker, bus, slot, function);
	fprintf(maker->to, "</controller>\n");
	return maker->index;
}

static void put_device(struct maker *maker, unsigned bus)
{
	if (random_chance(&maker->random, 40))
		return;
	fprintf(maker->to,
		"    <hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x77' "
		"slot='0x%02x' function='0x0'/></source>",
		maker->source++ % 32);
	put_address(maker, bus, 0, 0);
	fprintf(maker->to, "</hostdev>\n");
}

static void put_ports(struct maker *maker, unsigned bus, unsigned first_slot)
{
	unsigned count = random_below(&maker->random, 9), skip = random_below(&maker->random, 8);

	for (unsigned i = 0; i < count; i++) {
		unsigned slot = first_slot + i / 4 * 3, function = i % 4, port, up;

		if (i / 4 == skip && !function) /* a slot that no guest looks into */
			continue;
		port = put_controller(maker, "pcie-root-port", bus, slot, function);
		if (random_chance(&maker->random, 70)) {
			put_device(maker, port);
			continue;
		}
		up = put_controller(maker, "pcie-switch-upstream-port", port, 0, 0);
		for (unsigned j = random_below(&maker->random, 4); j; j--)
			put_device(maker, put_controller(maker, "pcie-switch-downstream-port", up, j, 0));
	}
}

static char *random_base(uint64_t seed)
{
	struct maker maker = { .random = random_state(seed) };
	unsigned expanders = random_below(&maker.random, 3), bus = 0;
	char *text = NULL;
	size_t size;

	maker.to = open_memstream(&text, &size);
	fputs("<domain type='kvm'>\n  <os><type arch='x86_64' machine='q35'>hvm</type></os>\n"
	      "  <devices>\n    <controller type='pci' index='0' model='pcie-root'/>\n",
	      maker.to);
	put_ports(&maker, 0, 1 + random_below(&maker.random, 8));
	for (unsigned i = 0; i < expanders; i++) {
		bus += 30 + random_below(&maker.random, 80);
		maker.index++;
		fprintf(maker.to,
			"    <controller type='pci' index='%u' model='pcie-expander-bus'>"
			"<target busNr='%u'/>",
			maker.index, bus);
		put_address(&maker, 0, 20 + i, 0);
		fputs("</controller>\n", maker.to);
		put_ports(&maker, maker.index, 0);
	}
	/* for what libvirt adds, see tests/cli/places.sh */
	fputs("    <controller type='usb' model='none'/>\n    <memballoon model='none'/>\n"
	      "  </devices>\n</domain>\n", maker.to);
	fclose(maker.to);
	return text;
}

static const struct hgx_node *at_seat(const struct hgx_plan *plan, const struct bus_seat *seat)
{
	char name[BDF_TEXT];

	snprintf(name, sizeof(name), "0000:%02x:%02x.%x", (unsigned)seat->bus, seat->slot,
		 seat->function);
	return hgx_topo_find(hgx_plan_guest(plan), name);
}

static void check_seats(const struct hgx_plan *plan, struct seats *seats)
{
	bool indexes[256] = { false }, buses[256] = { false };
	int highest = 0;

	for (size_t i = 0; i < seats->count; i++) {
		const struct bus_seat *seat = &seats->items[i];

		must(seat->bus < 256 && seat->secondary < 256, "a bus past 255");
		for (size_t j = 0; j < i; j++)
			must(seat->parent != seats->items[j].parent || seat->slot != seats->items[j].slot ||
				     seat->function != seats->items[j].function,
			     "two at slot %u function %u of %d", seat->slot, seat->function, seat->parent);
		if (seat->secondary > 0) {
			must(!buses[seat->secondary], "bus %d twice", seat->secondary);
			buses[seat->secondary] = true;
		}
		if (seat->index >= 0) {
			must(!indexes[seat->index], "index %d twice", seat->index);
			must(seat->parent < seat->index, "controller %d before its parent", seat->index);
			indexes[seat->index] = true;
			highest = seat->index > highest ? seat->index : highest;
		}
		if (seat->parent < 0 || seat->bus < 0)
			continue;
		must(at_seat(plan, seat) != NULL, "nothing at bus %d slot %u function %u", seat->bus,
		     seat->slot, seat->function);
	}
	for (int i = 0; i <= highest; i++)
		must(indexes[i], "no controller has index %d of %d", i, highest);
}

/* Each function of the guest and each assigned device is at its place. */
static void check_guest(const struct hgx_plan *plan, struct seats *seats)
{
	const struct hgx_node *root = hgx_topo_root(hgx_plan_guest(plan)), *node = NULL;
	size_t functions = 0, seen = 0;

	while ((node = hgx_node_next(root, node)) != NULL)
		functions += hgx_node_pci(node) != NULL;
	for (size_t i = 0; i < seats->count; i++) {
		const struct bus_seat *seat = &seats->items[i];
		const struct hgx_node *host;

		seen += seat->parent >= 0 && seat->bus >= 0;
		if (seat->index >= 0 || seat->bus < 0)
			continue;
		host = hgx_plan_host_of(plan, at_seat(plan, seat));
		if (seat->source.bus != 0x77)
			must(host && !bdf_compare(host->pci->address, seat->source),
			     "another device is at bus %d", seat->bus);
	}
	must(functions == seen, "%zu functions, %zu seats", functions, seen);
}

static void check_lines_stay(const char *base, const char *text)
{
	char *copy = strdup(base), *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *found = strstr(text, line);

		must(found || strstr(line, "<domain"), "lost: %s", line);
		text = found ? found + strlen(line) : text;
	}
	free(copy);
}

/* Read as a guest, the domain has the same nodes at the same places. */
static void check_reading(const struct hgx_plan *plan, const char *text)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = plan->host };
	const struct hgx_topo *guest = hgx_plan_guest(plan);
	struct hgx_error err = { 0 };
	struct hgx_topo *read;

	expect_fine(hgx_topo_from_domain(&read, text, strlen(text), NULL, &options, &err), &err, text);
	for (const struct hgx_node *n = hgx_topo_root(guest); n; n = hgx_node_next(guest->root, n)) {
		const struct hgx_node *same = hgx_topo_find(read, hgx_node_name(n));

		must(same && same->kind == n->kind, "%s is another\nof %s", hgx_node_name(n), text);
		must(!n->parent || !strcmp(n->parent->name, same->parent->name), "%s is on %s\nof %s",
		     hgx_node_name(n), same->parent->name, text);
		must(!n->numa == !same->numa && (!n->numa || !strcmp(n->numa->name, same->numa->name)),
		     "%s is near another node\nof %s", hgx_node_name(n), text);
	}
	must(read->count == guest->count, "%zu nodes, not %zu\nof %s", read->count, guest->count, text);
	hgx_topo_free(read);
}

/* False: the user's own buses leave no room, and the error says so. */
static bool try_base(const struct hgx_topo *host, uint64_t seed)
{
	char *base = random_base(seed), *text;
	struct hgx_plan_options options = { .size = sizeof(options), .base = base,
					    .base_length = strlen(base), .gpus = "all" };
	static struct seats seats;
	struct arena arena = { 0 };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	int code = hgx_plan_new(&plan, host, &options, &err);

	must(!code || code == HGX_LIMIT, "seed %llu: %s", (unsigned long long)seed, err.text);
	if (!code) {
		expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
		seats_read(&seats, domain_read(&arena, text));
		seats_number(&seats);
		check_seats(plan, &seats);
		check_guest(plan, &seats);
		check_lines_stay(base, text);
		check_reading(plan, text);
		hgx_text_free(text);
		hgx_plan_free(plan);
		arena_free(&arena);
	}
	free(base);
	return !code;
}

START_TEST(the_mirror_avoids_what_the_domain_has)
{
	struct hgx_topo *host = host_of(HOST);
	uint64_t seed_list[3];
	size_t count = seeds(seed_list, 2);

	for (size_t s = 0; s < count; s++) {
		unsigned fine = 0;

		for (unsigned i = 0; i < 300; i++)
			fine += try_base(host, seed_list[s] * 1000 + i);
		ck_assert_msg(fine > 200, "only %u of 300", fine);
	}
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("base_tree", the_mirror_avoids_what_the_domain_has);
}
