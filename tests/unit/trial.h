/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A trial: a random host, its plan, and the domain that was written. A test checks one claim
 * about each of them. */
#ifndef TEST_TRIAL_H
#define TEST_TRIAL_H

#include "domain.h"
#include "random_host.h"

#define FIXED_TRIALS 120
#define FRESH_TRIALS 40

struct trial {
	unsigned long long seed;
	char *lines, *text;
	struct hgx_topo *host;
	struct hgx_plan *plan;
	int reserve;
	struct arena arena;
	struct element *domain;
	struct seats seats;
	const struct hgx_node *pins[512]; /* host CPUs, by vCPU */
	unsigned vcpus, threads;
};

#define claim(t, condition, format, ...) \
	must(condition, "HGX_SEED=%llu: " format "\n%.3000s", (t)->seed, __VA_ARGS__, (t)->lines)

static inline unsigned topology_of(const struct trial *t, const char *key)
{
	return (unsigned)number_of(child(child(t->domain, "cpu"), "topology"), key);
}

static inline void read_pins(struct trial *t)
{
	struct element *pin = child(child(t->domain, "cputune"), "vcpupin");

	t->vcpus = (unsigned)strtoul(child(t->domain, "vcpu")->text, NULL, 10);
	t->threads = topology_of(t, "threads");
	claim(t, t->vcpus < ARRAY_SIZE(t->pins), "%u vCPUs", t->vcpus);
	for (unsigned v = 0; pin; pin = following(pin), v++) {
		char name[24];

		claim(t, v < t->vcpus && number_of(pin, "vcpu") == v, "pin %u of %u vCPUs", v, t->vcpus);
		snprintf(name, sizeof(name), "cpu%s", attribute(pin, "cpuset"));
		t->pins[v] = hgx_topo_find(t->host, name);
	}
}

/* As hgxtopo.h says: after taking @reserve cores of each usable node, none is empty. */
static inline const struct hgx_node *too_small_node(const struct hgx_topo *host, int reserve)
{
	const struct hgx_node *root = hgx_topo_root(host), *n, *c;

	for (n = hgx_node_first_child(root); n; n = hgx_node_next_sibling(n)) {
		unsigned cores = 0, kept;

		if (hgx_node_kind(n) != HGX_NUMA || !hgx_node_memory(n)->bytes)
			continue;
		for (c = root; c; c = hgx_node_next(root, c))
			cores += hgx_node_kind(c) == HGX_CORE && hgx_node_numa(c) == n;
		kept = reserve > 0 ? (unsigned)reserve : 0; /* the default leaves one core to the guest */
		if (cores && kept >= cores)
			return n;
	}
	return NULL;
}

/* False: the plan was refused, and rightly so. */
static inline bool trial_begin(struct trial *t, uint64_t seed)
{
	static const int reserves[] = { 0, 0, 0, HGX_RESERVE_NONE, 1, 2 };
	uint64_t state = random_state(seed);
	struct hgx_plan_options options = { .size = sizeof(options) };
	struct hgx_error err = { 0 };
	int code;

	memset(t, 0, sizeof(*t));
	t->seed = seed;
	t->lines = random_host(&state);
	t->host = host_of(t->lines);
	t->reserve = options.reserve_cores = reserves[random_below(&state, ARRAY_SIZE(reserves))];
	code = hgx_plan_new(&t->plan, t->host, &options, &err);
	if (too_small_node(t->host, t->reserve)) {
		claim(t, code == HGX_REFUSED, "%d %s", code, err.text);
		return false;
	}
	claim(t, code == HGX_OK, "%d %s", code, err.text);
	code = hgx_emit_libvirt(t->plan, &t->text, &err);
	claim(t, code == HGX_OK, "%d %s", code, err.text);
	t->domain = domain_read(&t->arena, t->text);
	seats_read(&t->seats, t->domain);
	seats_number(&t->seats);
	read_pins(t);
	return true;
}

static inline void trial_end(struct trial *t)
{
	arena_free(&t->arena);
	hgx_text_free(t->text);
	hgx_plan_free(t->plan);
	hgx_topo_free(t->host);
	free(t->lines);
}

static inline void each_trial(void (*check)(struct trial *t))
{
	static struct trial trial;
	uint64_t list[FIXED_TRIALS + 1];
	size_t count = seeds(list, FIXED_TRIALS), tried = 0, planned = 0;

	for (size_t i = 0; i < count; i++)
		for (uint64_t more = 0; more < (i == FIXED_TRIALS ? FRESH_TRIALS : 1); more++) {
			tried++;
			if (trial_begin(&trial, list[i] + more)) {
				planned++;
				check(&trial);
			}
			trial_end(&trial);
		}
	must(count == 1 || 2 * planned > tried, "%zu of %zu hosts are planned", planned, tried);
}

static inline const struct hgx_node *host_device(const struct trial *t, const struct bus_seat *seat)
{
	const struct hgx_node *node = hgx_topo_find(t->host, bdf_text(seat->source).text);

	claim(t, node != NULL, "%s is not a device of the host", bdf_text(seat->source).text);
	return node;
}

static inline struct bus_seat *controller(struct trial *t, int index)
{
	for (size_t i = 0; i < t->seats.count; i++)
		if (t->seats.items[i].index == index)
			return &t->seats.items[i];
	claim(t, false, "there is no controller %d", index);
	return NULL;
}

/* The cell of a vCPU, according to the list of each cell. */
static inline const struct element *cell_of_vcpu(struct trial *t, unsigned vcpu)
{
	struct element *cell = child(child(child(t->domain, "cpu"), "numa"), "cell");

	for (; cell; cell = following(cell)) {
		unsigned first, last;
		int read = sscanf(attribute(cell, "cpus"), "%u-%u", &first, &last);

		if (read == 1)
			last = first;
		if (vcpu >= first && vcpu <= last)
			return cell;
	}
	claim(t, false, "vCPU %u is in no cell", vcpu);
	return NULL;
}

/* The host node that the memory of a cell comes from. */
static inline unsigned node_of_cell(struct trial *t, unsigned long long id)
{
	struct element *memnode = child(child(t->domain, "numatune"), "memnode");

	for (; memnode; memnode = following(memnode))
		if (number_of(memnode, "cellid") == id)
			return (unsigned)number_of(memnode, "nodeset");
	claim(t, false, "cell %llu has no memnode", id);
	return 0;
}

#endif
