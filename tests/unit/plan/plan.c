/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds for the plan of any host: CPUs, memory, and which devices. Set HGX_SEED to
 * repeat one host. */
#include "trial.h"

static void check_counts(struct trial *t)
{
	unsigned vcpus = t->vcpus, pins = 0;

	while (t->pins[pins])
		pins++;
	claim(t, vcpus && vcpus == topology_of(t, "sockets") * topology_of(t, "dies") *
	      topology_of(t, "cores") * t->threads, "%u vCPUs", vcpus);
	claim(t, pins == vcpus, "%u pins for %u vCPUs", pins, vcpus);
	claim(t, vcpus <= 288, "%u vCPUs", vcpus);
}

START_TEST(sockets_times_cores_times_threads_are_the_vcpus)
{
	each_trial(check_counts);
}
END_TEST

static void check_pins(struct trial *t)
{
	bool used[8192] = { false };

	for (unsigned v = 0; v < t->vcpus; v++) {
		const struct hgx_node *cpu = t->pins[v];
		unsigned long long cell = number_of(cell_of_vcpu(t, v), "id");

		claim(t, cpu && hgx_node_cpu(cpu)->online, "vCPU %u is pinned to no online CPU", v);
		claim(t, !used[hgx_node_cpu(cpu)->id], "%s is pinned to twice", hgx_node_name(cpu));
		used[hgx_node_cpu(cpu)->id] = true;
		claim(t, hgx_node_cpu(cpu)->numa_node == (int)node_of_cell(t, cell),
		      "vCPU %u of cell %llu is pinned to %s", v, cell, hgx_node_name(cpu));
	}
}

START_TEST(every_vcpu_has_its_own_cpu_on_the_node_of_its_cell)
{
	each_trial(check_pins);
}
END_TEST

static void check_siblings(struct trial *t)
{
	for (unsigned v = 0; v < t->vcpus; v++)
		for (unsigned w = v + 1; w < t->vcpus; w++)
			if ((hgx_node_parent(t->pins[v]) == hgx_node_parent(t->pins[w])) !=
			    (v / t->threads == w / t->threads))
				claim(t, false, "vCPUs %u and %u", v, w);
}

START_TEST(two_vcpus_are_siblings_if_their_cpus_are)
{
	each_trial(check_siblings);
}
END_TEST

static void check_cells(struct trial *t)
{
	struct element *cell = child(child(child(t->domain, "cpu"), "numa"), "cell");
	struct element *memnode = child(child(t->domain, "numatune"), "memnode");
	unsigned next = 0;

	for (unsigned id = 0; cell; cell = following(cell), memnode = following(memnode), id++) {
		unsigned first, last;
		int read = sscanf(attribute(cell, "cpus"), "%u-%u", &first, &last);

		claim(t, number_of(cell, "id") == id && memnode && number_of(memnode, "cellid") == id,
		      "cell %u is out of order", id);
		claim(t, read > 0 && first == next, "cell %u begins with vCPU %u", id, first);
		next = (read == 1 ? first : last) + 1;
		for (unsigned other = 0; other < id; other++)
			claim(t, node_of_cell(t, other) != node_of_cell(t, id), "cells %u and %u share a node",
			      other, id);
		if (!following(cell))
			claim(t, !following(memnode), "%s", "there are more memnodes than cells");
	}
	claim(t, next == t->vcpus, "the cells have %u vCPUs", next);
}

START_TEST(the_cells_are_contiguous_and_hold_all_vcpus)
{
	each_trial(check_cells);
}
END_TEST

static bool node_spans_packages(const struct hgx_topo *host)
{
	const struct hgx_node *root = hgx_topo_root(host), *a, *b;

	for (a = root; a; a = hgx_node_next(root, a))
		for (b = a; b && hgx_node_kind(a) == HGX_CORE; b = hgx_node_next(root, b))
			if (hgx_node_kind(b) == HGX_CORE && hgx_node_numa(a) == hgx_node_numa(b) &&
			    hgx_node_parent(a) != hgx_node_parent(b))
				return true;
	return false;
}

