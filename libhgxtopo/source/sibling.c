/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settles which package, die and core each CPU belongs to, from hwloc's sets of CPUs and from the
 * numbers in the files of each CPU (Linux, Documentation/admin-guide/cputopology.rst). */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/sibling.h"
#include "source/limits.h"
#include "model/finding.h"
#include "util/arena.h"
#include "util/utf8.h"

#define TOPOLOGY "sys/devices/system/cpu/cpu%u/topology/%s"

static const struct {
	const char *noun, *file, *list;
	long most;
} levels[LEVELS] = {
	[LEVEL_PACKAGE] = { "package", "physical_package_id", "package_cpus", MAX_ELEMENTS - 1 },
	[LEVEL_DIE] = { "die", "die_id", "die_cpus", MAX_ELEMENTS },
	[LEVEL_CORE] = { "core", "core_id", "core_cpus", INT_MAX },
};

/* Something about one level, told for the first CPU that has it. */
struct odd {
	const struct seen_cpu *first, *other;
	size_t count;
};

/* A CPU and what it is sorted by. */
struct entry {
	struct seen_cpu *cpu;
	int keys[LEVELS];
};

struct settling {
	struct hgx_topo *topo;
	const struct root *root;
	enum level level;
	struct entry *sorted; /* all CPUs */
	size_t count;
	struct odd silent, unlike, invented, apart, alone;
};

static void count_odd(struct odd *odd, const struct seen_cpu *cpu, const struct seen_cpu *other)
{
	if (!odd->count++ || cpu->id < odd->first->id) {
		odd->first = cpu;
		odd->other = other;
	}
}

/* What the file of that CPU says: "is missing", "is '-1'". */
static const char *file_says(const struct settling *s, const struct seen_cpu *cpu)
{
	char path[120], text[64];

	snprintf(path, sizeof(path), TOPOLOGY, cpu->id, levels[s->level].file);
	if (root_read(s->root, path, text, sizeof(text)) < 0)
		return "is missing";
	text_clean(text);
	return arena_format(&s->topo->arena, "is '%s'", text);
}

/* "", " and that of 3 other CPUs" */
static const char *and_others(const struct settling *s, const struct odd *odd)
{
	if (odd->count < 2)
		return "";
	return arena_format(&s->topo->arena, " (as for %zu other CPU%s)", odd->count - 1,
			    odd->count == 2 ? "" : "s");
}

static void note(const struct settling *s, const struct odd *odd, const char *what)
{
	finding_add(&s->topo->findings, &s->topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, NULL,
		    s->root->live ? NULL : "capture the machine again", TOPOLOGY " %s%s: %s",
		    odd->first->id, levels[s->level].file, file_says(s, odd->first),
		    and_others(s, odd), what);
}

static void tell(const struct settling *s)
{
	struct arena *arena = &s->topo->arena;
	const char *noun = levels[s->level].noun, *list = levels[s->level].list;

	if (s->silent.count)
		note(s, &s->silent,
		     arena_format(
			     arena,
			     "taken for %s %d, because %s puts it together with CPUs of that %s",
			     noun, s->silent.first->number[s->level], list, noun));
	if (s->unlike.count)
		note(s, &s->unlike,
		     arena_format(
			     arena,
			     "%s puts the CPU together with CPUs of %s %d, for which it is taken",
			     list, noun, s->unlike.first->number[s->level]));
	if (s->invented.count)
		note(s, &s->invented,
		     arena_format(arena,
				  "cores are told apart by core_cpus, and get free numbers, "
				  "such as %d",
				  s->invented.first->number[s->level]));
	if (s->apart.count)
		note(s, &s->apart,
		     arena_format(arena,
				  "%s keeps CPU %u apart from CPU %u, which states the same: "
				  "taken for one %s",
				  list, s->apart.first->id, s->apart.other->id, noun));
	if (s->alone.count)
		note(s, &s->alone,
		     arena_format(arena,
				  "%s of that CPU or of others is wrong, since other CPUs are in "
				  "dies and it is in none: taken for a die of its own",
				  list));
}

/* The number in the file; -1 if it is missing or not one that a set can have. Packages of one die
 * each have no dies in hwloc. */
static int stated(const struct root *root, const struct seen_cpu *cpu, enum level level)
{
	char path[120], text[64], *end;
	long value;

	if (level == LEVEL_DIE && cpu->set[level] < 0)
		return -1;
	snprintf(path, sizeof(path), TOPOLOGY, cpu->id, levels[level].file);
	if (root_read(root, path, text, sizeof(text)) <= 0)
		return -1;
	value = strtol(text, &end, 10);
	return end == text || *end || value < 0 || value > levels[level].most ? -1 : (int)value;
}

static int by_keys(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	for (size_t i = 0; i < LEVELS; i++)
		if (x->keys[i] != y->keys[i])
			return x->keys[i] < y->keys[i] ? -1 : 1;
	return x->cpu->id < y->cpu->id ? -1 : x->cpu->id > y->cpu->id;
}

