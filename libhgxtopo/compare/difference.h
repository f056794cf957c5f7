/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The differences between two topologies, collected. Those that say the same of several nodes
 * become one finding that names them all. */
#ifndef HGX_COMPARE_DIFFERENCE_H
#define HGX_COMPARE_DIFFERENCE_H

#include <stdbool.h>
#include "compare/pair.h"
#include "model/finding.h"
#include "util/macros.h"

struct difference {
	enum rule_id rule;
	enum hgx_severity severity;
	const struct hgx_node *node;	 /**< NULL: the machine */
	const struct hgx_node *expected; /**< its counterpart; NULL: none */
	const char *what; /**< is different about it: "driver vfio-pci, expected nvme" */
	size_t order;	  /**< in which it was found */
};

/** Starts zeroed. */
struct differences {
	struct difference *items;
	size_t count, capacity;
	struct arena arena; /**< of the texts; it remembers that memory ran out */
};

/** Adds one. @node, of the examined topology, and @expected may be NULL. */
void differ(struct differences *differences, enum rule_id rule, enum hgx_severity severity,
	    const struct hgx_node *node, const struct hgx_node *expected, const char *format, ...)
	PRINTF(6, 7);
/** Writes the findings, the worst first; their texts live in @arena. Sorts the differences. If
 *  there is no memory, it sets arena->failed. */
void differences_tell(struct differences *differences, struct findings *findings,
		      struct arena *arena);
void differences_free(struct differences *differences);

#endif
