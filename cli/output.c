/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing results to standard output, or to a file completely or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"

static int complain(const char *file, const char *state)
{
	say("%s: %s; %s", file, strerror(errno), state);
	return EXIT_ERROR;
}

static int write_stream(FILE *stream, const char *text)
{
	if (fputs(text, stream) < 0 || fflush(stream))
		return -1;
	return 0;
}

static int fill(int fd, const char *target, const char *text)
{
	mode_t mask = umask(0);
	FILE *stream = fdopen(fd, "w");
	struct stat old;
	int result = -1;

	umask(mask);
	if (!stream) {
		close(fd);
		return -1;
	}
	/* the mode of the old file, or the one a new file would get */
	if (!write_stream(stream, text) && !fsync(fd) &&
	    !fchmod(fd, stat(target, &old) ? 0666 & ~mask : old.st_mode & 07777))
		result = 0;
	return fclose(stream) ? -1 : result;
}

char *write_beside(const char *target, const char *text)
{
	char *name;
	int fd, saved;

	if (asprintf(&name, "%s.XXXXXX", target) < 0)
		return NULL;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0 && !fill(fd, target, text))
		return name;
	saved = errno;
	if (fd >= 0)
		unlink(name);
	free(name);
	errno = saved;
	return NULL;
}

static int replace(const char *target, const char *text)
{
	char *name = write_beside(target, text);
	int result, saved;

	if (!name)
		return -1;
	result = rename(name, target);
	saved = errno;
	if (result)
		unlink(name);
	free(name);
	errno = saved;
	return result;
}

int write_output(const char *file, const char *text)
{
	struct stat status;
	char *target;
	int result;

	if (!file || !strcmp(file, "-"))
		return write_stream(stdout, text) ?
			       complain("standard output", "the output is incomplete") :
			       EXIT_FINE;
	if (!stat(file, &status) && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return complain(file, "give the name of a file in it");
	}
	if (!stat(file, &status) && !S_ISREG(status.st_mode)) {
		FILE *stream = fopen(file, "we"); /* a pipe or device cannot be replaced */

		result = stream ? write_stream(stream, text) : -1;
		if (stream && fclose(stream))
			result = -1;
		return result ? complain(file, "the output is incomplete") : EXIT_FINE;
	}
	target = realpath(file, NULL); /* replace the target of a link, not the link */
	result = replace(target ? target : file, text);
	free(target);
	return result ? complain(file, "nothing was written") : EXIT_FINE;
}
