/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The affinity of a <cpu>: a CPU mask as NCCL reads it. */
#ifndef HGX_CHECK_NCCL_MASK_H
#define HGX_CHECK_NCCL_MASK_H

#include <stdbool.h>
#include <stdint.h>
#include "util/arena.h"

/** Of CPUs 0 to 1023, as many as NCCL has (CPU_SETSIZE). */
#define NCCL_MASK_WORDS 32

struct nccl_mask {
	uint32_t words[NCCL_MASK_WORDS]; /**< CPU n is bit n % 32 of word n / 32 */
};

/** Reads 32-bit hex words, the highest CPUs first, as NCCL does: up to the first byte that is
 *  neither a digit nor a comma. Returns whether the text is a mask, and nothing else. */
bool nccl_mask_read(struct nccl_mask *out, const char *text);
/** Reads a list of CPUs such as "0-3,8". */
bool nccl_mask_list(struct nccl_mask *out, const char *text);
/** As an attribute has it; the text lives in @arena. */
const char *nccl_mask_text(struct arena *arena, const struct nccl_mask *mask);
/** As a list, for people: "CPUs 0-47", or "no CPUs". */
const char *nccl_mask_cpus(struct arena *arena, const struct nccl_mask *mask);

#endif
