/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Numbers from what is known of a machine: the same on every machine and in every run. */
#ifndef HGX_COMPARE_HASH_H
#define HGX_COMPARE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** FNV-1a, of 64 bits. */
#define HASH_START 0xcbf29ce484222325u

uint64_t hash_bytes(uint64_t hash, const void *data, size_t length);
/** Whatever the order of its bytes in memory. */
uint64_t hash_number(uint64_t hash, uint64_t number);
/** NULL is unlike "". */
uint64_t hash_text(uint64_t hash, const char *text);
/** Spreads the bits, so that sums of hashes, in which no order counts, seldom meet. */
uint64_t hash_mix(uint64_t hash);

#endif
