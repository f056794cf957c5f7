/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A deal: a random host, random options, and the plans of all VMs that they describe. */
#ifndef TEST_DEAL_H
#define TEST_DEAL_H

#include "random_host.h"

#define MAX_VMS 16
#define FIXED_DEALS 200
#define FRESH_DEALS 60

struct deal {
	unsigned long long seed;
	char *lines;
	struct hgx_topo *host;
	const struct hgx_node *devices[1024], *gpu_nodes[1024]; /* endpoints and GPUs, by address */
	unsigned device_count, gpu_count;
	struct hgx_plan_options options;
	char gpus[400], nics[400], skip[200];
	unsigned count; /* number of VMs */
	struct hgx_plan *plans[MAX_VMS];
	struct hgx_error errors[MAX_VMS];
	unsigned made;
	bool broken;     /* a failed call left a plan, or a successful one did not */
	char words[1400]; /* the options as text */
};

#define claim(d, condition, format, ...) \
	must(condition, "HGX_SEED=%llu %s: " format "\n%.2500s", (d)->seed, (d)->words, __VA_ARGS__, \
	     (d)->lines)

static inline bool is_gpu(const struct hgx_node *node)
{
	return node->kind == HGX_GPU && !node->pci->physical_function;
}

static inline int by_address(const void *a, const void *b)
{
	const struct hgx_node *x = *(const struct hgx_node *const *)a;
	const struct hgx_node *y = *(const struct hgx_node *const *)b;

	return bdf_compare(x->pci->address, y->pci->address);
}

static inline void find_devices(struct deal *d)
{
	for (const struct hgx_node *n = d->host->all; n; n = n->all)
		if (n->pci && n->kind >= HGX_GPU && d->device_count < ARRAY_SIZE(d->devices))
			d->devices[d->device_count++] = n;
	qsort(d->devices, d->device_count, sizeof(*d->devices), by_address);
	for (unsigned i = 0; i < d->device_count; i++)
		if (is_gpu(d->devices[i]))
			d->gpu_nodes[d->gpu_count++] = d->devices[i];
}

/* Some of the GPUs, by address or as a range of numbers. */
static inline void random_gpus(struct deal *d, uint64_t *seed)
{
	unsigned count = d->gpu_count, first = random_below(seed, count);

	if (random_chance(seed, 30)) {
		snprintf(d->gpus, sizeof(d->gpus), "%u-%u", first,
			 first + random_below(seed, count - first));
	} else {
		for (unsigned i = 0; i < count && strlen(d->gpus) + BDF_TEXT < sizeof(d->gpus); i++)
			if (i == first || random_chance(seed, 60))
				sprintf(d->gpus + strlen(d->gpus), "%s%s", *d->gpus ? "," : "",
					d->gpu_nodes[i]->name);
	}
	d->options.gpus = d->gpus;
}

static inline void random_skip(struct deal *d, uint64_t *seed)
{
	snprintf(d->skip, sizeof(d->skip), "%s", d->devices[random_below(seed, d->device_count)]->name);
	d->options.skip = d->skip;
}

static inline void random_sizes(struct hgx_plan_options *options, uint64_t *seed)
{
	if (random_chance(seed, 10))
		options->vcpus = 2 * (1 + random_below(seed, 12));
	if (random_chance(seed, 10))
		options->memory_per_cell = (1ull << 30) * (1 + random_below(seed, 12));
	else if (random_chance(seed, 10))
		options->memory = (1ull << 30) * (1 + random_below(seed, 40));
	if (random_chance(seed, 6))
		options->hugepages = random_chance(seed, 50) ? 1ull << 30 : 2ull << 20;
}

