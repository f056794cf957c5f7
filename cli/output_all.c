/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing several files into one directory. After a failure, everything is as it was before. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"

/* One file. The new content is in @fresh until it is renamed to @target; the old file is kept as
 * @kept until all are renamed. */
struct step {
	char *path; /* for messages */
	char *target, *fresh, *kept;
	bool renamed;
};

static int complain(const char *file, int number)
{
	say("%s: %s; nothing was written", file, strerror(number));
	return EXIT_ERROR;
}

/* Follows a link, so that its target is replaced and the link stays. */
static int find_target(struct step *step, const char *dir, const char *name)
{
	struct stat status;

	if (strchr(name, '/')) {
		errno = EINVAL;
		return -1;
	}
	if (asprintf(&step->path, "%s/%s", dir, name) < 0) {
		step->path = NULL;
		return -1;
	}
	step->target = realpath(step->path, NULL);
	if (!step->target)
		step->target = strdup(step->path);
	if (!step->target)
		return -1;
	if (stat(step->target, &status) || S_ISREG(status.st_mode))
		return 0;
	errno = S_ISDIR(status.st_mode) ? EISDIR : EEXIST;
	return -1;
}

/* Links or moves the old file to a name made from the fresh one. Not every file system has hard
 * links. */
static int keep_old(struct step *step)
{
	struct stat status;
	char *kept;

	if (lstat(step->target, &status))
		return errno == ENOENT ? 0 : -1;
	if (asprintf(&kept, "%s~", step->fresh) < 0)
		return -1;
	if (link(step->target, kept) && (errno == EEXIST || rename(step->target, kept))) {
		free(kept);
		return -1;
	}
	step->kept = kept;
	return 0;
}

static int put_new(struct step *step)
{
	if (rename(step->fresh, step->target))
		return -1;
	step->renamed = true;
	return 0;
}

static void put_back(struct step *step)
{
	if (step->fresh && !step->renamed)
		unlink(step->fresh);
	if (!step->kept) {
		if (step->renamed)
			unlink(step->target);
		return;
	}
	if (rename(step->kept, step->target)) {
		say("%s: could not be restored (%s); the old file is %s", step->path,
		    strerror(errno), step->kept);
		return;
	}
	unlink(step->kept); /* rename() does nothing where both are the same file */
}

static int advance(struct step *steps, const struct output_file *files, size_t count,
		   const char *dir, size_t *at)
{
	for (*at = 0; *at < count; ++*at)
		if (find_target(&steps[*at], dir, files[*at].name))
			return -1;
	for (*at = 0; *at < count; ++*at) {
		steps[*at].fresh = write_beside(steps[*at].target, files[*at].text);
		if (!steps[*at].fresh)
			return -1;
	}
	for (*at = 0; *at < count; ++*at)
		if (keep_old(&steps[*at]))
			return -1;
	for (*at = 0; *at < count; ++*at)
		if (put_new(&steps[*at]))
			return -1;
	return 0;
}

static void finish(struct step *steps, size_t count, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd); /* the new names; some file systems cannot do it */
		close(fd);
	}
	for (size_t i = 0; i < count; i++)
		if (steps[i].kept)
			unlink(steps[i].kept);
}

static int write_steps(struct step *steps, const struct output_file *files, size_t count,
		       const char *dir)
{
	size_t at;
	int number;

	if (!advance(steps, files, count, dir, &at)) {
		finish(steps, count, dir);
		return EXIT_FINE;
	}
	number = errno;
	for (size_t i = count; i-- > 0;)
		put_back(&steps[i]);
	return complain(steps[at].path ? steps[at].path : files[at].name, number);
}

static int write_into(const char *dir, const struct output_file *files, size_t count)
{
	struct step *steps = calloc(count, sizeof(*steps));
	int status = steps ? write_steps(steps, files, count, dir) : complain(dir, errno);

	for (size_t i = 0; steps && i < count; i++) {
		free(steps[i].path);
		free(steps[i].target);
		free(steps[i].fresh);
		free(steps[i].kept);
	}
	free(steps);
	return status;
}

int write_all(const char *dir, const struct output_file *files, size_t count)
{
	bool made = !mkdir(dir, 0777);
	sigset_t interrupts, before;
	struct stat status;
	int result;

	if (!made && errno != EEXIST)
		return complain(dir, errno);
	if (!stat(dir, &status) && !S_ISDIR(status.st_mode))
		return complain(dir, ENOTDIR);
	/* an interrupt must not leave half of the files */
	sigemptyset(&interrupts);
	sigaddset(&interrupts, SIGHUP);
	sigaddset(&interrupts, SIGINT);
	sigaddset(&interrupts, SIGQUIT);
	sigaddset(&interrupts, SIGTERM);
	sigprocmask(SIG_BLOCK, &interrupts, &before);
	result = write_into(dir, files, count);
	if (result && made)
		rmdir(dir);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}
