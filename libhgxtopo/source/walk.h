/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resolving a path below a directory in user space, one part at a time, where openat2(2) does
 * not do it: before Linux 5.6, under valgrind, and when it answers EAGAIN. Every directory on
 * the way is held open, so that one which is renamed or replaced by a link meanwhile changes
 * which file is found, but leads nowhere outside. */
#ifndef HGX_SOURCE_WALK_H
#define HGX_SOURCE_WALK_H

#include <stdbool.h>

/* Opens @path with the @flags of open(2). Absolute links and ".." end at the directory @root,
 * as with RESOLVE_IN_ROOT; with @beneath they fail where they lead out of it (EXDEV), as with
 * RESOLVE_BENEATH. Returns a descriptor, or -1 and errno. A path more than 128 directories
 * deep fails (ENAMETOOLONG). */
int walk_open(int root, const char *path, int flags, bool beneath);
/* Leaves errno as it is. */
void close_quietly(int fd);

#endif
