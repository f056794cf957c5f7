/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's arguments for a plan: the same guest as the domain, device by device, cell by cell. */
#include "trial.h"
#include "qemu_reader.h"

static const char *alias_of(const struct bus_seat *seat)
{
	return attribute(child(seat->element, "alias"), "name");
}

static const char *bus_of(struct trial *t, const struct bus_seat *seat)
{
	return seat->parent ? alias_of(controller(t, seat->parent)) : "pcie.0";
}

static void check_place(struct trial *t, const struct bus_seat *seat, const struct device *device)
{
	unsigned slot = 99, function = 0;
	const char *multi = attribute(child(seat->element, "address"), "multifunction");

	sscanf(value_of(device, "addr"), "%x.%x", &slot, &function);
	claim(t, slot == seat->slot && function == seat->function, "%s", alias_of(seat));
	claim(t, !strcmp(value_of(device, "bus"), bus_of(t, seat)), "%s", alias_of(seat));
	claim(t, !multi == !value_of(device, "multifunction"), "%s", alias_of(seat));
}

static void check_model(struct trial *t, const struct bus_seat *seat, const struct device *device)
{
	static const char *const models[][2] = {
		{ "pcie-root-port", "pcie-root-port" },
		{ "pcie-switch-upstream-port", "x3130-upstream" },
		{ "pcie-switch-downstream-port", "xio3130-downstream" },
		{ "pcie-expander-bus", "pxb-pcie" },
	};
	const struct element *target = child(seat->element, "target");
	const char *driver = "vfio-pci";

	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		if (is_model(seat, models[i][0]))
			driver = models[i][1];
	claim(t, !strcmp(device->driver, driver), "%s is a %s", alias_of(seat), device->driver);
	if (seat->index < 0)
		claim(t, !strcmp(value_of(device, "host"), bdf_text(seat->source).text), "%s",
		      alias_of(seat));
	claim(t, !attribute(target, "hotplug") == !value_of(device, "hotplug"), "%s", alias_of(seat));
	if (!is_model(seat, "pcie-expander-bus"))
		return;
	claim(t, value_number(device, "bus_nr") == number_of(target, "busNr"), "%s", alias_of(seat));
	claim(t, !child(target, "node") == !value_of(device, "numa_node"), "%s", alias_of(seat));
	if (child(target, "node"))
		claim(t, !strcmp(child(target, "node")->text, value_of(device, "numa_node")), "%s",
		      alias_of(seat));
}

/* Chassis and slot are QEMU's numbers for a port; each port has its own. */
static void check_order(struct trial *t, const struct arguments *a)
{
	bool chassis[256] = { false }, slots[256] = { false };

	for (size_t i = 0; i < a->device_count; i++) {
		const struct device *device = &a->devices[i];
		const char *bus = value_of(device, "bus");

		if (strcmp(a->options[i], "-device") || !bus)
			continue;
		claim(t, !strcmp(bus, "pcie.0") || by_id(a, bus) < device, "%s is not there yet", bus);
		claim(t, !value_of(device, "chassis") == !value_of(device, "slot"), "%s", bus);
		if (!value_of(device, "chassis"))
			continue;
		claim(t, value_number(device, "chassis") < 256 && value_number(device, "slot") < 256,
		      "%s", value_of(device, "id"));
		claim(t, !chassis[value_number(device, "chassis")] && !slots[value_number(device, "slot")],
		      "%s has a number of another", value_of(device, "id"));
		chassis[value_number(device, "chassis")] = slots[value_number(device, "slot")] = true;
	}
}

/* A switch and a root bus number their ports. */
static void check_ports(struct trial *t, const struct arguments *a)
{
	for (size_t i = 0; i < a->device_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct device *one = &a->devices[i], *two = &a->devices[k];

			claim(t, !value_of(one, "port") || !value_of(two, "port") ||
				      strcmp(value_of(one, "bus"), value_of(two, "bus")) ||
				      value_number(one, "port") != value_number(two, "port"),
			      "%s has the port number of %s", value_of(one, "id"), value_of(two, "id"));
		}
}

/* What libvirt needs qemu:override for are ordinary properties here. */
static void check_properties(struct trial *t, const struct arguments *a)
{
	static const char *const special[] = { "x-speed", "x-width", "x-nv-gpudirect-clique", NULL };
	struct element *device = child(child(t->domain, "qemu:override"), "qemu:device");
	size_t told = 0, there = 0;

	for (; device; device = following(device)) {
		struct element *property = child(child(device, "qemu:frontend"), "qemu:property");

		for (; property; property = following(property), told++) {
			const char *value = value_of(by_id(a, attribute(device, "alias")),
						     attribute(property, "name"));

			claim(t, value && !strcmp(value, attribute(property, "value")), "%s of %s",
			      attribute(property, "name"), attribute(device, "alias"));
		}
	}
	for (size_t i = 0; i < a->device_count; i++)
		for (size_t k = 0; k < a->devices[i].count; k++)
			there += is_one_of(a->devices[i].keys[k], special);
	claim(t, told == there, "%zu properties, %zu in the domain", there, told);
}

