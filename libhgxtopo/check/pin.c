/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the CPUs of the host that vCPUs are pinned to. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check/domain.h"
#include "check/tell.h"
#include "util/arena.h"
#include "util/cpulist.h"
#include "util/words.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "plan/cores.h"

static const struct xml_element *pin_of(const struct domain *domain, unsigned vcpu)
{
	const struct xml_element *tune = xml_child(domain->base.domain, "cputune");
	unsigned number;

	for (const struct xml_element *pin = xml_child(tune, "vcpupin"); pin;
	     pin = xml_following(pin)) {
		const char *text = xml_attribute(pin, "vcpu");

		if (text && xml_number(text, UINT32_MAX, &number) && number == vcpu)
			return pin;
	}
	return xml_child(domain->base.domain, "vcpu");
}

/* The CPUs that a vCPU is pinned to, as libvirt lists them; NULL: any. */
static const char *pins_text(const struct domain *domain, unsigned vcpu)
{
	const struct xml_element *pin = pin_of(domain, vcpu);

	return pin ? xml_attribute(pin, "cpuset") : NULL;
}

/* Whether it is there when the guest boots. */
static bool is_present(const struct domain *domain, unsigned vcpu)
{
	return domain->base.vcpu_ids[vcpu] != UINT32_MAX;
}

/* The CPU that a vCPU is pinned to alone; HGX_CPU_NONE: there is none. */
static uint32_t cpu_of(const struct domain *domain, unsigned vcpu)
{
	return is_present(domain, vcpu) ? domain->binding.cpus[vcpu] : HGX_CPU_NONE;
}

/* ------------------------------------------------- one CPU for several vCPUs */

/* The first vCPU before @vcpu that is pinned to the same CPU alone; @vcpu itself: there is none. */
static unsigned same_cpu(const struct domain *domain, unsigned vcpu)
{
	uint32_t cpu = cpu_of(domain, vcpu);
	unsigned other = 0;

	while (other < vcpu && (cpu == HGX_CPU_NONE || cpu_of(domain, other) != cpu))
		other++;
	return other;
}

static bool add_same(struct domain_check *check, const struct domain *domain)
{
	unsigned first = 0, with = 0, count = 0;

	for (unsigned i = 0; i < domain->binding.count; i++) {
		unsigned other = same_cpu(domain, i);

		if (other == i)
			continue;
		if (!count++) {
			first = i;
			with = other;
		}
	}
	if (count)
		domain_add(check, domain, RULE_CPU_SHARED, pin_of(domain, first), NULL, NULL,
			   "vCPUs %u and %u are both pinned to CPU %u alone, so each gets half of "
			   "it; vCPUs that share a CPU with an earlier one: %u",
			   with, first, cpu_of(domain, first), count);
	return count;
}

/* ------------------------------------------------- few CPUs for many vCPUs */

/* The CPUs that each vCPU may run on; without numbers where the domain names none. In an arena.
 * NULL: there is no memory. */
static struct cpuset *sets_of(struct arena *arena, const struct domain *domain)
{
	unsigned count = domain->binding.count;
	struct cpuset *sets = arena_alloc(arena, (count + 1) * sizeof(*sets));

	for (unsigned i = 0; sets && i < count; i++) {
		const char *list = is_present(domain, i) ? pins_text(domain, i) : NULL;

		sets[i] = (struct cpuset){ NULL, 0 };
		if (list)
			binding_list(arena, list, &sets[i]);
	}
	return sets;
}

static bool has_cpu(const struct cpuset *set, uint32_t cpu)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (set->ids[middle] == cpu)
			return true;
		if (set->ids[middle] < cpu)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Whether a vCPU may run on these CPUs only. */
static bool is_within(const struct cpuset *set, const struct cpuset *cpus)
{
	size_t i = 0;

	while (i < set->count && set->count <= cpus->count && has_cpu(cpus, set->ids[i]))
		i++;
	return set->count && i == set->count;
}

static unsigned count_within(const struct cpuset *sets, unsigned count, const struct cpuset *cpus)
{
	unsigned within = 0;

	for (unsigned i = 0; i < count; i++)
		within += is_within(&sets[i], cpus);
	return within;
}

