#ifndef HGX_UTIL_SIZE_H
#define HGX_UTIL_SIZE_H

#include <stdint.h>

struct size_text {
	char text[24];
};
struct size_text size_text(uint64_t bytes);
uint64_t size_align(uint64_t bytes, uint64_t alignment);

#endif
