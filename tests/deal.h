/* A deal: a host by chance, options by chance, and the plans of all VMs they describe. */
#ifndef TEST_DEAL_H
#define TEST_DEAL_H

#include "random_host.h"

#define MOST_VMS 16
#define FIXED_DEALS 300
#define FRESH_DEALS 100

struct deal {
	unsigned long long seed;
	char *lines;
	struct hgx_topo *host;
	struct hgx_plan_options options;
	char gpus[400], nics[400], skip[200];
	unsigned count; /* of VMs */
	struct hgx_plan *plans[MOST_VMS];
	struct hgx_error errors[MOST_VMS];
	unsigned made;
	char words[700]; /* the options, to be read */
};

#define claim(d, condition, format, ...) \
	must(condition, "HGX_SEED=%llu %s: " format "\n%.2500s", (d)->seed, (d)->words, __VA_ARGS__, \
	     (d)->lines)

static inline bool is_gpu(const struct hgx_node *node)
{
	return node->kind == HGX_GPU && !node->pci->physical_function;
}

static inline bool counts(const struct hgx_node *node, bool gpu)
{
	return node->pci && node->kind >= HGX_GPU && (!gpu || is_gpu(node));
}

/* Endpoints, or GPUs, in the order of their addresses. */
static inline const struct hgx_node *nth(const struct hgx_topo *host, bool gpu, unsigned number)
{
	const struct hgx_node *last = NULL, *next, *n;

	do {
		next = NULL;
		for (n = host->all; n; n = n->all)
			if (counts(n, gpu) &&
			    (!last || bdf_compare(n->pci->address, last->pci->address) > 0) &&
			    (!next || bdf_compare(n->pci->address, next->pci->address) < 0))
				next = n;
		last = next;
	} while (next && number--);
	return next;
}

static inline unsigned how_many(const struct hgx_topo *host, bool gpu)
{
	unsigned count = 0;

	for (const struct hgx_node *n = host->all; n; n = n->all)
		count += counts(n, gpu);
	return count;
}

/* Some of the GPUs, by address; or a range of numbers. */
static inline void random_gpus(struct deal *d, uint64_t *seed)
{
	unsigned count = how_many(d->host, true), first = random_below(seed, count);

	if (random_chance(seed, 30)) {
		snprintf(d->gpus, sizeof(d->gpus), "%u-%u", first,
			 first + random_below(seed, count - first));
	} else {
		for (unsigned i = 0; i < count && strlen(d->gpus) + BDF_TEXT < sizeof(d->gpus); i++)
			if (i == first || random_chance(seed, 60))
				sprintf(d->gpus + strlen(d->gpus), "%s%s", *d->gpus ? "," : "",
					nth(d->host, true, i)->name);
	}
	d->options.gpus = d->gpus;
}

static inline void random_skip(struct deal *d, uint64_t *seed)
{
	const struct hgx_node *node = nth(d->host, false, random_below(seed, how_many(d->host, false)));

	snprintf(d->skip, sizeof(d->skip), "%s", node->name);
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
		o->vms = 1 + random_below(seed, how_many(d->host, true) + 1);
		o->vms = o->vms > MOST_VMS ? MOST_VMS : o->vms;
		o->uneven = random_chance(seed, 50);
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
	random_options(d, &state);
	tell_options(d);
	d->count = d->options.vms ? d->options.vms : 1;
	for (unsigned vm = 0; vm < d->count; vm++) {
		struct hgx_plan *plan = (struct hgx_plan *)d;
		int code;

		d->options.vm = d->options.vms ? vm + 1 : 0;
		code = hgx_plan_new(&plan, d->host, &d->options, &d->errors[vm]);
		claim(d, !code == !!plan && (!code || code == d->errors[vm].code), "%d", code);
		d->plans[vm] = plan;
		d->made += plan != NULL;
	}
}

static inline void deal_end(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++)
		hgx_plan_free(d->plans[vm]);
	hgx_topo_free(d->host);
	free(d->lines);
}

static inline void each_deal(void (*check)(struct deal *d))
{
	static struct deal deal;
	uint64_t list[FIXED_DEALS + 1];
	size_t count = seeds(list, FIXED_DEALS), tried = 0, made = 0;

	for (size_t i = 0; i < count; i++)
		for (uint64_t more = 0; more < (i == FIXED_DEALS ? FRESH_DEALS : 1); more++) {
			deal_begin(&deal, list[i] + more);
			tried++;
			made += deal.made == deal.count;
			check(&deal);
			deal_end(&deal);
		}
	must(count == 1 || 4 * made > tried, "%zu of %zu are planned", made, tried);
}

#endif
