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

static bool is_standard(const char *file)
{
	return !file || !strcmp(file, "-");
}

bool is_replaceable(const char *file)
{
	struct stat status;

	return !is_standard(file) && (stat(file, &status) || S_ISREG(status.st_mode));
}

int special_open(struct special *special, const struct output_file *file)
{
	const char *name = is_standard(file->name) ? "standard output" : file->name;

	*special = (struct special){ name, file->text, stdout };
	if (is_standard(file->name))
		return EXIT_FINE;
	special->stream = fopen(file->name, "we");
	if (special->stream)
		return EXIT_FINE;
	return complain(name,
			errno == EISDIR ? "give the name of a file in it" : "nothing was written");
}

int special_write(struct special *special)
{
	FILE *stream = special->stream;
	int result = write_stream(stream, special->text);

	special->stream = NULL;
	if (stream != stdout && fclose(stream))
		result = -1;
	return result;
}

void special_close(struct special *special)
{
	if (special->stream && special->stream != stdout)
		fclose(special->stream);
}

static int write_special(const struct output_file *file)
{
	struct special special;
	int status = special_open(&special, file);

	if (status || !special_write(&special))
		return status;
	return complain(special.name, "the output is incomplete");
}

/* Writes one after the other: the reader of two pipes may open the second at the end of the first.
 */
static int write_specials(const struct output_file *files, size_t count)
{
	struct stat status;
	int result = EXIT_FINE;

	for (size_t i = 0; i < count; i++)
		if (!is_standard(files[i].name) && !stat(files[i].name, &status) &&
		    S_ISDIR(status.st_mode))
			return write_special(&files[i]);
	for (size_t i = 0; !result && i < count; i++)
		result = write_special(&files[i]);
	return result;
}

int write_outputs(const struct output_file *one, const struct output_file *other)
{
	const struct output_file files[] = { *one, other ? *other : *one };
	size_t count = other ? 2 : 1;
	bool first = is_replaceable(files[0].name);
	struct special special;
	int status;

	if (first == is_replaceable(files[count - 1].name))
		return first ? replace_files(files, count, NULL) : write_specials(files, count);
	status = special_open(&special, &files[first]);
	if (!status)
		status = replace_files(&files[!first], 1, &special);
	special_close(&special);
	return status;
}

int write_output(const char *file, const char *text)
{
	const struct output_file one = { (char *)(uintptr_t)file, (char *)(uintptr_t)text };

	return write_outputs(&one, NULL);
}