static void check_devices(struct trial *t)
{
	char *text = qemu_text(t->plan, HGX_QEMU_LINES);
	const struct arguments *a = arguments_read(text);
	size_t expected = child(child(t->domain, "devices"), "iommu") != NULL;

	for (size_t i = 0; i < t->seats.count; i++) {
		const struct bus_seat *seat = &t->seats.items[i];
		const struct device *device;

		if (is_model(seat, "pcie-root"))
			continue;
		expected++;
		device = by_id(a, alias_of(seat));
		claim(t, device != NULL, "%s is not there", alias_of(seat));
		check_model(t, seat, device);
		check_place(t, seat, device);
	}
	claim(t, count_of(a, "-device", NULL) == expected, "%zu devices of %zu",
	      count_of(a, "-device", NULL), expected);
	check_order(t, a);
	check_ports(t, a);
	check_properties(t, a);
	hgx_text_free(text);
}

START_TEST(every_device_of_the_domain_appears_once_at_its_place)
{
	each_trial(check_devices);
}
END_TEST

START_TEST(every_device_goes_through_iommufd_if_asked)
{
	struct hgx_topo *host = host_of("package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
					"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
					" 10:02.0 root-port\n  12:00.0 nic\n");
	struct hgx_plan_options options = { .size = sizeof(options), .libvirt_version = "12.1",
					    .qemu_version = "9.0" };

	for (options.iommufd = 0; options.iommufd < 2; options.iommufd++) {
		struct hgx_error err = { 0 };
		const struct arguments *a;
		const struct device *assigned;
		struct hgx_plan *plan;
		size_t count = 0;
		char *text;

		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "iommufd");
		text = qemu_text(plan, HGX_QEMU_LINES);
		a = arguments_read(text);
		for (; (assigned = nth(a, "-device", "vfio-pci", count)) != NULL; count++) {
			const char *value = value_of(assigned, "iommufd");

			ck_assert(options.iommufd ? value && !strcmp(value, "iommufd0") : !value);
		}
		ck_assert_uint_eq(count, 2);
		ck_assert_uint_eq(count_of(a, "-object", "iommufd"), (size_t)options.iommufd);
		hgx_text_free(text);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

static void check_distances(struct trial *t, const struct arguments *a, const struct element *cell)
{
	const struct element *sibling = child(child(cell, "distances"), "sibling");
	unsigned long long id = number_of(cell, "id");

	for (; sibling; sibling = following(sibling)) {
		const struct device *found = NULL, *dist;

		for (size_t i = 0; (dist = nth(a, "-numa", "dist", i)) != NULL; i++)
			if (value_number(dist, "src") == id &&
			    value_number(dist, "dst") == number_of(sibling, "id"))
				found = dist;
		if (number_of(sibling, "id") == id)
			claim(t, !found, "cell %llu to itself", id);
		else
			claim(t, found && value_number(found, "val") == number_of(sibling, "value"),
			      "from cell %llu", id);
	}
}

static void check_cell(struct trial *t, const struct arguments *a, const struct element *cell,
		       size_t id)
{
	const struct device *node = nth(a, "-numa", "node", id);
	const struct device *memory = nth(a, "-object", "memory-backend-ram", id);

	claim(t, node && memory && value_number(node, "nodeid") == id, "cell %zu", id);
	claim(t, !strcmp(value_of(node, "memdev"), value_of(memory, "id")), "cell %zu", id);
	claim(t, 1024 * value_number(memory, "size") == number_of(cell, "memory"), "cell %zu", id);
	claim(t, value_number(memory, "host-nodes") == node_of_cell(t, id), "cell %zu", id);
	claim(t, !strcmp(value_of(memory, "policy"), "bind"), "cell %zu", id);
	claim(t, !strncmp(value_of(node, "cpus"), attribute(cell, "cpus"),
			  strlen(attribute(cell, "cpus"))), "cell %zu", id);
	check_distances(t, a, cell);
}

static void check_cells(struct trial *t)
{
	static const char *const keys[] = { "sockets", "dies", "cores", "threads" };
	char *text = qemu_text(t->plan, HGX_QEMU_LINES);
	const struct arguments *a = arguments_read(text);
	const struct element *cell = child(child(child(t->domain, "cpu"), "numa"), "cell");
	size_t cells = 0, i = 0;

	for (; cell; cell = following(cell))
		check_cell(t, a, cell, cells++);
	claim(t, count_of(a, "-numa", "node") == cells, "%zu cells", cells);
	while (strcmp(a->words[i], "-m"))
		i++;
	claim(t, 1024 * strtoull(a->words[i + 1], NULL, 10) ==
		      strtoull(child(t->domain, "memory")->text, NULL, 10), "%s", a->words[i + 1]);
	claim(t, strtoul(nth(a, "-smp", NULL, 0)->driver, NULL, 10) == t->vcpus, "%u vCPUs", t->vcpus);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		claim(t, value_number(nth(a, "-smp", NULL, 0), keys[i]) == topology_of(t, keys[i]), "%s",
		      keys[i]);
	claim(t, !value_of(nth(a, "-cpu", NULL, 0), "topoext") ==
		      !child(child(t->domain, "cpu"), "feature"), "%s", "topoext");
	hgx_text_free(text);
}

START_TEST(cells_memory_and_cpus_are_those_of_the_domain)
{
	each_trial(check_cells);
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("qemu", every_device_of_the_domain_appears_once_at_its_place,
		   every_device_goes_through_iommufd_if_asked,
		   cells_memory_and_cpus_are_those_of_the_domain);
}
