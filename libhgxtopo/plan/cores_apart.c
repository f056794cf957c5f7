/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cores of a VM that is planned apart: the share of its GPUs, which may lie unevenly on the
 * packages. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/cores_apart.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "guest/plan.h"

#define MAX_SOCKETS 12 /* of a guest whose packages differ in size */

static size_t count_threads(const struct hgx_plan *plan, const struct cores *cores)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++)
		if (cores->items[i].state == CORE_FREE)
			count += plan->options.smt == HGX_OFF ? 1 : cores->items[i].threads;
	return count;
}

static void note_more(struct hgx_plan *plan, unsigned vcpus, size_t share)
{
	plan_note(
		plan, RULE_WHOLE_HOST, HGX_WARNING, NULL,
		arena_format(&plan->arena,
			     "use %s or fewer, or name CPUs that no other VM gets "
			     "with %s",
			     option_value(plan->options.words, OPTION_VCPUS, "%zu", share).text,
			     plan_option(plan, OPTION_CPUS).text),
		"the VM gets %u vCPUs, more than the %zu that are the share of its GPUs: a VM with "
		"other GPUs may get the same cores",
		vcpus, share);
}

int cores_apart(struct hgx_plan *plan, struct cores *cores, unsigned vcpus, struct hgx_error *err)
{
	struct cores copy = { calloc(cores->count, sizeof(*copy.items)), cores->count };
	size_t share;

	if (!copy.items)
		return fail_memory(err);
	memcpy(copy.items, cores->items, cores->count * sizeof(*cores->items));
	cores_divide(&plan->share, &copy, plan->share.vm);
	share = count_threads(plan, &copy);
	if (vcpus <= share) {
		memcpy(cores->items, copy.items, cores->count * sizeof(*cores->items));
	} else {
		plan->share.whole_cores = true;
		note_more(plan, vcpus, share);
	}
	free(copy.items);
	return HGX_OK;
}

/* The sizes of the packages that have free cores, the number of cores in each. */
static size_t sizes_of(const struct cores *cores, size_t *sizes)
{
	size_t count = 0;

	for (size_t i = 0; i < cores->count; i++) {
		size_t size;

		if (i && cores->items[i - 1].package == cores->items[i].package)
			continue;
		size = cores_in(cores, cores->items[i].package);
		if (size)
			sizes[count++] = size;
	}
	return count;
}

/* The largest socket, unless with a smaller one over a sixteenth more cores can be used. */
static size_t best_socket(const size_t *sizes, size_t packages, size_t most)
{
	size_t best = 0, best_used = 0, smallest = sizes[0];

	for (size_t i = 1; i < packages; i++)
		smallest = sizes[i] < smallest ? sizes[i] : smallest;
	for (size_t size = smallest; size > 0; size--) {
		size_t sockets = 0;

		for (size_t i = 0; i < packages; i++)
			sockets += sizes[i] / size;
		if (sockets > MAX_SOCKETS || sockets * size > most ||
		    sockets * size * 16 <= best_used * 17)
			continue;
		best = size;
		best_used = sockets * size;
	}
	return best;
}

int cores_sockets(struct cores *cores, size_t most, unsigned *sockets, size_t *each,
		  size_t *dropped)
{
	size_t *sizes = calloc(cores->count + 1, sizeof(*sizes)), packages;
	bool even = true;

	*each = 0;
	if (!sizes)
		return HGX_NO_MEMORY;
	packages = sizes_of(cores, sizes);
	for (size_t i = 1; i < packages; i++)
		even &= sizes[i] == sizes[0];
	if (!even)
		*each = best_socket(sizes, packages, most);
	if (*each) {
		*sockets = 0;
		for (size_t i = 0; i < packages; i++)
			*sockets += (unsigned)(sizes[i] / *each);
		*dropped = cores_trim(cores, *each);
	}
	free(sizes);
	return HGX_OK;
}
