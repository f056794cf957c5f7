#ifndef HGX_UTIL_ARENA_H
#define HGX_UTIL_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "util/macros.h"

/* Memory that is freed all at once. A failed allocation is remembered in
 * `failed`, so that strings need no check of their own before the end. */
struct arena {
	struct chunk *chunks;
	bool failed;
};
void *arena_alloc(struct arena *arena, size_t size); /* zeroed; NULL: no memory */
const char *arena_copy(struct arena *arena, const char *text, size_t length);
const char *arena_string(struct arena *arena, const char *text);
const char *arena_format(struct arena *arena, const char *format, ...) PRINTF(2, 3);
const char *arena_vformat(struct arena *arena, const char *format, va_list args);
void arena_free(struct arena *arena);

#endif
