/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads files below a root directory, of the running machine or captured. In a captured
 * root, every path is resolved as if the root were "/" (openat2 RESOLVE_IN_ROOT), so no
 * link leads to the running machine. Sizes are limited, and nothing blocks. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "source/root.h"
#include "source/walk.h"
#include "util/error.h"
#include "util/utf8.h"

#define MAX_BYTES (64u << 20)
#define TRIES 16
#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* openat2(2) fails with EAGAIN if a rename or mount anywhere on the machine may have
 * moved a ".." of the path, and must be repeated then. */
static int ask_openat2(const struct root *root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = { .flags = (unsigned)flags, .resolve = resolve };
	int fd = -1;

	for (int i = 0; i < TRIES; i++) {
		fd = (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

/* If other processes keep renaming, walk_open() resolves the path: renames do not make it
 * fail. */
static int open_below(const struct root *root, const char *path, int flags, uint64_t resolve)
{
	int fd;

	if (root->live)
		return openat(root->fd, path, flags);
	if (!root->by_parts) {
		fd = ask_openat2(root, path, flags, resolve);
		if (fd >= 0 || errno != EAGAIN)
			return fd;
	}
	return walk_open(root->fd, path, flags, resolve == RESOLVE_BENEATH);
}

int root_open(struct root *root, const char *path, struct hgx_error *err)
{
	int probe;

	root->live = !path || !*path;
	root->path = root->live ? "/" : path;
	root->by_parts = false;
	root->fd = open(root->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0)
		return fail_option(err, errno == ENOENT ? RULE_ROOT_MISSING : RULE_ROOT_UNREADABLE,
				   root_option(root), "%s: %s; give a captured root directory",
				   root->path, strerror(errno));
	probe = ask_openat2(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_IN_ROOT);
	root->by_parts = probe < 0 && errno != EAGAIN;
	if (probe >= 0)
		close(probe);
	return HGX_OK;
}

enum option_id root_option(const struct root *root)
{
	return root->live ? OPTION_NONE : OPTION_ROOT;
}

void root_close(struct root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

int root_dir(const struct root *root, const char *path)
{
	return open_below(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_IN_ROOT);
}

int root_dir_beneath(const struct root *root, const char *path)
{
	return open_below(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH);
}

bool root_exists(const struct root *root, const char *path)
{
	int fd = open_below(root, path, O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool root_inside(const struct root *root, const char *path)
{
	int fd = root_dir_beneath(root, path);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A pipe instead of a file would block libpci forever. */
bool root_is_file(const struct root *root, const char *path)
{
	int fd = open_below(root, path, O_PATH | O_CLOEXEC, RESOLVE_BENEATH);
	struct stat status;
	bool plain = fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode);

	if (fd >= 0)
		close(fd);
	return plain;
}

long root_size(const struct root *root, const char *path)
{
	int fd = open_below(root, path, O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT);
	struct stat status;
	long size = fd >= 0 && !fstat(fd, &status) ? (long)status.st_size : -1;

	if (fd >= 0)
		close(fd);
	return size;
}

static long read_fd(int fd, char *buffer, size_t size)
{
	size_t length = 0;
	ssize_t part;

	if (fd < 0)
		return -1;
	/* one read(2) returns a whole sysfs file */
	do {
		part = read(fd, buffer, size - 1);
	} while (part < 0 && errno == EINTR);
	length = part > 0 ? (size_t)part : 0;
	close_quietly(fd);
	if (part < 0)
		return -1;
	while (length && (buffer[length - 1] == '\n' || !buffer[length - 1]))
		length--;
	buffer[length] = '\0';
	return (long)length;
}

long root_read_at(int dir, const char *name, char *buffer, size_t size)
{
	return read_fd(openat(dir, name, FLAGS | O_NOFOLLOW), buffer, size);
}

long root_read(const struct root *root, const char *path, char *buffer, size_t size)
{
	return read_fd(open_below(root, path, FLAGS, RESOLVE_IN_ROOT), buffer, size);
}

char *root_read_all(const struct root *root, const char *path)
{
	int fd = open_below(root, path, FLAGS, RESOLVE_IN_ROOT);
	size_t size = 65536, length = 0;
	char *buffer = NULL;
	ssize_t part = fd < 0 ? -1 : 1;

	while (part > 0 && size <= MAX_BYTES) {
		char *larger = realloc(buffer, size);

		if (!larger) {
			part = -1;
			break;
		}
		buffer = larger;
		while (length < size - 1 &&
		       (part = read(fd, buffer + length, size - 1 - length)) > 0)
			length += (size_t)part;
		size *= 2;
	}
	if (part > 0)
		errno = EFBIG;
	if (fd >= 0)
		close_quietly(fd);
	if (part) {
		int error = errno;

		free(buffer);
		errno = error;
		return NULL;
	}
	buffer[length] = '\0';
	return buffer;
}

bool root_link_name(int dir, const char *name, char *buffer, size_t size)
{
	char target[4096];
	ssize_t length = readlinkat(dir, name, target, sizeof(target) - 1);
	const char *last;

	if (length <= 0)
		return false;
	target[length] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (!*last || strlen(last) >= size)
		return false;
	strcpy(buffer, last);
	text_clean(buffer);
	return true;
}

/* Appends @path and resolves "." and "..". False if it leads out of the root or is too
 * long. */
static bool join(char *buffer, size_t size, const char *path)
{
	size_t length = strlen(buffer);

	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && !strncmp(path, "..", 2)) {
			if (!length)
				return false;
			while (length && buffer[length - 1] != '/')
				length--;
			length -= length > 0;
		} else if (part && !(part == 1 && *path == '.')) {
			if (length + part + 2 > size)
				return false;
			if (length)
				buffer[length++] = '/';
			memcpy(buffer + length, path, part);
			length += part;
		}
		buffer[length] = '\0';
		path += part + (path[part] == '/');
	}
	return true;
}

bool root_link_path(int dir, const char *dir_path, const char *name, char *buffer, size_t size)
{
	char target[4096];
	ssize_t length = readlinkat(dir, name, target, sizeof(target) - 1);

	if (length <= 0)
		return false;
	target[length] = '\0';
	*buffer = '\0';
	errno = EXDEV;
	/* sysfs has relative links only; an absolute one could mean the running machine */
	return *target != '/' && join(buffer, size, dir_path) && join(buffer, size, target);
}

/* Sorts by bytes, as locales differ. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

bool root_absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static int list_failed(void)
{
	if (errno == ENOMEM)
		return HGX_NO_MEMORY;
	return root_absent(errno) ? HGX_MISSING : HGX_UNREADABLE;
}

int root_list(const struct root *root, const char *path, root_each *each, void *context)
{
	int dir = root_dir(root, path), code = HGX_OK, count;
	struct dirent **entries;

	if (dir < 0)
		return list_failed();
	count = scandirat(dir, ".", &entries, no_dots, by_name);
	if (count < 0) {
		close_quietly(dir);
		return list_failed();
	}
	for (int i = 0; i < count; i++) {
		if (!code)
			code = each(context, dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	close(dir);
	return code;
}
