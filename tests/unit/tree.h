/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directory trees for a test, below one temporary directory that main() makes and removes. */
#ifndef TEST_TREE_H
#define TEST_TREE_H

#include "every.h" /* before check.h, which has a macro fail() */
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree_base[256];

static inline void tree_begin(void)
{
	const char *place = getenv("TMPDIR");

	snprintf(tree_base, sizeof(tree_base), "%s/hgxtopo-test-XXXXXX",
		 place && *place ? place : "/tmp");
	if (!mkdtemp(tree_base)) {
		perror(tree_base);
		exit(EXIT_FAILURE);
	}
}

static inline int tree_remove_one(const char *path, const struct stat *status, int flag,
				  struct FTW *where)
{
	(void)status;
	(void)flag;
	(void)where;
	return remove(path);
}

static inline void tree_end(void)
{
	nftw(tree_base, tree_remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

/* A path below the base, in one of a few buffers that are used in turn. */
static inline const char *tree_path(const char *format, ...) PRINTF(1, 2);
static inline const char *tree_path(const char *format, ...)
{
	static char paths[8][4096];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	int length = snprintf(path, 4096, "%s/", tree_base);
	va_list args;

	va_start(args, format);
	vsnprintf(path + length, 4096 - (size_t)length, format, args);
	va_end(args);
	return path;
}

static inline void tree_parents(const char *path)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *c = copy + strlen(tree_base) + 1; (c = strchr(c, '/')) != NULL; *c++ = '/') {
		*c = '\0';
		ck_assert_msg(!mkdir(copy, 0755) || errno == EEXIST, "%s: %s", copy, strerror(errno));
	}
}

static inline void tree_dir(const char *path)
{
	tree_parents(path);
	ck_assert_msg(!mkdir(path, 0755) || errno == EEXIST, "%s: %s", path, strerror(errno));
}

static inline void tree_file(const char *path, const char *text)
{
	FILE *file;

	tree_parents(path);
	file = fopen(path, "w");
	ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void tree_link(const char *path, const char *target)
{
	tree_parents(path);
	unlink(path);
	ck_assert_msg(!symlink(target, path), "%s: %s", path, strerror(errno));
}

#endif
