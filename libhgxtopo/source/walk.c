/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resolves a path in user space as openat2(2) does, with every directory on the way held open. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "source/walk.h"

#define MAX_DEPTH 128
#define MAX_LINKS 40 /* as in the kernel */

struct walk {
	int dirs[MAX_DEPTH + 1]; /* from the caller's root down to the current one */
	unsigned depth;
	int flags;
	bool beneath;
	unsigned links;
	char left[8192]; /* the rest of the path */
};

enum { MORE = -2 }; /* not a descriptor and not -1: the walk goes on */

static int failed(int error)
{
	errno = error;
	return -1;
}

void close_quietly(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

static int here(const struct walk *walk)
{
	return walk->dirs[walk->depth];
}

static void go_up(struct walk *walk, unsigned depth)
{
	while (walk->depth > depth)
		close_quietly(walk->dirs[walk->depth--]);
}

static int go_to_parent(struct walk *walk)
{
	if (!walk->depth && walk->beneath)
		return failed(EXDEV);
	if (walk->depth)
		go_up(walk, walk->depth - 1);
	return MORE;
}

/* Takes ownership of @dir. */
static int go_down(struct walk *walk, int dir)
{
	if (walk->depth == MAX_DEPTH) {
		close(dir);
		return failed(ENAMETOOLONG);
	}
	walk->dirs[++walk->depth] = dir;
	return MORE;
}

/* Puts the target of the link before the rest of the path, and closes @link. */
static int follow(struct walk *walk, int link, const char *rest)
{
	char target[4096], left[sizeof(walk->left)];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	close_quietly(link);
	if (length < 0)
		return -1;
	target[length] = '\0';
	if (++walk->links > MAX_LINKS)
		return failed(ELOOP);
	if (*target == '/' && walk->beneath)
		return failed(EXDEV);
	if (snprintf(left, sizeof(left), "%s%s", target, rest) >= (int)sizeof(left))
		return failed(ENAMETOOLONG);
	if (*target == '/')
		go_up(walk, 0);
	memcpy(walk->left, left, strlen(left) + 1);
	return MORE;
}

/* Opens the file that @found (O_PATH) refers to, and closes @found. If the name has
 * become a link meanwhile, the step is repeated. */
static int open_file(struct walk *walk, const char *name, int found)
{
	int fd;

	if (walk->flags & O_PATH)
		return found;
	close(found);
	fd = openat(here(walk), name, walk->flags | O_NOFOLLOW);
	return fd < 0 && errno == ELOOP && ++walk->links <= MAX_LINKS ? MORE : fd;
}

/* Examines the entry through one descriptor: its name could refer to something else each
 * time. */
static int enter(struct walk *walk, const char *name, const char *rest)
{
	int found = openat(here(walk), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (found < 0)
		return -1;
	if (fstat(found, &status)) {
		close_quietly(found);
		return -1;
	}
	if (S_ISLNK(status.st_mode))
		return follow(walk, found, rest);
	if (!S_ISDIR(status.st_mode) && !*rest && !(walk->flags & O_DIRECTORY))
		return open_file(walk, name, found);
	if (!S_ISDIR(status.st_mode)) {
		close(found);
		return failed(ENOTDIR);
	}
	memmove(walk->left, rest, strlen(rest) + 1);
	return go_down(walk, found);
}

/* Walks one part of the rest; without a rest, opens the current directory. */
static int step(struct walk *walk)
{
	const char *part = walk->left + strspn(walk->left, "/");
	size_t length = strcspn(part, "/");
	const char *rest = part + length;
	char name[4096];
	bool up;

	if (!length)
		return openat(here(walk), ".", walk->flags);
	if (length >= sizeof(name))
		return failed(ENAMETOOLONG);
	memcpy(name, part, length);
	name[length] = '\0';
	up = !strcmp(name, "..");
	if (!up && strcmp(name, "."))
		return enter(walk, name, rest);
	memmove(walk->left, rest, strlen(rest) + 1);
	return up ? go_to_parent(walk) : MORE;
}

int walk_open(int root, const char *path, int flags, bool beneath)
{
	struct walk walk = { .dirs = { root }, .flags = flags, .beneath = beneath };
	int fd;

	if (!*path)
		return failed(ENOENT);
	if (beneath && *path == '/')
		return failed(EXDEV);
	if (snprintf(walk.left, sizeof(walk.left), "%s", path) >= (int)sizeof(walk.left))
		return failed(ENAMETOOLONG);
	do {
		fd = step(&walk);
	} while (fd == MORE);
	go_up(&walk, 0);
	return fd;
}
