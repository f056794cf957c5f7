/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the files that show which drives the host uses, and remembers one that cannot be read. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "source/use_read.h"
#include "util/arena.h"
#include "util/utf8.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/use_mark.h"

void use_doubt(struct use *use, const char *path, const char *why)
{
	char text[4500];

	if (use->doubt)
		return;
	snprintf(text, sizeof(text), "%s: %s", path, why);
	text_clean(text);
	use->doubt = arena_string(&use->topo->arena, text);
}

void use_read_failed(struct use *use, const char *path, int error)
{
	if (!root_absent(error))
		use_doubt(use, path, strerror(error));
}

bool use_read_lines(struct use *use, const char *path, void (*each)(struct use *, char *))
{
	bool read = use_each_line(use, path, each);

	if (!read)
		use_read_failed(use, path, errno);
	return read;
}

int use_read_entries(struct use *use, const char *path, root_each *each)
{
	int code = root_list(use->root, path, each, use);

	if (code == HGX_UNREADABLE)
		use_read_failed(use, path, errno);
	return code;
}

bool use_read_text(struct use *use, const char *path, char *text, size_t size)
{
	bool read = root_read(use->root, path, text, size) >= 0;

	if (!read)
		use_read_failed(use, path, errno);
	return read;
}
