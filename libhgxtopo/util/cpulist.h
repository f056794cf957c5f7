#ifndef HGX_UTIL_CPULIST_H
#define HGX_UTIL_CPULIST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "util/arena.h"

/* The kernel's "0-3,8,10-11". */
struct cpuset {
	uint32_t *ids; /* ascending, in an arena */
	size_t count;
};
bool cpulist_read(struct arena *arena, const char *text, struct cpuset *out);
void cpulist_write(FILE *stream, const uint32_t *ids, size_t count);
void cpulist_write_short(FILE *stream, const uint32_t *ids, size_t count);

#endif
