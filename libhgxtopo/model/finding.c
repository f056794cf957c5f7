/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of findings of a topology or plan. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "model/finding.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"

/* Makes room for one more. NULL: out of memory. */
static struct hgx_finding *add(struct findings *findings, struct arena *arena)
{
	struct hgx_finding *items = findings->items;

	if (findings->count == findings->capacity) {
		size_t capacity = findings->capacity ? 2 * findings->capacity : 16;

		items = realloc(items, capacity * sizeof(*items));
		if (!items) {
			arena->failed = true;
			return NULL;
		}
		findings->items = items;
		findings->capacity = capacity;
	}
	return &items[findings->count++];
}

void finding_vadd(struct findings *findings, struct arena *arena, enum rule_id rule,
		  enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		  const char *format, va_list args)
{
	struct hgx_finding *finding = add(findings, arena);

	if (finding)
		*finding = (struct hgx_finding){
			.rule = rule_row(rule)->id,
			.severity = severity,
			.node = node,
			.text = arena_vformat(arena, format, args),
			.remedy = arena_string(arena, remedy),
		};
}

void finding_add(struct findings *findings, struct arena *arena, enum rule_id rule,
		 enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_vadd(findings, arena, rule, severity, node, remedy, format, args);
	va_end(args);
}

void finding_copy(struct findings *findings, struct arena *arena, const struct hgx_finding *from,
		  const struct hgx_node *node)
{
	struct hgx_finding *finding = add(findings, arena);

	if (finding)
		*finding = (struct hgx_finding){
			.rule = arena_string(arena, from->rule),
			.severity = from->severity,
			.node = node,
			.text = arena_string(arena, from->text),
			.remedy = arena_string(arena, from->remedy),
		};
}

const char *hgx_severity_name(int severity)
{
	static const char *const names[] = { "note", "warning", "problem" };

	return severity >= 0 && (size_t)severity < ARRAY_SIZE(names) ? names[severity] : NULL;
}

bool finding_has(const struct findings *findings, enum rule_id rule, const struct hgx_node *node)
{
	const char *id = rule_row(rule)->id;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].node == node && !strcmp(findings->items[i].rule, id))
			return true;
	return false;
}

/* Findings about the machine come first. */
static int compare_nodes(const struct hgx_node *a, const struct hgx_node *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a->name, b->name);
}

/* Texts by their letters, but the lines and columns in them ("file:14:5") by number. */
static int compare_texts(const char *a, const char *b)
{
	size_t same = 0, start, x, y;

	while (a[same] && a[same] == b[same])
		same++;
	for (start = same; start && strchr("0123456789", a[start - 1]);)
		start--;
	x = strspn(a + start, "0123456789");
	y = strspn(b + start, "0123456789");
	if (start && a[start - 1] == ':' && x && y && a[start + x] == ':' && b[start + y] == ':' &&
	    x != y)
		return x < y ? -1 : 1;
	return strcmp(a, b);
}

int finding_compare(const void *a, const void *b)
{
	const struct hgx_finding *x = *(const struct hgx_finding *const *)a;
	const struct hgx_finding *y = *(const struct hgx_finding *const *)b;
	int rules = rule_index(x->rule, strlen(x->rule)) - rule_index(y->rule, strlen(y->rule));
	int nodes = compare_nodes(x->node, y->node);

	if (x->severity != y->severity)
		return y->severity - x->severity;
	return rules ? rules : nodes ? nodes : compare_texts(x->text, y->text);
}

int finding_list(struct hgx_findings **out, const struct findings *from, struct hgx_error *err)
{
	struct hgx_findings *list = calloc(1, sizeof(*list));

	*out = NULL;
	for (size_t i = 0; list && i < from->count; i++)
		finding_copy(&list->list, &list->arena, &from->items[i], from->items[i].node);
	if (list && !list->arena.failed) {
		*out = list;
		return HGX_OK;
	}
	hgx_findings_free(list);
	return fail_memory(err);
}

void finding_free(struct findings *findings)
{
	free(findings->items);
}

size_t hgx_findings_count(const struct hgx_findings *findings)
{
	return findings ? findings->list.count : 0;
}

const struct hgx_finding *hgx_findings_at(const struct hgx_findings *findings, size_t index)
{
	return index < hgx_findings_count(findings) ? &findings->list.items[index] : NULL;
}

void hgx_findings_free(struct hgx_findings *findings)
{
	if (!findings)
		return;
	finding_free(&findings->list);
	arena_free(&findings->arena);
	free(findings);
}
