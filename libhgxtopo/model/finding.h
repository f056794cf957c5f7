#ifndef HGX_MODEL_FINDING_H
#define HGX_MODEL_FINDING_H

#include <stdarg.h>
#include <stdbool.h>
#include "hgxtopo.h"
#include "util/arena.h"

struct findings {
	struct hgx_finding *items;
	size_t count, capacity;
};

void finding_add(struct findings *findings, struct arena *arena, const char *rule,
		 enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		 const char *format, ...) PRINTF(7, 8);
void finding_vadd(struct findings *findings, struct arena *arena, const char *rule,
		  enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		  const char *format, va_list args);
bool finding_has(const struct findings *findings, const char *rule, const struct hgx_node *node);
void finding_free(struct findings *findings);

#endif
