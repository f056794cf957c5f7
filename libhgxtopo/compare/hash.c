/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include "compare/hash.h"

#define HASH_PRIME 0x100000001b3u

uint64_t hash_bytes(uint64_t hash, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * HASH_PRIME;
	return hash;
}

uint64_t hash_number(uint64_t hash, uint64_t number)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(number >> (8 * i));
	return hash_bytes(hash, bytes, sizeof(bytes));
}

uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text ? text : "", text ? strlen(text) + 1 : 0);
}

/* The finalizer of MurmurHash3. */
uint64_t hash_mix(uint64_t hash)
{
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
	return hash ^ hash >> 33;
}
