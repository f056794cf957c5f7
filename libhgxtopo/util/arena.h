/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * An arena: memory that is freed all at once.
 *
 * Nodes and strings of a topology or plan live in its arena and need no owner of their own. A
 * failed allocation is remembered in `failed`: strings need no check of their own, the builder
 * looks at `failed` once at the end and returns HGX_NO_MEMORY. */
#ifndef HGX_UTIL_ARENA_H
#define HGX_UTIL_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "util/macros.h"

/** Starts zeroed. */
struct arena {
	struct chunk *chunks;
	bool failed; /**< an allocation has failed since the arena was made */
};

/** Zeroed memory, aligned for any type. NULL if there is none. */
void *arena_alloc(struct arena *arena, size_t size);
/** A terminated copy of @length bytes; "" if there is no memory, never NULL. */
const char *arena_copy(struct arena *arena, const char *text, size_t length);
/** A copy of a terminated text; NULL for NULL. */
const char *arena_string(struct arena *arena, const char *text);
/** As printf() would write it; "" if there is no memory. */
const char *arena_format(struct arena *arena, const char *format, ...) PRINTF(2, 3);
const char *arena_vformat(struct arena *arena, const char *format, va_list args);
/** Frees everything in the arena. It can be used again. */
void arena_free(struct arena *arena);

#endif
