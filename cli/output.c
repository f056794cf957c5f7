/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing results to standard output, or to a file completely or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"

int write_failed(const char *file, int number, const char *state)
{
	struct hgx_error err = { .code = HGX_UNREADABLE, .rule = "file-unwritable" };

	snprintf(err.text, sizeof(err.text), "%.300s: %s; %s", file, strerror(number), state);
	clean(err.text);
	return report(&err);
}

static int complain(const char *file, const char *state)
{
	return write_failed(file, errno, state);
}

static int write_stream(FILE *stream, const char *text)
{
	if (!text)
		errno = ENOMEM;
	if (!text || fputs(text, stream) < 0 || fflush(stream))
		return -1;
	return 0;
}

/* Gives a new file the owner, group and mode of the one it replaces. Without the right to give
 * the group away, its own group gets no more than everybody. */
static int take_over(int fd, const struct stat *old)
{
	mode_t mode = old->st_mode & 0777;

	if (fchown(fd, old->st_uid, old->st_gid) && fchown(fd, (uid_t)-1, old->st_gid))
		mode &= 0707 | (mode & 07) << 3;
	return fchmod(fd, mode);
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
	if (!(stat(target, &old) ? fchmod(fd, 0666 & ~mask) : take_over(fd, &old)) &&
	    !write_stream(stream, text) && !fsync(fd))
		result = 0;
	return fclose(stream) ? -1 : result;
}

char *write_beside(const char *target, const char *text)
{
	const char *slash = strrchr(target, '/');
	char *name;
	int fd, saved;

	/* a short name: that of the target may be as long as names can be */
	if (asprintf(&name, "%.*s.hgxtopo-XXXXXX", slash ? (int)(slash - target) + 1 : 0, target) <
	    0)
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

/* A pipe or device cannot be replaced. */
static int write_special(const char *file, const char *text)
{
	FILE *stream = fopen(file, "we");
	int result;

	if (!stream)
		return complain(file, "nothing was written");
	result = write_stream(stream, text);
	if (fclose(stream))
		result = -1;
	return result ? complain(file, "the output is incomplete") : EXIT_FINE;
}

bool is_replaceable(const char *file)
{
	struct stat status;

	return file && strcmp(file, "-") && (stat(file, &status) || S_ISREG(status.st_mode));
}

int write_outputs(const struct output_file *files, size_t count)
{
	struct output_file regular[2];
	size_t regulars = 0;
	int status = EXIT_FINE;

	for (size_t i = 0; i < count; i++)
		if (is_replaceable(files[i].name))
			regular[regulars++] = files[i];
	if (regulars)
		status = replace_files(regular, regulars);
	for (size_t i = 0; !status && i < count; i++)
		if (!is_replaceable(files[i].name))
			status = write_output(files[i].name, files[i].text);
	return status;
}

int write_output(const char *file, const char *text)
{
	struct output_file one = { (char *)(uintptr_t)file, (char *)(uintptr_t)text };
	struct stat status;

	if (!file || !strcmp(file, "-"))
		return write_stream(stdout, text) ?
			       complain("standard output", "the output is incomplete") :
			       EXIT_FINE;
	if (!stat(file, &status) && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return complain(file, "give the name of a file in it");
	}
	if (!stat(file, &status) && !S_ISREG(status.st_mode))
		return write_special(file, text);
	return replace_files(&one, 1);
}
