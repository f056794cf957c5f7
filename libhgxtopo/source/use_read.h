/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Reads the files that show which drives the host uses.
 *
 * A file that does not exist means that the host has nothing of its sort. A file that exists but
 * cannot be read raises a doubt: any drive may be in use. */
#ifndef HGX_SOURCE_USE_READ_H
#define HGX_SOURCE_USE_READ_H

#include "source/use_mark.h"

/** As use_each_line(), but remembers a file that cannot be read. */
bool use_read_lines(struct use *use, const char *path, void (*each)(struct use *, char *));
/** As root_list(), but remembers a directory that cannot be read. */
int use_read_entries(struct use *use, const char *path, root_each *each);
/** As root_read(), but remembers a file that cannot be read. False if it was not read. */
bool use_read_text(struct use *use, const char *path, char *text, size_t size);

/** Remembers a file that could not be read because of @error, an errno, unless that says that the
 *  file does not exist. */
void use_read_failed(struct use *use, const char *path, int error);
/** Sets use->doubt to "path: why", unless it is set already. */
void use_doubt(struct use *use, const char *path, const char *why);

#endif
