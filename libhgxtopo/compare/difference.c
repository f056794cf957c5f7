/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collecting differences, and telling them as findings. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compare/difference.h"
#include "model/kind.h"
#include "model/topo.h"
#include "util/text.h"

static struct difference *add(struct differences *differences)
{
	struct difference *items = differences->items;

	if (differences->count == differences->capacity) {
		size_t capacity = differences->capacity ? 2 * differences->capacity : 16;

		items = realloc(items, capacity * sizeof(*items));
		if (!items) {
			differences->arena.failed = true;
			return NULL;
		}
		differences->items = items;
		differences->capacity = capacity;
	}
	return &items[differences->count++];
}

void differ(struct differences *differences, enum rule_id rule, enum hgx_severity severity,
	    const struct hgx_node *node, const struct hgx_node *expected, const char *format, ...)
{
	struct difference *difference = add(differences);
	va_list args;

	if (!difference)
		return;
	va_start(args, format);
	*difference = (struct difference){ .rule = rule,
					   .severity = severity,
					   .node = node,
					   .expected = expected,
					   .what = arena_vformat(&differences->arena, format, args),
					   .order = differences->count };
	va_end(args);
}

/* Whether it is that a device as a whole is missing or new: then its model is told. */
static bool is_whole(const struct difference *difference)
{
	return difference->rule == RULE_DIFF_GONE || difference->rule == RULE_DIFF_NEW;
}

/* Devices of one finding are of one kind; ports may be of several. GPUs come first. */
static int rank(const struct difference *difference)
{
	enum hgx_kind kind = difference->node ? difference->node->kind : HGX_MACHINE;

	if (!kind_of(kind)->pci)
		return (int)kind - HGX_OTHER;
	if (kind_computes(kind))
		return kind == HGX_GPU ? 0 : 1;
	return kind_of(kind)->bridge ? 100 : 2 + (int)kind;
}

static unsigned model(const struct difference *difference)
{
	const struct hgx_pci *pci = difference->node ? difference->node->pci : NULL;

	return pci && is_whole(difference) ? (unsigned)pci->vendor << 16 | pci->device : 0;
}

/* Whether one finding can tell both. */
static bool say_the_same(const struct difference *a, const struct difference *b)
{
	return a->rule == b->rule && a->severity == b->severity && !a->node == !b->node &&
	       rank(a) == rank(b) && model(a) == model(b) && !strcmp(a->what, b->what);
}

static int by_what(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	int order = y->severity - x->severity;

	if (!order)
		order = (int)x->rule - (int)y->rule;
	if (!order)
		order = rank(x) - rank(y);
	if (!order)
		order = strcmp(x->what, y->what);
	if (!order)
		order = (model(x) > model(y)) - (model(x) < model(y));
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* "4 NICs"; ports of several kinds, "5 ports". */
static void write_count(FILE *stream, const struct difference *first, size_t count)
{
	const char *plural = kind_of(first->node->kind)->plural;

	for (size_t i = 1; i < count; i++)
		if (first[i].node->kind != first->node->kind)
			plural = "ports";
	fprintf(stream, "%zu %s", count, plural);
}

static void write_names(FILE *stream, const struct difference *first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? ", " : " (", first[i].node->name);
	fputc(')', stream);
}

/* The model of those that are missing or new. */
static void write_model(FILE *stream, const struct difference *first)
{
	const struct hgx_pci *pci = first->node->pci;

	if (!is_whole(first))
		return;
	if (pci->device_name)
		fprintf(stream, ", %s", pci->device_name);
	else
		fprintf(stream, ", %04x:%04x", pci->vendor, pci->device);
}

/* What is said of one, said of several. */
static void write_plural(FILE *stream, const char *what)
{
	static const char *const words[][2] = { { "has ", "have " }, { "its ", "their " } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t length = strlen(words[i][0]);

		if (!strncmp(what, words[i][0], length)) {
			fprintf(stream, ": %s%s", words[i][1], what + length);
			return;
		}
	}
	fprintf(stream, ": %s", what);
}

static void write_sentence(FILE *stream, const struct difference *first, size_t count)
{
	const struct hgx_node *node = first->node, *expected = first->expected;

	if (!node) {
		fputs(first->what, stream);
	} else if (count == 1) {
		fputs(node_title(node).text, stream);
		if (expected && strcmp(node->name, expected->name))
			fprintf(stream, ", expected as %s", expected->name);
		fprintf(stream, ": %s", first->what);
	} else {
		write_count(stream, first, count);
		write_names(stream, first, count);
		write_model(stream, first);
		write_plural(stream, first->what);
	}
}

static void tell(const struct difference *first, size_t count, struct findings *findings,
		 struct arena *arena)
{
	struct text text;
	char *sentence = NULL;

	if (text_open(&text, NULL)) {
		arena->failed = true;
		return;
	}
	write_sentence(text.stream, first, count);
	if (text_close(&text, &sentence, NULL))
		arena->failed = true;
	else
		finding_add(findings, arena, first->rule, first->severity, first->node, NULL, "%s",
			    sentence);
	hgx_text_free(sentence);
}

void differences_tell(struct differences *differences, struct findings *findings,
		      struct arena *arena)
{
	const struct difference *all = differences->items;
	size_t next;

	if (differences->count)
		qsort(differences->items, differences->count, sizeof(*all), by_what);
	for (size_t i = 0; i < differences->count; i = next) {
		next = i + 1;
		while (all[i].node && next < differences->count &&
		       say_the_same(&all[i], &all[next]))
			next++;
		tell(&all[i], next - i, findings, arena);
	}
	arena->failed |= differences->arena.failed;
}

void differences_free(struct differences *differences)
{
	free(differences->items);
	arena_free(&differences->arena);
}
