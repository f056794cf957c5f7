/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing files. After a failure, everything is as it was before. */
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
	const char *path; /* for messages */
	char *target, *fresh, *kept;
	bool renamed;
};

static int complain(const char *file, int number)
{
	return write_failed(file, number, "nothing was written");
}

/* Follows a link, so that its target is replaced and the link stays. */
static int find_target(struct step *step)
{
	struct stat status;

	step->target = output_target(step->path);
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

static int by_target(const void *a, const void *b)
{
	const struct step *one = *(const struct step *const *)a;
	const struct step *two = *(const struct step *const *)b;
	int order = strcmp(one->target, two->target);

	return order ? order : one < two ? -1 : one > two;
}

static void same_file(const char *file, const char *other)
{
	struct hgx_error err = { .code = HGX_REFUSED, .rule = "file-unwritable" };

	if (strcmp(file, other))
		snprintf(err.text, sizeof(err.text),
			 "%.200s: it is the same file as %.200s; nothing was written", file, other);
	else
		snprintf(err.text, sizeof(err.text),
			 "%.200s: two outputs cannot be one file; nothing was written", file);
	clean(err.text);
	report(&err);
}

/* Whether two names are those of one file, which can only have one content. */
static bool targets_clash(const struct step *steps, size_t count)
{
	const struct step **sorted = calloc(count, sizeof(*sorted));
	size_t i;

	if (!sorted) {
		complain(steps->path, errno);
		return true;
	}
	for (i = 0; i < count; i++)
		sorted[i] = &steps[i];
	qsort(sorted, count, sizeof(*sorted), by_target);
	for (i = 1; i < count && strcmp(sorted[i - 1]->target, sorted[i]->target); i++)
		;
	if (i < count)
		same_file(sorted[i]->path, sorted[i - 1]->path);
	free(sorted);
	return i < count;
}

/* What fails is step @at; @count: the special file. That one comes when little can fail any more.
 */
static int advance(struct step *steps, const struct output_file *files, size_t count,
		   struct special *special, size_t *at)
{
	for (*at = 0; *at < count; ++*at) {
		steps[*at].fresh = write_beside(steps[*at].target, files[*at].text);
		if (!steps[*at].fresh)
			return -1;
	}
	for (*at = 0; *at < count; ++*at)
		if (keep_old(&steps[*at]))
			return -1;
	if (special && special_write(special))
		return -1;
	for (*at = 0; *at < count; ++*at)
		if (put_new(&steps[*at]))
			return -1;
	return 0;
}

/* Writes the new name in a directory to the disk; some file systems cannot do it. */
static void sync_directory(const char *target)
{
	const char *slash = strrchr(target, '/');
	char *dir = slash ? strndup(target, (size_t)(slash - target) + 1) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

static void finish(struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sync_directory(steps[i].target);
	for (size_t i = 0; i < count; i++)
		if (steps[i].kept)
			unlink(steps[i].kept);
}

static int write_steps(struct step *steps, const struct output_file *files, size_t count,
		       struct special *special)
{
	size_t at;
	int number;

	for (at = 0; at < count; at++) {
		steps[at].path = files[at].name;
		if (find_target(&steps[at]))
			return complain(steps[at].path, errno);
	}
	if (targets_clash(steps, count))
		return EXIT_ERROR;
	if (!advance(steps, files, count, special, &at)) {
		finish(steps, count);
		return EXIT_FINE;
	}
	number = errno;
	for (size_t i = count; i-- > 0;)
		put_back(&steps[i]);
	if (at == count)
		return write_failed(special->name, number, "the output is incomplete");
	return complain(steps[at].path, number);
}

/* Nothing that ends the process may leave half of the files, whoever sends it. What the process
 * brings on itself is not held back, and it can be stopped and continued. */
static void block_interrupts(sigset_t *before)
{
	static const int passed[] = { SIGABRT, SIGBUS,	SIGFPE,	 SIGILL,  SIGSEGV,
				      SIGSYS,  SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t interrupts;

	sigfillset(&interrupts);
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		sigdelset(&interrupts, passed[i]);
	sigprocmask(SIG_BLOCK, &interrupts, before);
}

int replace_files(const struct output_file *files, size_t count, struct special *special)
{
	struct step *steps = calloc(count, sizeof(*steps));
	sigset_t before;
	int status;

	if (!steps)
		return complain(files->name, errno);
	block_interrupts(&before);
	status = write_steps(steps, files, count, special);
	sigprocmask(SIG_SETMASK, &before, NULL);
	for (size_t i = 0; i < count; i++) {
		free(steps[i].target);
		free(steps[i].fresh);
		free(steps[i].kept);
	}
	free(steps);
	return status;
}

/* Puts the directory before the names. */
static int name_below(struct output_file *paths, const char *dir, const struct output_file *files,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		paths[i].text = files[i].text;
		if (strchr(files[i].name, '/'))
			return complain(files[i].name, EINVAL);
		if (asprintf(&paths[i].name, "%s/%s", dir, files[i].name) < 0) {
			paths[i].name = NULL;
			return complain(dir, ENOMEM);
		}
	}
	return EXIT_FINE;
}

static int write_into(const char *dir, const struct output_file *files, size_t count,
		      const struct output_file *beside, struct special *special)
{
	struct output_file *paths = calloc(count + 1, sizeof(*paths));
	int status = paths ? name_below(paths, dir, files, count) : complain(dir, errno);

	if (!status && beside)
		paths[count] = *beside;
	if (!status)
		status = replace_files(paths, count + (beside != NULL), special);
	for (size_t i = 0; paths && i < count; i++)
		free(paths[i].name);
	free(paths);
	return status;
}

static int make_and_write(const char *dir, const struct output_file *files, size_t count,
			  const struct output_file *beside, struct special *special)
{
	sigset_t before;
	struct stat status;
	bool made;
	int result;

	block_interrupts(&before);
	made = !mkdir(dir, 0777);
	if (!made && errno != EEXIST)
		result = complain(dir, errno);
	else if (!stat(dir, &status) && !S_ISDIR(status.st_mode))
		result = complain(dir, ENOTDIR);
	else
		result = write_into(dir, files, count, beside, special);
	if (result && made)
		rmdir(dir);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

int write_all(const char *dir, const struct output_file *files, size_t count,
	      const struct output_file *beside)
{
	struct special special;
	int result;

	if (!beside || is_replaceable(beside->name))
		return make_and_write(dir, files, count, beside, NULL);
	result = special_open(&special, beside);
	if (!result)
		result = make_and_write(dir, files, count, NULL, &special);
	special_close(&special);
	return result;
}
