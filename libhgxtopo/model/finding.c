/* What a loader or a plan noticed. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "model/finding.h"
#include "util/arena.h"
#include "util/macros.h"
#include "model/topo.h"

void finding_vadd(struct findings *findings, struct arena *arena, const char *rule,
		  enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		  const char *format, va_list args)
{
	struct hgx_finding *items = findings->items;

	if (findings->count == findings->capacity) {
		size_t capacity = findings->capacity ? 2 * findings->capacity : 16;

		items = realloc(items, capacity * sizeof(*items));
		if (!items) {
			arena->failed = true;
			return;
		}
		findings->items = items;
		findings->capacity = capacity;
	}
	items[findings->count++] = (struct hgx_finding){
		.rule = arena_string(arena, rule),
		.severity = severity,
		.node = node,
		.text = arena_vformat(arena, format, args),
		.remedy = arena_string(arena, remedy),
	};
}

void finding_add(struct findings *findings, struct arena *arena, const char *rule,
		 enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_vadd(findings, arena, rule, severity, node, remedy, format, args);
	va_end(args);
}

const char *hgx_severity_name(int severity)
{
	static const char *const names[] = { "note", "warning", "problem" };

	return severity >= 0 && (size_t)severity < ARRAY_SIZE(names) ? names[severity] : NULL;
}

bool finding_has(const struct findings *findings, const char *rule, const struct hgx_node *node)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].node == node && !strcmp(findings->items[i].rule, rule))
			return true;
	return false;
}

void finding_free(struct findings *findings)
{
	free(findings->items);
}
