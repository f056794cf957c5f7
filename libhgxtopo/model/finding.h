/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HGX_MODEL_FINDING_H
#define HGX_MODEL_FINDING_H

#include <stdarg.h>
#include <stdbool.h>
#include "hgxtopo.h"
#include "util/arena.h"
#include "util/rule.h"

struct findings {
	struct hgx_finding *items;
	size_t count, capacity;
};

void finding_add(struct findings *findings, struct arena *arena, enum rule_id rule,
		 enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		 const char *format, ...) PRINTF(7, 8);
void finding_vadd(struct findings *findings, struct arena *arena, enum rule_id rule,
		  enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		  const char *format, va_list args);
/* One that was noticed elsewhere, by a rule that this library need not have; its texts are copied.
 */
void finding_copy(struct findings *findings, struct arena *arena, const struct hgx_finding *from,
		  const struct hgx_node *node);
bool finding_has(const struct findings *findings, enum rule_id rule, const struct hgx_node *node);
void finding_free(struct findings *findings);

#endif
