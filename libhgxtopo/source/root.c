/* Reading files below a root directory: the running machine's, or a captured one. In a
 * captured root every path is resolved as if the root were "/" (openat2 RESOLVE_IN_ROOT),
 * so that no link leads back to the running machine. Sizes are bounded, nothing blocks. */
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
#include "util/error.h"
#include "util/utf8.h"

#define MAX_BYTES (64u << 20)
#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static bool join(char *buffer, size_t size, const char *path);

static bool is_directory(const struct root *root, const char *path)
{
	struct stat status;

	if (fstatat(root->fd, *path ? path : ".", &status, AT_SYMLINK_NOFOLLOW))
		return false;
	errno = ENOTDIR;
	return S_ISDIR(status.st_mode);
}

/* A path being resolved without openat2 (before Linux 5.6, and under valgrind), one part at
 * a time: what is resolved already, without links, and what is left. */
struct walk {
	const struct root *root;
	bool beneath; /* a link that leads outside fails; else the root is above the root */
	unsigned links;
	char done[4096], left[8192];
};

static int walk_failed(int error)
{
	errno = error;
	return -1;
}

/* Puts where a link points in front of what is left behind it. */
static int walk_link(struct walk *walk, const char *target, size_t part)
{
	const char *rest = walk->left + part; /* with the slash before it */
	char left[8192];

	if (++walk->links > 40)
		return walk_failed(ELOOP);
	if (*target == '/' && walk->beneath)
		return walk_failed(EXDEV);
	if (snprintf(left, sizeof(left), "%s%s", target, rest) >= (int)sizeof(left))
		return walk_failed(ENAMETOOLONG);
	if (*target == '/')
		*walk->done = '\0';
	memcpy(walk->left, left, strlen(left) + 1);
	return 0;
}

static int walk_step(struct walk *walk)
{
	size_t part = strcspn(walk->left, "/");
	bool more = walk->left[part] == '/';
	char name[4096], target[4096];
	ssize_t length;

	if (snprintf(name, sizeof(name), "%s%s%.*s", walk->done, *walk->done ? "/" : "", (int)part,
		     walk->left) >= (int)sizeof(name))
		return walk_failed(ENAMETOOLONG);
	length = readlinkat(walk->root->fd, name, target, sizeof(target) - 1);
	if (length > 0) {
		target[length] = '\0';
		return walk_link(walk, target, part);
	}
	if (more && !is_directory(walk->root, name))
		return -1;
	walk->left[part] = '\0';
	if (!join(walk->done, sizeof(walk->done), walk->left) && walk->beneath)
		return walk_failed(EXDEV);
	part += more;
	memmove(walk->left, walk->left + part, strlen(walk->left + part) + 1);
	return 0;
}

static int open_by_parts(const struct root *root, const char *path, int flags, bool beneath)
{
	struct walk walk = { .root = root, .beneath = beneath };

	if (beneath && *path == '/')
		return walk_failed(EXDEV);
	if (snprintf(walk.left, sizeof(walk.left), "%s", path) >= (int)sizeof(walk.left))
		return walk_failed(ENAMETOOLONG);
	while (*walk.left)
		if (walk_step(&walk))
			return -1;
	return openat(root->fd, *walk.done ? walk.done : ".", flags | O_NOFOLLOW);
}

static int open_below(const struct root *root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = { .flags = (unsigned)flags, .resolve = resolve };

	if (root->live)
		return openat(root->fd, path, flags);
	if (root->by_parts)
		return open_by_parts(root, path, flags, resolve == RESOLVE_BENEATH);
	return (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
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
	probe = open_below(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_IN_ROOT);
	root->by_parts = probe < 0;
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

/* Fails where a link on the way leads out. */
int root_dir_beneath(const struct root *root, const char *path)
{
	return open_below(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH);
}

/* Whether a directory is there without a link that leads out of the root: hwloc and libpci
 * follow links by themselves. */
bool root_inside(const struct root *root, const char *path)
{
	int fd = root_dir_beneath(root, path);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* The same of a plain file: a pipe would stop libpci for ever. */
bool root_is_file(const struct root *root, const char *path)
{
	int fd = open_below(root, path, O_PATH | O_CLOEXEC, RESOLVE_BENEATH);
	struct stat status;
	bool plain = fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode);

	if (fd >= 0)
		close(fd);
	return plain;
}

static long read_fd(int fd, char *buffer, size_t size)
{
	size_t length = 0;
	ssize_t part;

	if (fd < 0)
		return -1;
	/* a sysfs file comes in one piece */
	do {
		part = read(fd, buffer, size - 1);
	} while (part < 0 && errno == EINTR);
	length = part > 0 ? (size_t)part : 0;
	close(fd);
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
	if (fd >= 0)
		close(fd);
	if (part) {
		free(buffer);
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

/* Appends a path to another and takes "." and ".." away; false: it leads outside. */
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
	/* sysfs has relative links only; an absolute one could mean the running machine's */
	return *target != '/' && join(buffer, size, dir_path) && join(buffer, size, target);
}

/* By bytes: not every locale sorts alike. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

int root_list(const struct root *root, const char *path, root_each *each, void *context)
{
	int dir = root_dir(root, path), code = HGX_OK, count;
	struct dirent **entries;

	if (dir < 0)
		return HGX_MISSING;
	count = scandirat(dir, ".", &entries, no_dots, by_name);
	if (count < 0) {
		close(dir);
		return errno == ENOMEM ? HGX_NO_MEMORY : HGX_MISSING;
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