static inline void random_options(struct deal *d, uint64_t *seed)
{
	static const char *const modes[] = { NULL, NULL, "near", "all", "none" };
	static const char *const libvirts[] = { NULL, "7.0", "8.2", "11.3" };
	static const char *const qemus[] = { NULL, "6.2", "8.1", "10.0" };
	static const int reserves[] = { 0, 0, HGX_RESERVE_NONE, 1, 2 };
	struct hgx_plan_options *o = &d->options;

	o->size = sizeof(*o);
	if (random_chance(seed, 80)) {
		unsigned gpus = d->gpu_count, any = 1 + random_below(seed, gpus + 1);

		o->uneven = random_chance(seed, 60);
		o->vms = random_chance(seed, 50) ? any : random_chance(seed, 50) ? gpus : 2;
		o->vms = o->vms > MAX_VMS ? MAX_VMS : o->vms;
	}
	if (random_chance(seed, 25))
		random_gpus(d, seed);
	if (random_chance(seed, 15))
		random_skip(d, seed);
	o->nics = modes[random_below(seed, ARRAY_SIZE(modes))];
	o->nvme = modes[random_below(seed, ARRAY_SIZE(modes))];
	o->nvswitch = random_chance(seed, 20) ? (int)random_below(seed, 3) : 0;
	o->vf = random_chance(seed, 25);
	o->smt = random_chance(seed, 25) ? (int)random_below(seed, 3) : 0;
	o->mirror = (int)random_below(seed, 2);
	o->reserve_cores = reserves[random_below(seed, ARRAY_SIZE(reserves))];
	o->libvirt_version = libvirts[random_below(seed, ARRAY_SIZE(libvirts))];
	o->qemu_version = qemus[random_below(seed, ARRAY_SIZE(qemus))];
	random_sizes(o, seed);
}

static inline void tell_options(struct deal *d)
{
	const struct hgx_plan_options *o = &d->options;

	snprintf(d->words, sizeof(d->words), "vms=%u uneven=%d gpus=%s skip=%s nics=%s nvme=%s "
		 "nvswitch=%d vf=%d smt=%d mirror=%d reserve=%d vcpus=%u memory=%llu per_cell=%llu "
		 "huge=%llu", o->vms, o->uneven, d->gpus, d->skip, o->nics ? o->nics : "", o->nvme ?
		 o->nvme : "", o->nvswitch, o->vf, o->smt, o->mirror, o->reserve_cores, o->vcpus,
		 (unsigned long long)o->memory, (unsigned long long)o->memory_per_cell,
		 (unsigned long long)o->hugepages);
}

static inline void set_address_bits(struct hgx_topo *host, uint64_t *seed)
{
	static const int bits[] = { -1, 46, 48, 52 };
	int chosen = bits[random_below(seed, ARRAY_SIZE(bits))];

	for (struct hgx_node *node = host->root->first; node; node = node->next)
		if (node->processor)
			node->processor->address_bits = chosen;
}

static inline void deal_begin(struct deal *d, uint64_t seed)
{
	uint64_t state = random_state(seed);

	memset(d, 0, sizeof(*d));
	d->seed = seed;
	d->lines = random_host(&state);
	d->host = host_of(d->lines);
	set_address_bits(d->host, &state);
	find_devices(d);
	random_options(d, &state);
	tell_options(d);
	d->count = d->options.vms ? d->options.vms : 1;
	for (unsigned vm = 0; vm < d->count; vm++) {
		struct hgx_plan *plan = (struct hgx_plan *)d;
		int code;

		d->options.vm = d->options.vms ? vm + 1 : 0;
		code = hgx_plan_new(&plan, d->host, &d->options, &d->errors[vm]);
		d->broken |= !code != !!plan || (code && code != d->errors[vm].code);
		d->plans[vm] = plan;
		d->made += plan != NULL;
	}
}

/* Made once, before the tests fork; they only read them. */
static struct deal *deals;
static size_t deal_count;

static inline void deals_begin(void)
{
	uint64_t list[FIXED_DEALS + 1];
	size_t count = seeds(list, FIXED_DEALS);

	deals = calloc(FIXED_DEALS + FRESH_DEALS, sizeof(*deals));
	for (size_t i = 0; i < count; i++)
		for (uint64_t more = 0; more < (i == FIXED_DEALS ? FRESH_DEALS : 1); more++)
			deal_begin(&deals[deal_count++], list[i] + more);
}

static inline void deals_end(void)
{
	for (size_t i = 0; i < deal_count; i++) {
		for (unsigned vm = 0; vm < deals[i].count; vm++)
			hgx_plan_free(deals[i].plans[vm]);
		hgx_topo_free(deals[i].host);
		free(deals[i].lines);
	}
	free(deals);
}

static inline void each_deal(void (*check)(struct deal *d))
{
	for (size_t i = 0; i < deal_count; i++)
		check(&deals[i]);
}

#endif
