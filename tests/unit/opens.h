/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening files as a test wants it to go: openat2(2) and openat(2) of this program are counted
 * and fail where they are told to. They stand in front of the C library's. */
#ifndef TEST_OPENS_H
#define TEST_OPENS_H

#include "every.h" /* first: check.h has a macro fail() */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of openat2's calls with that path (any, if NULL), the first @skip are answered as always, and
 * the next @count with @error; with @both openat's count likewise. */
static struct opens {
	const char *path;
	bool both;
	int error;
	unsigned skip, count;
	unsigned seen;    /* calls with that path */
	unsigned openat2; /* calls of openat2 in all */
} opens;

static inline void opens_fail(const char *path, int error, unsigned skip, unsigned count)
{
	opens = (struct opens){ .path = path, .error = error, .skip = skip, .count = count };
}

static inline bool opens_fails(const char *path)
{
	unsigned number;

	if (!opens.count || (opens.path && strcmp(opens.path, path)))
		return false;
	number = opens.seen++;
	if (number < opens.skip || number - opens.skip >= opens.count)
		return false;
	errno = opens.error;
	return true;
}

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	va_list args;
	long a[6];

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	opens.openat2 += number == SYS_openat2;
	if (number == SYS_openat2 && opens_fails((const char *)a[1]))
		return -1;
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int openat(int dir, const char *path, int flags, ...)
{
	static int (*next)(int, const char *, int, ...);
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	if (opens.both && opens_fails(path))
		return -1;
	if (!next)
		next = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
	return next(dir, path, flags, mode);
}

#endif
