/* Reading files below a root directory: the running machine's, or a captured one. In a
 * captured root every path is resolved as if the root were "/" (openat2 RESOLVE_IN_ROOT),
 * so that no link leads back to the running machine. Sizes are bounded, nothing blocks. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "internal.h"

#define MOST_BYTES (64u << 20)
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

/* The same without openat2 (before Linux 5.6, and under valgrind): one part at a time, each
 * link read and put in front of what is left. @beneath: a link that leads outside fails. */
static int open_by_parts(const struct root *root, const char *path, int flags, bool beneath)
{
	char done[4096] = "", left[8192], link[4096];
	unsigned links = 0;

	if (beneath && *path == '/') {
		errno = EXDEV;
		return -1;
	}
	snprintf(left, sizeof(left), "%s", path);
	while (*left) {
		size_t part = strcspn(left, "/");
		char name[4096], rest[8192];
		bool more = left[part] == '/';
		ssize_t length;

		snprintf(name, sizeof(name), "%s%s%.*s", done, *done ? "/" : "", (int)part, left);
		snprintf(rest, sizeof(rest), "%s", left + part + more);
		length = readlinkat(root->fd, name, link, sizeof(link) - 1);
		if (length > 0) {
			link[length] = '\0';
			if (++links > 40 || (beneath && *link == '/')) {
				errno = ELOOP;
				return -1;
			}
			if (*link == '/')
				*done = '\0';
			if (snprintf(left, sizeof(left), "%s%s%s", link, more ? "/" : "", rest) >=
			    (int)sizeof(left)) {
				errno = ENAMETOOLONG;
				return -1;
			}
			continue;
		}
		if (more && !is_directory(root, name))
			return -1;
		left[part] = '\0';
		/* the root is above the root */
		if (!join(done, sizeof(done), left) && beneath) {
			errno = EXDEV;
			return -1;
		}
		memmove(left, rest, strlen(rest) + 1);
	}
	return openat(root->fd, *done ? done : ".", flags | O_NOFOLLOW);
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
		return fail(err, errno == ENOENT ? HGX_MISSING : HGX_UNREADABLE,
			    "%s: %s; name a captured root directory", root->path, strerror(errno));
	probe = open_below(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_IN_ROOT);
	root->by_parts = probe < 0;
	if (probe >= 0)
		close(probe);
	return HGX_OK;
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

/* Whether a directory is there without a link that leads out of the root: hwloc and libpci
 * follow links by themselves. */
bool root_inside(const struct root *root, const char *path)
{
	int fd = open_below(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH);

	if (fd < 0)
		return false;
	close(fd);
	return true;
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

	while (part > 0 && size <= MOST_BYTES) {
		char *larger = realloc(buffer, size);

		if (!larger) {
			part = -1;
			break;
		}
		buffer = larger;
		while (length < size - 1 && (part = read(fd, buffer + length, size - 1 - length)) > 0)
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

bool root_link_path(const struct root *root, int dir, const char *dir_path, const char *name,
		    char *buffer, size_t size)
{
	char target[4096];
	ssize_t length = readlinkat(dir, name, target, sizeof(target) - 1);

	(void)root;
	if (length <= 0)
		return false;
	target[length] = '\0';
	*buffer = '\0';
	if (*target != '/' && !join(buffer, size, dir_path))
		return false;
	return join(buffer, size, target);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t read_names(DIR *stream, char ***out)
{
	size_t count = 0, capacity = 0;
	struct dirent *entry;
	char **names = NULL;

	while ((entry = readdir(stream)) != NULL) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (count == capacity) {
			char **more;

			capacity = capacity ? 2 * capacity : 64;
			more = realloc(names, capacity * sizeof(*names));
			if (!more)
				break;
			names = more;
		}
		names[count] = strdup(entry->d_name);
		if (!names[count])
			break;
		count++;
	}
	qsort(names, count, sizeof(*names), by_text);
	*out = names;
	return count;
}

int root_list(const struct root *root, const char *path, root_each *each, void *context)
{
	int dir = root_dir(root, path), code = HGX_OK;
	char **names = NULL;
	size_t count;
	DIR *stream;

	if (dir < 0)
		return HGX_MISSING;
	stream = fdopendir(dir);
	if (!stream) {
		close(dir);
		return HGX_NO_MEMORY;
	}
	count = read_names(stream, &names);
	for (size_t i = 0; i < count; i++) {
		if (!code)
			code = each(context, dir, names[i]);
		free(names[i]);
	}
	free(names);
	closedir(stream);
	return code;
}

/* The length of the UTF-8 character at @c, 0 for none (RFC 3629). */
static unsigned utf8_length(const unsigned char *c)
{
	unsigned length = c[0] < 0x80 ? 1 : (c[0] & 0xe0) == 0xc0 ? 2 :
			  (c[0] & 0xf0) == 0xe0 ? 3 : (c[0] & 0xf8) == 0xf0 ? 4 : 0;

	for (unsigned i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((length == 2 && c[0] < 0xc2) || (length == 3 && c[0] == 0xe0 && c[1] < 0xa0) ||
	    (length == 3 && c[0] == 0xed && c[1] > 0x9f) ||
	    (length == 4 && ((c[0] == 0xf0 && c[1] < 0x90) || c[0] > 0xf4 ||
			     (c[0] == 0xf4 && c[1] > 0x8f))))
		return 0;
	return length;
}

void text_clean(char *text)
{
	unsigned char *c = (unsigned char *)text;

	while (*c) {
		unsigned length = utf8_length(c);

		if (!length || *c < ' ' || *c == 0x7f || (length == 2 && *c == 0xc2 && c[1] < 0xa0)) {
			*c++ = '?';
			continue;
		}
		c += length;
	}
}