static void check_sockets(struct trial *t)
{
	unsigned each = t->vcpus / topology_of(t, "sockets");

	if (node_spans_packages(t->host))
		return;
	for (unsigned v = 0; v < t->vcpus; v++)
		for (unsigned w = v % each; w < t->vcpus; w += each)
			claim(t, (hgx_node_cpu(t->pins[v])->package ==
				  hgx_node_cpu(t->pins[w])->package) == (v / each == w / each),
			      "vCPUs %u and %u", v, w);
}

START_TEST(a_socket_of_the_guest_is_one_of_the_host)
{
	each_trial(check_sockets);
}
END_TEST

static bool is_pinned(struct trial *t, const struct hgx_node *core)
{
	for (unsigned v = 0; v < t->vcpus; v++)
		if (hgx_node_parent(t->pins[v]) == core)
			return true;
	return false;
}

static unsigned threads_of(const struct hgx_node *core)
{
	unsigned count = 0;

	for (const struct hgx_node *c = hgx_node_first_child(core); c; c = hgx_node_next_sibling(c))
		count++;
	return count;
}

/* Of the cores that have enough threads; siblings of one package are in the same order. */
static void check_lowest(struct trial *t, const struct hgx_node *core)
{
	const struct hgx_node *other = hgx_node_first_child(hgx_node_parent(core));
	uint32_t first = hgx_node_cpu(hgx_node_first_child(core))->id;

	if (threads_of(core) < t->threads || !is_pinned(t, core))
		return;
	for (; other; other = hgx_node_next_sibling(other))
		claim(t, hgx_node_numa(other) != hgx_node_numa(core) || is_pinned(t, other) ||
		      threads_of(other) < t->threads ||
		      hgx_node_cpu(hgx_node_first_child(other))->id < first,
		      "%s is in the guest, %s stays", hgx_node_name(core), hgx_node_name(other));
}

static void check_reserved(struct trial *t)
{
	const struct hgx_node *root = hgx_topo_root(t->host), *c;
	struct element *cell = child(child(child(t->domain, "cpu"), "numa"), "cell");

	for (c = root; c; c = hgx_node_next(root, c))
		if (hgx_node_kind(c) == HGX_CORE)
			check_lowest(t, c);
	for (; cell; cell = following(cell)) {
		unsigned node = node_of_cell(t, number_of(cell, "id")), all = 0, left = 0, wanted;

		for (c = root; c; c = hgx_node_next(root, c))
			if (hgx_node_kind(c) == HGX_CORE && hgx_node_numa(c) &&
			    hgx_node_memory(hgx_node_numa(c))->id == node) {
				all++;
				left += !is_pinned(t, c);
			}
		wanted = t->reserve > 0 ? (unsigned)t->reserve : t->reserve < 0 ? 0 :
			 all == 1 ? 0 : all < 24 ? 1 : all / 12;
		claim(t, left >= wanted, "node%u keeps %u of %u cores, not %u", node, left, all, wanted);
	}
}

START_TEST(the_cores_that_stay_are_the_lowest_of_each_node)
{
	each_trial(check_reserved);
}
END_TEST

static void check_emulator(struct trial *t)
{
	const struct element *pin = child(child(t->domain, "cputune"), "emulatorpin");
	struct cpuset ids;
	char name[24];

	if (!pin)
		return;
	claim(t, cpulist_read(&t->arena, attribute(pin, "cpuset"), &ids) && ids.count, "%s",
	      attribute(pin, "cpuset"));
	for (size_t i = 0; i < ids.count; i++) {
		const struct hgx_node *cpu;

		snprintf(name, sizeof(name), "cpu%u", ids.ids[i]);
		cpu = hgx_topo_find(t->host, name);
		claim(t, cpu && hgx_node_cpu(cpu)->online, "%s is not online", name);
		if (t->plan->beside_vcpus)
			claim(t, hgx_node_parent(cpu) == hgx_node_parent(t->plan->vcpu_hosts[0]),
			      "%s is not of the first core", name);
		else
			claim(t, !is_pinned(t, hgx_node_parent(cpu)), "%s runs a vCPU", name);
	}
}

START_TEST(the_threads_of_qemu_run_on_other_cpus_than_the_vcpus)
{
	each_trial(check_emulator);
}
END_TEST

