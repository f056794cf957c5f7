/* Results: to standard output, or into a file that is written whole or not at all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"

static int complain(const char *file, const char *state)
{
	fprintf(stderr, "hgxtopo: %s: %s; %s\n", file, strerror(errno), state);
	return EXIT_ERROR;
}

static int write_stream(FILE *stream, const char *text)
{
	if (fputs(text, stream) < 0 || fflush(stream))
		return -1;
	return 0;
}

/* Beside the target, with the rights a new file would get; renamed over it at the end. */
static int write_beside(const char *target, const char *text)
{
	size_t length = strlen(target) + sizeof(".XXXXXX");
	char *name = malloc(length);
	mode_t mask = umask(0);
	struct stat old;
	FILE *stream = NULL;
	int fd = -1, result = -1, saved;

	umask(mask);
	if (name) {
		snprintf(name, length, "%s.XXXXXX", target);
		fd = mkstemp(name);
	}
	if (fd >= 0)
		stream = fdopen(fd, "w");
	if (stream && !write_stream(stream, text) && !fsync(fd) &&
	    !fchmod(fd, stat(target, &old) ? 0666 & ~mask : old.st_mode & 07777))
		result = 0;
	if (stream ? fclose(stream) : fd >= 0 && close(fd))
		result = -1;
	if (!result)
		result = rename(name, target);
	saved = errno;
	if (result && fd >= 0)
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
			       complain("standard output", "the output is not complete") :
			       EXIT_FINE;
	if (!stat(file, &status) && !S_ISREG(status.st_mode)) {
		FILE *stream = fopen(file, "we"); /* a pipe, /dev/null */

		result = stream ? write_stream(stream, text) : -1;
		if (stream && fclose(stream))
			result = -1;
		return result ? complain(file, "the output is not complete") : EXIT_FINE;
	}
	target = realpath(file, NULL); /* a link stays one */
	result = write_beside(target ? target : file, text);
	free(target);
	return result ? complain(file, "nothing was written") : EXIT_FINE;
}
