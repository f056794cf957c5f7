/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "source/told.h"
#include "util/arena.h"
#include "util/utf8.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/use_mark.h"

void told_nothing(struct use *use, const char *path, const char *why)
{
	char text[4500];

	if (use->untold)
		return;
	snprintf(text, sizeof(text), "%s: %s", path, why);
	text_clean(text);
	use->untold = arena_string(&use->topo->arena, text);
}

void told_failed(struct use *use, const char *path, int error)
{
	if (!root_absent(error))
		told_nothing(use, path, strerror(error));
}

bool told_lines(struct use *use, const char *path, void (*each)(struct use *, char *))
{
	bool read = use_each_line(use, path, each);

	if (!read)
		told_failed(use, path, errno);
	return read;
}

int told_entries(struct use *use, const char *path, root_each *each)
{
	int code = root_list(use->root, path, each, use);

	if (code == HGX_UNREADABLE)
		told_failed(use, path, errno);
	return code;
}

bool told_text(struct use *use, const char *path, char *text, size_t size)
{
	bool read = root_read(use->root, path, text, size) >= 0;

	if (!read)
		told_failed(use, path, errno);
	return read;
}
