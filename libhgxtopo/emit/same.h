/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Whether what stands in a base domain already says what the plan would write. libvirt writes a
 * domain back in its own way: it adds what it decided, and drops comments. */
#ifndef HGX_EMIT_SAME_H
#define HGX_EMIT_SAME_H

#include "emit/rewrite.h"

/** Whether an element says the same as the only element of @lines. */
bool says_same(struct rewriting *rw, const struct xml_element *element, const char *lines);
/** Whether the children of @parent that @ours picks are those of @lines, in their order. */
bool all_say_same(struct rewriting *rw, const struct xml_element *parent, picks *ours,
		  const char *lines);

#endif
