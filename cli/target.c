/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which file a name for output stands for: a link stays, and what it leads to is written. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"

#define MAX_LINKS 40 /* as in the kernel's path lookup */

/* The length of the directory in a name, with its slash. */
static size_t directory_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? (size_t)(slash - name) + 1 : 0;
}

/* What a link leads to, seen from where the link is; NULL with errno set: not a link (EINVAL),
 * nothing there (ENOENT), or another error. */
static char *step_along(const char *link)
{
	char text[PATH_MAX], *next;
	ssize_t length = readlink(link, text, sizeof(text) - 1);
	size_t directory = directory_of(link);

	if (length < 0)
		return NULL;
	text[length] = '\0';
	if (asprintf(&next, "%.*s%s", text[0] == '/' ? 0 : (int)directory, link, text) >= 0)
		return next;
	errno = ENOMEM;
	return NULL;
}

/* With the directory's own name, if there is one: two names of one file become the same. */
static char *with_real_directory(char *name)
{
	size_t length = directory_of(name);
	char *directory, *real, *both;

	directory = length ? strndup(name, length) : strdup(".");
	real = directory ? realpath(directory, NULL) : NULL;
	free(directory);
	if (!real)
		return name;
	if (asprintf(&both, "%s/%s", real, name + length) < 0)
		both = NULL;
	free(real);
	free(name);
	return both;
}

char *output_target(const char *name)
{
	char *target = realpath(name, NULL), *next;

	if (target || errno != ENOENT)
		return target;
	/* a new file, or a link to one */
	target = strdup(name);
	for (int links = 0; target && links < MAX_LINKS; links++) {
		next = step_along(target);
		if (!next && (errno == ENOENT || errno == EINVAL))
			return with_real_directory(target);
		free(target);
		target = next;
	}
	if (target)
		errno = ELOOP;
	free(target);
	return NULL;
}
