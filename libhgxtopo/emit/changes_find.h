/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What a plan changes in its base domain: devices by their addresses in the guest, everything else
 * by elements. */
#ifndef HGX_EMIT_CHANGES_FIND_H
#define HGX_EMIT_CHANGES_FIND_H

#include "guest/plan.h"
#include "emit/changes_inside.h"

/** A change of a device, or of the elements of one name that change alike. */
struct change {
	const char *kind;	       /**< "moved", "changed", "removed" or "added" */
	const struct hgx_node *device; /**< of the host; NULL: it is about elements */
	const char *before, *after;    /**< addresses of a device; NULL: it is not there */
	const char *element;	       /**< its name; NULL: it is about a device */
	const struct inside *inside;   /**< of elements that changed alike; NULL: nothing to tell */
	const char *text;	       /**< that in words */
	size_t count;		       /**< of elements */
	unsigned line;		       /**< of the first in the old text; 0: all are new */
	struct change *next;
};

/** All of them, in the order of the domain; devices come first. */
struct changes {
	const struct hgx_plan *plan;
	struct arena arena;
	struct change *first, **last;
	const char *old, *new; /**< texts */
};

/** Finds the changes; @changes->first is NULL if there are none. Free its arena, also after an
 *  error. HGX_INVALID: the plan has no base domain. */
int changes_find(struct changes *changes, const struct hgx_plan *plan, struct hgx_error *err);

#endif
