/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include "check/nccl_mask.h"
#include "util/cpulist.h"
#include "util/text.h"

#define WORD_DIGITS 8
#define WORD_BITS 32

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

bool nccl_mask_read(struct nccl_mask *out, const char *text)
{
	size_t words = 1, length = 0;
	bool mask = *text;

	*out = (struct nccl_mask){ { 0 } };
	for (; *text == ',' || digit(*text) >= 0; text++) {
		if (*text != ',') {
			out->words[0] = out->words[0] << 4 | (uint32_t)digit(*text);
			mask &= ++length <= WORD_DIGITS;
			continue;
		}
		/* words after the first have all their digits, or they are CPU numbers */
		mask &= length && (words == 1 || length >= 4);
		if (words++ == NCCL_MASK_WORDS)
			return false;
		memmove(out->words + 1, out->words, (NCCL_MASK_WORDS - 1) * sizeof(*out->words));
		out->words[0] = 0;
		length = 0;
	}
	return mask && !*text && (words == 1 || length >= 4);
}

bool nccl_mask_list(struct nccl_mask *out, const char *text)
{
	struct arena arena = { 0 };
	struct cpuset set = { 0 };
	bool fine = cpulist_read(&arena, text, &set);

	*out = (struct nccl_mask){ { 0 } };
	for (size_t i = 0; fine && i < set.count; i++) {
		fine = set.ids[i] < NCCL_MASK_WORDS * WORD_BITS;
		if (fine)
			out->words[set.ids[i] / WORD_BITS] |= 1u << set.ids[i] % WORD_BITS;
	}
	arena_free(&arena);
	return fine;
}

const char *nccl_mask_text(struct arena *arena, const struct nccl_mask *mask)
{
	const char *text = "";
	size_t words = NCCL_MASK_WORDS;

	while (words > 1 && !mask->words[words - 1])
		words--;
	while (text && words--)
		text = arena_format(arena, "%s%08x%s", text, mask->words[words], words ? "," : "");
	return text;
}

const char *nccl_mask_cpus(struct arena *arena, const struct nccl_mask *mask)
{
	uint32_t ids[NCCL_MASK_WORDS * WORD_BITS];
	struct text text;
	const char *kept = "";
	char *list;
	size_t count = 0;

	for (uint32_t i = 0; i < NCCL_MASK_WORDS * WORD_BITS; i++)
		if (mask->words[i / WORD_BITS] >> i % WORD_BITS & 1)
			ids[count++] = i;
	if (!count)
		return "no CPUs";
	if (text_open(&text, NULL)) {
		arena->failed = true;
		return "";
	}
	cpulist_write_short(text.stream, ids, count);
	if (text_close(&text, &list, NULL))
		arena->failed = true;
	else
		kept = arena_format(arena, "CPUs %s", list);
	hgx_text_free(list);
	return kept ? kept : "";
}