/* The first vCPU whose CPUs are fewer than the vCPUs that may run nowhere else. */
static void add_pool(struct domain_check *check, const struct domain *domain,
		     const struct cpuset *sets)
{
	for (unsigned i = 0; i < domain->binding.count; i++) {
		unsigned within = sets[i].count ?
					  count_within(sets, domain->binding.count, &sets[i]) :
					  0;

		if (within <= sets[i].count)
			continue;
		domain_add(check, domain, RULE_CPU_SHARED, pin_of(domain, i), NULL, NULL,
			   "%u vCPUs are pinned to the %zu CPUs %s, so they share them", within,
			   sets[i].count, pins_text(domain, i));
		return;
	}
}

void cpu_shared(struct domain_check *check, const struct domain *domain)
{
	struct arena arena = { 0 };
	const struct cpuset *sets;

	if (add_same(check, domain))
		return;
	sets = sets_of(&arena, domain);
	if (sets)
		add_pool(check, domain, sets);
	check->check.out->arena.failed |= arena.failed;
	arena_free(&arena);
}

/* ------------------------------------------------- cores of the host */

/* The first of the CPUs that is on a reserved core; HGX_CPU_NONE: none is. */
static uint32_t reserved_of(const struct cores *cores, const struct cpuset *set)
{
	for (size_t i = 0; set->count && i < cores->count; i++)
		for (unsigned t = 0; t < cores->items[i].threads; t++)
			if (cores->items[i].state == CORE_RESERVED &&
			    has_cpu(set, cores->items[i].cpus[t]->cpu->id))
				return cores->items[i].cpus[t]->cpu->id;
	return HGX_CPU_NONE;
}

static void add_reserved(struct domain_check *check, const struct domain *domain,
			 const struct cores *cores, const struct cpuset *sets, int number)
{
	unsigned first = 0, count = 0;
	uint32_t cpu = HGX_CPU_NONE;

	for (unsigned i = 0; i < domain->binding.count; i++) {
		uint32_t own = reserved_of(cores, &sets[i]);

		if (own == HGX_CPU_NONE || count++)
			continue;
		first = i;
		cpu = own;
	}
	if (count)
		domain_add(
			check, domain, RULE_PIN_RESERVED, pin_of(domain, first), NULL, NULL,
			"vCPU %u may run on CPU %u, which %s leaves to the host; vCPUs like that: "
			"%u",
			first, cpu,
			option_value(check->check.options.words, OPTION_RESERVE_CORES, "%d", number)
				.text,
			count);
}

void pin_reserved(struct domain_check *check, const struct domain *domain)
{
	const struct hgx_plan_options *options = check->check.options.plan;
	struct arena arena = { 0 };
	const struct cpuset *sets;
	struct cores cores;

	if (!check->host || !options || options->reserve_cores <= 0)
		return;
	sets = sets_of(&arena, domain);
	if (cores_collect(&cores, check->host) || !sets) {
		check->check.out->arena.failed = true;
	} else {
		for (const struct hgx_node *numa = check->host->root->first; numa;
		     numa = numa->next)
			if (numa->kind == HGX_NUMA)
				cores_reserve(&cores, numa, (size_t)options->reserve_cores);
		add_reserved(check, domain, &cores, sets, options->reserve_cores);
	}
	free(cores.items);
	arena_free(&arena);
}

/* ------------------------------------------------- one CPU for several VMs */

static void mark(bool *cpus, const char *list)
{
	static const size_t numbers = BINDING_NUMBERS;
	bool *own = list ? malloc(numbers) : NULL;

	if (own && binding_numbers(list, own))
		for (size_t i = 0; i < numbers; i++)
			cpus[i] |= own[i];
	free(own);
}

/* Marks the CPUs that a domain names for its vCPUs. Without a word of it, they run anywhere. */
static void mark_cpus(const struct domain *domain, bool *cpus)
{
	const struct xml_element *root = domain->base.domain;
	const struct xml_element *pin = xml_child(xml_child(root, "cputune"), "vcpupin");

	for (; pin; pin = xml_following(pin))
		mark(cpus, xml_attribute(pin, "cpuset"));
	mark(cpus, xml_attribute(xml_child(root, "vcpu"), "cpuset"));
}

