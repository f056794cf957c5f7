/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Resolves a path below a directory in user space, one part at a time, where openat2(2) cannot:
 * before Linux 5.6, under valgrind, and when it keeps failing with EAGAIN.
 *
 * The walk holds every directory on the way open. If another process renames one or replaces it
 * by a link meanwhile, a different file may be found, but never one outside. */
#ifndef HGX_SOURCE_WALK_H
#define HGX_SOURCE_WALK_H

#include <stdbool.h>

/** Opens @path with the @flags of open(2). Absolute links and ".." stop at the directory @root,
 *  as with RESOLVE_IN_ROOT; with @beneath they fail if they lead out of it (EXDEV), as with
 *  RESOLVE_BENEATH. Returns a descriptor, or -1 and errno. A path more than 128 directories deep
 *  fails with ENAMETOOLONG. */
int walk_open(int root, const char *path, int flags, bool beneath);
/** Closes a descriptor and keeps errno. */
void close_quietly(int fd);

#endif