/* The number that most CPUs of a set state; -1 if none states any. */
static int most_stated(const struct settling *s, size_t from, size_t to)
{
	int best = -1;
	size_t votes = 0;

	for (size_t i = from, start = from; i < to; i++) {
		if (s->sorted[i].cpu->number[s->level] != s->sorted[start].cpu->number[s->level])
			start = i;
		if (s->sorted[start].cpu->number[s->level] < 0 || i - start + 1 <= votes)
			continue;
		votes = i - start + 1;
		best = s->sorted[start].cpu->number[s->level];
	}
	return best;
}

static void settle_set(struct settling *s, size_t from, size_t to)
{
	int best = most_stated(s, from, to);

	for (size_t i = from; best >= 0 && i < to; i++) {
		struct seen_cpu *cpu = s->sorted[i].cpu;
		int number = cpu->number[s->level];

		cpu->number[s->level] = best;
		if (number < 0)
			count_odd(&s->silent, cpu, NULL);
		else if (number != best)
			count_odd(&s->unlike, cpu, NULL);
	}
}

static void settle_sets(struct settling *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct seen_cpu *cpu = s->sorted[i].cpu;
		const int keys[LEVELS] = { cpu->set[s->level], cpu->number[s->level] };

		memcpy(s->sorted[i].keys, keys, sizeof(keys));
	}
	qsort(s->sorted, s->count, sizeof(*s->sorted), by_keys);
	for (size_t i = 0, end; i < s->count; i = end) {
		for (end = i + 1; end < s->count; end++)
			if (s->sorted[end].cpu->set[s->level] != s->sorted[i].cpu->set[s->level])
				break;
		if (s->sorted[i].cpu->set[s->level] >= 0)
			settle_set(s, i, end);
	}
}

/* Numbers the cores that have none. @taken has a place for one number more than there are CPUs. */
static void number_cores(struct settling *s, bool *taken)
{
	int free = -1, last = -1;

	for (size_t i = 0; i < s->count; i++) {
		int number = s->sorted[i].cpu->number[LEVEL_CORE];

		if (number >= 0 && (size_t)number <= s->count)
			taken[number] = true;
	}
	for (size_t i = 0; i < s->count; i++) { /* still in the order of their sets */
		struct seen_cpu *cpu = s->sorted[i].cpu;

		if (cpu->number[LEVEL_CORE] >= 0)
			continue;
		if (free < 0 || cpu->set[LEVEL_CORE] < 0 || cpu->set[LEVEL_CORE] != last)
			for (free++; taken[free];)
				free++;
		last = cpu->set[LEVEL_CORE];
		cpu->number[LEVEL_CORE] = free;
		count_odd(&s->invented, cpu, NULL);
	}
}

static bool same_numbers(const struct seen_cpu *x, const struct seen_cpu *y, enum level most)
{
	for (enum level level = LEVEL_PACKAGE; level <= most; level++)
		if (x->number[level] != y->number[level])
			return false;
	/* cores of unknown packages may be of different ones */
	return x->number[most] >= 0 && x->number[LEVEL_PACKAGE] >= 0;
}

/* Dies of a machine are in sets, or none are. */
static void find_alone(struct settling *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->sorted[i].cpu->set[s->level] < 0)
			count_odd(&s->alone, s->sorted[i].cpu, NULL);
}

/* CPUs with the same numbers are in the same set. */
static void find_apart(struct settling *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (enum level level = LEVEL_PACKAGE; level < LEVELS; level++)
			s->sorted[i].keys[level] = level <= s->level ?
							   s->sorted[i].cpu->number[level] :
							   0;
	qsort(s->sorted, s->count, sizeof(*s->sorted), by_keys);
	for (size_t i = 1; i < s->count; i++) {
		const struct seen_cpu *last = s->sorted[i - 1].cpu, *cpu = s->sorted[i].cpu;

		if (same_numbers(last, cpu, s->level) &&
		    (cpu->set[s->level] != last->set[s->level] || cpu->set[s->level] < 0))
			count_odd(&s->apart, cpu, last);
	}
}

/* Without sets, nothing contradicts the numbers. */
static bool has_sets(const struct settling *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->sorted[i].cpu->set[s->level] >= 0)
			return true;
	return false;
}

int sibling_settle(struct hgx_topo *topo, const struct root *root, struct seen_cpu *cpus,
		   size_t count)
{
	struct entry *sorted = calloc(count + 1, sizeof(*sorted));
	bool *taken = calloc(count + 1, sizeof(*taken));

	for (size_t i = 0; sorted && taken && i < count; i++) {
		sorted[i].cpu = &cpus[i];
		for (enum level level = LEVEL_PACKAGE; !root->live && level < LEVELS; level++)
			cpus[i].number[level] = stated(root, &cpus[i], level);
	}
	for (enum level level = LEVEL_PACKAGE; sorted && taken && level < LEVELS; level++) {
		struct settling s = {
			.topo = topo, .root = root, .level = level, .sorted = sorted, .count = count
		};

		settle_sets(&s);
		if (level == LEVEL_CORE)
			number_cores(&s, taken);
		if (has_sets(&s))
			find_apart(&s);
		if (level == LEVEL_DIE && !root->live && has_sets(&s))
			find_alone(&s);
		tell(&s);
	}
	free(taken);
	free(sorted);
	return sorted && taken ? HGX_OK : HGX_NO_MEMORY;
}
