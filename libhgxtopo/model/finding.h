/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A finding is something that was noticed while a topology was read or a plan was made, and that
 * does not stop the work: a rule, a severity, a node, a sentence and a remedy. */
#ifndef HGX_MODEL_FINDING_H
#define HGX_MODEL_FINDING_H

#include <stdarg.h>
#include <stdbool.h>
#include "hgxtopo.h"
#include "util/arena.h"
#include "util/rule.h"

/** Starts zeroed. */
struct findings {
	struct hgx_finding *items;
	size_t count, capacity;
};

/** The findings of a check, with their texts. */
struct hgx_findings {
	struct arena arena;
	struct findings list;
	const char *of;		     /**< the name of the VM that they are about; NULL: no plan's */
	const struct hgx_plan *plan; /**< its plan, borrowed */
};

/** Adds a finding, whose texts live in @arena. @node and @remedy may be NULL. If there is no
 *  memory, it sets arena->failed. */
void finding_add(struct findings *findings, struct arena *arena, enum rule_id rule,
		 enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		 const char *format, ...) PRINTF(7, 8);
void finding_vadd(struct findings *findings, struct arena *arena, enum rule_id rule,
		  enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		  const char *format, va_list args);
/** Copies a finding from elsewhere, and its texts. Another version of the library may have made
 *  it, so this one may not know its rule. */
void finding_copy(struct findings *findings, struct arena *arena, const struct hgx_finding *from,
		  const struct hgx_node *node);
/** Whether there is a finding of that rule about @node. */
bool finding_has(const struct findings *findings, enum rule_id rule, const struct hgx_node *node);
/** The order in which findings are told, as for qsort() of pointers to them: the worst first, those
 * of one rule together, in the order of the table of rules. */
int finding_compare(const void *a, const void *b);
/** A copy of all of them, for hgx_findings_free(). Nodes stay those of @from. */
int finding_list(struct hgx_findings **out, const struct findings *from, struct hgx_error *err);
/** Frees the list; the texts live in the arena. */
void finding_free(struct findings *findings);

#endif
