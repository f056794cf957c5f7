/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An arena as a list of chunks. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/arena.h"

#define CHUNK_SIZE 32768

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

static struct chunk *chunk_new(struct arena *arena, size_t size)
{
	size_t room = size > CHUNK_SIZE / 4 ? size : CHUNK_SIZE;
	struct chunk *chunk = malloc(sizeof(*chunk) + room);

	if (!chunk) {
		arena->failed = true;
		return NULL;
	}
	chunk->used = 0;
	chunk->size = room;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	void *memory;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!chunk || chunk->size - chunk->used < size)
		chunk = chunk_new(arena, size);
	if (!chunk)
		return NULL;
	memory = chunk->data + chunk->used;
	chunk->used += size;
	return memset(memory, 0, size);
}

const char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (!copy)
		return "";
	memcpy(copy, text, length);
	return copy;
}

const char *arena_string(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

const char *arena_vformat(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
	if (!text) {
		arena->failed = true;
		return "";
	}
	vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

const char *arena_format(struct arena *arena, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vformat(arena, format, args);
	va_end(args);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
}
