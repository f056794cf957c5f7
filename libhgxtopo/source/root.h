/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HGX_SOURCE_ROOT_H
#define HGX_SOURCE_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include "hgxtopo.h"
#include "util/words.h"

/* Files below a root directory; nothing leads out of it. */
struct root {
	int fd;
	bool live;
	bool by_parts;	  /* without openat2 */
	const char *path; /* "/" for the running machine */
};
/* What of the options an error in the machine is about. */
enum option_id root_option(const struct root *root);
int root_open(struct root *root, const char *path, struct hgx_error *err);
void root_close(struct root *root);
int root_dir(const struct root *root, const char *path); /* a descriptor or -1, errno */
int root_dir_beneath(const struct root *root, const char *path);
bool root_inside(const struct root *root, const char *path);
bool root_is_file(const struct root *root, const char *path);
/* Reads a small file below a directory, without a trailing newline; -1: could not, errno. */
long root_read_at(int dir, const char *name, char *buffer, size_t size);
long root_read(const struct root *root, const char *path, char *buffer, size_t size);
char *root_read_all(const struct root *root, const char *path); /* malloc; NULL: errno */
/* The last part of where a link points; false: no link. */
bool root_link_name(int dir, const char *name, char *buffer, size_t size);
/* Where the link points, as a path below the root; false: no link, or it leads outside
 * (errno EXDEV). */
bool root_link_path(int dir, const char *dir_path, const char *name, char *buffer, size_t size);
/* Whether an errno of these functions says that the file is not there, which many are not on
 * some machine or in some captured root; any other says that what it holds is unknown. */
bool root_absent(int error);
/* Calls @each for every entry of a directory, in sorted order, but "." and "..", until it
 * returns something else than HGX_OK, and returns that. HGX_MISSING: the directory is not
 * there. HGX_UNREADABLE: it could not be read, and errno says why. */
typedef int root_each(void *context, int dir, const char *name);
int root_list(const struct root *root, const char *path, root_each *each, void *context);

#endif
