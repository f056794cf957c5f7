/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Sizes in bytes. hgx_size_parse() reads them. */
#ifndef HGX_UTIL_SIZE_H
#define HGX_UTIL_SIZE_H

#include <stdint.h>

/** A text by value, for use in an argument of printf(). */
struct size_text {
	char text[24];
};

/** In the largest unit that leaves a whole number ("1007 GiB"), or with two decimals where that
 *  number would be long ("1.97 TiB"). */
struct size_text size_text(uint64_t bytes);
/** @bytes rounded up to @alignment, a power of two; near the end of 64 bits, the largest multiple
 *  there is. */
uint64_t size_align(uint64_t bytes, uint64_t alignment);

#endif