static void check_memory(struct trial *t)
{
	struct element *cell = child(child(child(t->domain, "cpu"), "numa"), "cell");
	unsigned long long sum = 0;

	for (; cell; cell = following(cell)) {
		unsigned long long kib = number_of(cell, "memory"), has;
		char name[24];

		snprintf(name, sizeof(name), "node%u", node_of_cell(t, number_of(cell, "id")));
		has = hgx_node_memory(hgx_topo_find(t->host, name))->bytes;
		claim(t, kib && kib % 2048 == 0, "%llu KiB are not whole huge pages", kib);
		claim(t, kib * 1024 == has - hgx_plan_host_memory(has), "%llu KiB of %s", kib, name);
		claim(t, kib * 1024 < has, "%s keeps nothing", name);
		sum += kib;
	}
	claim(t, strtoull(child(t->domain, "memory")->text, NULL, 10) == sum, "%llu KiB", sum);
}

START_TEST(the_cells_have_the_memory_their_nodes_can_spare)
{
	each_trial(check_memory);
}
END_TEST

static const struct hgx_node *uppermost_switch(const struct hgx_node *node)
{
	const struct hgx_node *top = NULL;

	for (; node; node = hgx_node_parent(node))
		if (hgx_node_kind(node) == HGX_SWITCH_UP)
			top = node;
	return top;
}

static bool same_group(const struct hgx_node *a, const struct hgx_node *b)
{
	return hgx_node_pci(a)->iommu_group >= 0 &&
	       hgx_node_pci(a)->iommu_group == hgx_node_pci(b)->iommu_group;
}

/* The rules again, as the manual states them. */
struct rules {
	const struct hgx_node *nodes[1024];
	bool chosen[1024];
	size_t count;
};

/* The function itself or one of its virtual functions is in use. */
static bool is_needed(const struct rules *r, const struct hgx_node *node)
{
	bool needed = hgx_node_pci(node)->host_use != NULL;

	for (size_t i = 0; i < r->count; i++)
		needed |= hgx_node_pci(r->nodes[i])->physical_function == node &&
			  hgx_node_pci(r->nodes[i])->host_use;
	return needed;
}

static bool must_stay(const struct rules *r, const struct hgx_node *node)
{
	for (size_t i = 0; i < r->count; i++)
		if ((r->nodes[i] == node || same_group(r->nodes[i], node)) && is_needed(r, r->nodes[i]))
			return true;
	return hgx_node_pci(node)->physical_function != NULL;
}

/* Between NUMA nodes, the SLIT decides if the path class does not. */
static unsigned far(const struct hgx_node *gpu, const struct hgx_node *node)
{
	enum hgx_distance distance = hgx_distance(gpu, node);
	const struct hgx_node *a = hgx_node_numa(gpu), *b = hgx_node_numa(node), *n;
	unsigned rank = 0;

	if (distance != HGX_SYS || !a || !b || !hgx_node_memory(a)->distances)
		return 1000 * distance;
	for (n = hgx_node_first_child(hgx_topo_root(node->topo)); n != b; n = hgx_node_next_sibling(n))
		rank += hgx_node_kind(n) == HGX_NUMA;
	return 1000 * distance + hgx_node_memory(a)->distances[rank];
}

static bool is_on_a_card_in_use(const struct rules *r, const struct hgx_node *node)
{
	struct hgx_bdf a = hgx_node_pci(node)->address;

	for (size_t i = 0; i < r->count; i++) {
		struct hgx_bdf b = hgx_node_pci(r->nodes[i])->address;

		if (hgx_node_pci(r->nodes[i])->host_use && a.domain == b.domain && a.bus == b.bus &&
		    a.device == b.device)
			return true;
	}
	return false;
}

static unsigned bandwidth(const struct hgx_node *node)
{
	return hgx_node_pci(node)->link_max.speed * hgx_node_pci(node)->link_max.width;
}

/* Nearer; if equally near, faster; if equally fast, at the lower address. */
static bool is_better(const struct hgx_node *gpu, const struct hgx_node *a, const struct hgx_node *b)
{
	if (far(gpu, a) != far(gpu, b))
		return far(gpu, a) < far(gpu, b);
	if (bandwidth(a) != bandwidth(b))
		return bandwidth(a) > bandwidth(b);
	return bdf_compare(hgx_node_pci(a)->address, hgx_node_pci(b)->address) < 0;
}