/* "0-3,8": the CPUs that are in both sets; NULL: there are none. */
static char *common(const bool *some, const bool *others)
{
	uint32_t *ids = malloc(BINDING_NUMBERS * sizeof(*ids));
	char *text = NULL;
	size_t size, count = 0;
	FILE *stream;

	for (uint32_t i = 0; ids && i < BINDING_NUMBERS; i++)
		if (some[i] && others[i])
			ids[count++] = i;
	stream = count ? open_memstream(&text, &size) : NULL;
	if (stream) {
		cpulist_write_short(stream, ids, count);
		if (fclose(stream)) {
			free(text);
			text = NULL;
		}
	}
	free(ids);
	return text;
}

void cpus_of_two(struct domain_check *check, const struct domain *domain)
{
	bool *own = calloc(BINDING_NUMBERS, 1), *theirs = calloc(BINDING_NUMBERS, 1);

	if (own)
		mark_cpus(domain, own);
	for (const struct domain *other = check->domains.items; own && theirs && other < domain;
	     other++) {
		char *text;

		memset(theirs, 0, BINDING_NUMBERS);
		mark_cpus(other, theirs);
		text = common(own, theirs);
		if (text)
			domain_add(check, domain, RULE_CPUS_OF_TWO, NULL, NULL, NULL,
				   "its vCPUs are pinned to CPUs that %s pins its own to: %s",
				   other->base.name, text);
		free(text);
	}
	if (!own || !theirs)
		check->check.out->arena.failed = true;
	free(own);
	free(theirs);
}

/* ------------------------------------------------- cores */

/* The core of the host that a vCPU is pinned to alone; NULL: there is none. */
static const struct hgx_node *core_of(const struct domain_check *check, const struct domain *domain,
				      unsigned vcpu)
{
	uint32_t id = cpu_of(domain, vcpu);
	const struct hgx_node *node;
	char name[24];

	if (id == HGX_CPU_NONE)
		return NULL;
	snprintf(name, sizeof(name), "cpu%u", id);
	node = hgx_topo_find(check->host, name);
	return node && node->parent && node->parent->kind == HGX_CORE ? node->parent : NULL;
}

static unsigned guest_core(const struct domain *domain, unsigned vcpu)
{
	return vcpu / domain->plan->threads;
}

/* The first vCPU before @vcpu whose core is the same on one side and not on the other. */
static unsigned torn_from(const struct domain *domain, const struct hgx_node **cores, unsigned vcpu)
{
	unsigned other = 0;

	for (; cores[vcpu] && other < vcpu; other++)
		if (cores[other] && (cores[other] == cores[vcpu]) !=
					    (guest_core(domain, other) == guest_core(domain, vcpu)))
			return other;
	return vcpu;
}

static void add_torn(struct domain_check *check, const struct domain *domain, unsigned one,
		     unsigned two, unsigned count, bool together)
{
	domain_add(check, domain, RULE_THREADS_TORN, pin_of(domain, two), NULL, NULL,
		   together ?
			   "vCPUs %u and %u run on CPUs %u and %u, two threads of one core, but "
			   "the guest takes them for two cores; vCPUs like that: %u" :
			   "vCPUs %u and %u are two threads of one core to the guest, but run on "
			   "CPUs %u and %u, which are on two cores; vCPUs like that: %u",
		   one, two, cpu_of(domain, one), cpu_of(domain, two), count);
}

void threads_torn(struct domain_check *check, const struct domain *domain)
{
	unsigned vcpus = check->host ? domain->binding.count : 0, count = 0;
	unsigned one = 0, two = 0;
	const struct hgx_node **cores = calloc(vcpus + 1, sizeof(*cores));

	if (!cores) {
		check->check.out->arena.failed = true;
		return;
	}
	for (unsigned i = 0; i < vcpus; i++)
		cores[i] = same_cpu(domain, i) == i ? core_of(check, domain, i) : NULL;
	for (unsigned i = 0; i < vcpus; i++) {
		unsigned other = torn_from(domain, cores, i);

		if (other == i)
			continue;
		if (!count++) {
			one = other;
			two = i;
		}
	}
	if (count)
		add_torn(check, domain, one, two, count, cores[one] == cores[two]);
	free(cores);
}
