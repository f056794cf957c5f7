/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading what tells which drives the host uses. A file that is not there tells that there is
 * nothing of its sort. One that is there and cannot be read leaves open whether any drive is in
 * use: it is remembered in use->untold, as "path: why". */
#ifndef HGX_SOURCE_TOLD_H
#define HGX_SOURCE_TOLD_H

#include "source/use_mark.h"

/* As use_each_line(), root_list() and root_read(); false: not read. */
bool told_lines(struct use *use, const char *path, void (*each)(struct use *, char *));
int told_entries(struct use *use, const char *path, root_each *each);
bool told_text(struct use *use, const char *path, char *text, size_t size);

/* Remembers a file that could not be read, with @error, unless it is not there. */
void told_failed(struct use *use, const char *path, int error);
/* Remembers the file, whatever the reason. The first one stays. */
void told_nothing(struct use *use, const char *path, const char *why);

#endif