/* Behind the GPU's switch; if there is nothing of that kind, the nearest. */
static bool is_neighbour(const struct rules *r, const struct hgx_node *gpu, const struct hgx_node *node)
{
	const struct hgx_node *best = NULL;
	bool any = false;

	for (size_t i = 0; i < r->count; i++) {
		const struct hgx_node *other = r->nodes[i];

		if (hgx_node_kind(other) != hgx_node_kind(node) || must_stay(r, other))
			continue;
		any |= uppermost_switch(gpu) && uppermost_switch(other) == uppermost_switch(gpu);
		if (!is_on_a_card_in_use(r, other) && (!best || is_better(gpu, other, best)))
			best = other;
	}
	return any ? uppermost_switch(node) == uppermost_switch(gpu) : node == best;
}

static bool is_wanted(const struct rules *r, const struct hgx_node *node)
{
	bool all_gpus = true, near = false;
	enum hgx_kind kind = hgx_node_kind(node);

	for (size_t i = 0; i < r->count; i++) {
		const struct hgx_node *gpu = r->nodes[i];

		if (hgx_node_kind(gpu) != HGX_GPU)
			continue;
		if (must_stay(r, gpu))
			all_gpus &= hgx_node_pci(gpu)->physical_function != NULL;
		else if (kind == HGX_NIC || kind == HGX_NVME)
			near |= is_neighbour(r, gpu, node);
	}
	switch (kind) {
	case HGX_GPU:
		return true;
	case HGX_NIC:
	case HGX_NVME:
		return near;
	case HGX_NVSWITCH:
		return all_gpus;
	default:
		return false;
	}
}

static bool is_companion(const struct rules *r, size_t of)
{
	struct hgx_bdf a = hgx_node_pci(r->nodes[of])->address;

	for (size_t i = 0; i < r->count; i++) {
		struct hgx_bdf b = hgx_node_pci(r->nodes[i])->address;

		if (r->chosen[i] && (same_group(r->nodes[of], r->nodes[i]) ||
				     (hgx_node_kind(r->nodes[i]) == HGX_GPU && a.domain == b.domain &&
				      a.bus == b.bus && a.device == b.device)))
			return true;
	}
	return false;
}

static void apply_rules(struct rules *r, const struct hgx_topo *host)
{
	const struct hgx_node *root = hgx_topo_root(host);

	r->count = 0;
	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n))
		if (hgx_node_kind(n) >= HGX_GPU)
			r->nodes[r->count++] = n;
	for (size_t i = 0; i < r->count; i++)
		r->chosen[i] = !must_stay(r, r->nodes[i]) && is_wanted(r, r->nodes[i]);
	for (size_t round = 0; round < r->count; round++)
		for (size_t i = 0; i < r->count; i++)
			r->chosen[i] |= !must_stay(r, r->nodes[i]) && is_companion(r, i);
}

static void check_devices(struct trial *t)
{
	static struct rules rules;
	size_t chosen = 0, devices = 0;

	apply_rules(&rules, t->host);
	for (size_t i = 0; i < t->seats.count; i++) {
		const struct hgx_node *node;
		size_t r = 0;

		if (t->seats.items[i].index >= 0)
			continue;
		node = host_device(t, &t->seats.items[i]);
		while (r < rules.count && rules.nodes[r] != node)
			r++;
		claim(t, r < rules.count && rules.chosen[r], "%s is in the VM", hgx_node_name(node));
		devices++;
	}
	for (size_t i = 0; i < rules.count; i++)
		chosen += rules.chosen[i];
	claim(t, devices == chosen, "%zu devices are in the VM, not %zu", devices, chosen);
}

START_TEST(the_devices_are_those_the_rules_name)
{
	each_trial(check_devices);
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("plan", sockets_times_cores_times_threads_are_the_vcpus,
		   every_vcpu_has_its_own_cpu_on_the_node_of_its_cell,
		   two_vcpus_are_siblings_if_their_cpus_are,
		   the_cells_are_contiguous_and_hold_all_vcpus, a_socket_of_the_guest_is_one_of_the_host,
		   the_cores_that_stay_are_the_lowest_of_each_node,
		   the_threads_of_qemu_run_on_other_cpus_than_the_vcpus,
		   the_cells_have_the_memory_their_nodes_can_spare,
		   the_devices_are_those_the_rules_name);
}
