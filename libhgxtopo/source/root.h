/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A root is the directory below which the files of a machine are read: "/" of the running one, or a
 * directory captured from another. In a captured root all paths and links stay below it. */
#ifndef HGX_SOURCE_ROOT_H
#define HGX_SOURCE_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include "hgxtopo.h"
#include "util/words.h"

struct root {
	int fd;
	bool live;	  /**< the running machine */
	bool by_parts;	  /**< openat2(2) is not available: use walk_open() */
	const char *path; /**< "/" for the running machine; borrowed */
};

/** The option that an error in the machine is about. */
enum option_id root_option(const struct root *root);
/** Opens a captured root, or the running machine if @path is NULL or "". */
int root_open(struct root *root, const char *path, struct hgx_error *err);
void root_close(struct root *root);

/** Opens a directory. Returns a descriptor, or -1 and errno. */
int root_dir(const struct root *root, const char *path);
/** Opens a directory; fails with EXDEV if a link on the way leads out of the root. */
int root_dir_beneath(const struct root *root, const char *path);
/** Whether the directory exists and no link on the way leads out of the root. hwloc and libpci
 *  would follow such a link. */
bool root_inside(const struct root *root, const char *path);
/** Whether there is anything of that name. */
bool root_exists(const struct root *root, const char *path);
/** Whether a regular file exists and no link on the way leads out of the root. */
bool root_is_file(const struct root *root, const char *path);

/** Bytes of a captured file; -1 if there is no such file. */
long root_size(const struct root *root, const char *path);

/** Reads at most @size - 1 bytes of a file in a directory, and ends the text before its trailing
 *  newlines. Returns the length, or -1 and errno. */
long root_read_at(int dir, const char *name, char *buffer, size_t size);
/** As root_read_at(), for a path below the root. */
long root_read(const struct root *root, const char *path, char *buffer, size_t size);
/** A whole file, for free(). NULL and errno if it cannot be read or is larger than 64 MiB. */
char *root_read_all(const struct root *root, const char *path);

/** The last part of the target of a link. False if there is no such link. */
bool root_link_name(int dir, const char *name, char *buffer, size_t size);
/** The target of a link as a path below the root. False if there is no such link, or if it leads
 *  out of the root (EXDEV). */
bool root_link_path(int dir, const char *dir_path, const char *name, char *buffer, size_t size);
/** Whether an errno of these functions means that the file does not exist, which is normal on
 *  many machines. Any other means that its content is unknown. */
bool root_absent(int error);

/** Called for an entry of the directory @dir. */
typedef int root_each(void *context, int dir, const char *name);
/** Calls @each for the entries of a directory, sorted by name, until it returns something other
 *  than HGX_OK, and returns that. Returns HGX_MISSING if the directory does not exist,
 *  HGX_UNREADABLE and errno if it cannot be read. */
int root_list(const struct root *root, const char *path, root_each *each, void *context);

#endif
