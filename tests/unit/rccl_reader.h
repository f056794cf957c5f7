/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads topology files as RCCL does. It has NCCL's parser, but wants another version, knows
 * AMD's GPUs by a further class, and asks AMD's processors for family and model as CPUID has them
 * (base family + (extended family << 4)). */
#ifndef TEST_RCCL_READER_H
#define TEST_RCCL_READER_H

#include "nccl_reader.h"

/* Linux says 23, 25 and 26 where RCCL compares with 143, 175 and 191. */
static inline const char *check_family(const struct entry *cpu)
{
	const char *vendor = entry_value(cpu, "vendor"), *family = entry_value(cpu, "familyid");

	if (strcmp(cpu->name, "cpu") || !vendor || strcmp(vendor, "AuthenticAMD"))
		return NULL;
	if (!family)
		return "a processor of AMD without a family";
	return atoi(family) > 15 && atoi(family) % 16 != 15 ? "a family that CPUID cannot have" : NULL;
}

/* NULL: a valid file; otherwise what is wrong with it. */
static inline const char *rccl_read(const char *text, struct nccl_file *file)
{
	const char *bad = read_system(text, file, true);

	for (unsigned i = 1; i < file->count && !bad; i++)
		bad = check_family(&file->entries[i]);
	return bad;
}

#endif
