/* Which drives the host needs: those that are mounted or swapped on, directly or through
 * what is stacked on them, and those that hold a pool. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "source/use_drive.h"
#include "util/arena.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/use_mark.h"

static void mark_block(struct use *use, const char *name);

static int mark_slave(void *context, int dir, const char *name)
{
	(void)dir;
	mark_block(context, name);
	return HGX_OK;
}

/* Marks a drive, the drive of a partition, and what a stacked device lies on. */
static void mark_block(struct use *use, const char *name)
{
	char path[4096], place[4096], text[16];
	int dir;

	if (strlen(name) > 255 || use->depth >= DEEPEST_STACK || ++use->visits > MAX_VISITS)
		return;
	use->depth++;
	use_mark(use, "block", name);
	snprintf(path, sizeof(path), "sys/class/block/%s/slaves", name);
	root_list(use->root, path, mark_slave, use);
	snprintf(path, sizeof(path), "sys/class/block/%s/partition", name);
	dir = root_dir(use->root, "sys/class/block");
	if (dir >= 0 && root_read(use->root, path, text, sizeof(text)) >= 0 &&
	    root_link_path(dir, "sys/class/block", name, place, sizeof(place))) {
		char *last = strrchr(place, '/');

		if (last)
			*last = '\0';
		if (last)
			mark_block(use, strrchr(place, '/') ? strrchr(place, '/') + 1 : place);
	}
	if (dir >= 0)
		close(dir);
	use->depth--;
}

static void begin_block(struct use *use, const char *name, const char *reason)
{
	use->first = name;
	use->reason = reason;
	use->visits = 0;
	mark_block(use, name);
}

static int add_block(void *context, int dir, const char *name)
{
	struct use *use = context;
	char path[512], number[32] = "", mapped[256] = "", line[640];
	char **more;

	(void)dir;
	if (strlen(name) > 255)
		return HGX_OK;
	snprintf(path, sizeof(path), "sys/class/block/%s/dev", name);
	root_read(use->root, path, number, sizeof(number));
	snprintf(path, sizeof(path), "sys/class/block/%s/dm/name", name);
	root_read(use->root, path, mapped, sizeof(mapped));
	snprintf(line, sizeof(line), "%s %s %s", *number ? number : "-", name, mapped);
	more = realloc(use->blocks, (use->block_count + 1) * sizeof(*more));
	if (!more)
		return HGX_NO_MEMORY;
	use->blocks = more;
	if (!(more[use->block_count] = strdup(line)))
		return HGX_NO_MEMORY;
	use->block_count++;
	return HGX_OK;
}

/* The block device of "259:1", "/dev/nvme0n1p1" or "/dev/mapper/vg0-root"; NULL if there
 * is none. */
static const char *block_of(const struct use *use, const char *source, char *name)
{
	char number[32], mapped[256];
	const char *last = strrchr(source, '/');

	for (size_t i = 0; i < use->block_count; i++) {
		*mapped = '\0';
		if (sscanf(use->blocks[i], "%31s %255s %255s", number, name, mapped) < 2)
			continue;
		if (!strcmp(number, source))
			return name;
		if (!strncmp(source, "/dev/", 5) && last &&
		    (!strcmp(last + 1, name) || (*mapped && !strcmp(last + 1, mapped))))
			return name;
	}
	return NULL;
}

/* The kernel writes spaces in these files as \040 (octal). */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* A pool may lie on any drive, and no file says on which. */
static void mark_pool(struct use *use, const char *pool)
{
	for (struct hgx_node *node = use->topo->all; node; node = node->all)
		for (size_t i = 0; node->pci && i < node->pci->os_device_count; i++)
			if (!node->pci->host_use && !strcmp(node->pci->os_devices[i].type, "block"))
				node->pci->host_use = arena_format(
					&use->topo->arena, "%s may be part of the ZFS pool %.*s",
					node->pci->os_devices[i].name, (int)strcspn(pool, "/"),
					pool);
}

static void use_mount(struct use *use, char *number, char *source, char *where, const char *type)
{
	char reason[4200], name[256], *save = NULL;

	unescape(where);
	unescape(source);
	snprintf(reason, sizeof(reason), "is mounted at %s", where);
	if (!strcmp(type, "zfs"))
		mark_pool(use, source);
	if (number && block_of(use, number, name))
		begin_block(use, name, reason);
	/* bcachefs names all its devices, with colons */
	for (char *part = strtok_r(source, ":", &save); part; part = strtok_r(NULL, ":", &save))
		if (block_of(use, part, name))
			begin_block(use, name, reason);
}

/* proc(5): 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static void use_mountinfo(struct use *use, char *line)
{
	char number[32], where[4096], type[64], source[4096];
	char *rest = strstr(line, " - ");

	if (rest && sscanf(line, "%*d %*d %31s %*s %4095s", number, where) == 2 &&
	    sscanf(rest, " - %63s %4095s", type, source) == 2)
		use_mount(use, number, source, where, type);
}

static void use_mounts(struct use *use, char *line)
{
	char source[4096], where[4096], type[64];

	if (sscanf(line, "%4095s %4095s %63s", source, where, type) == 3)
		use_mount(use, NULL, source, where, type);
}

static void use_swap(struct use *use, char *line)
{
	char source[4096], name[256];

	if (sscanf(line, "%4095s", source) != 1)
		return;
	unescape(source);
	if (block_of(use, source, name))
		begin_block(use, name, "is used as swap");
}

static int use_btrfs_device(void *context, int dir, const char *name)
{
	(void)dir;
	begin_block(context, name, "is part of a btrfs file system in use");
	return HGX_OK;
}

static int use_btrfs(void *context, int dir, const char *name)
{
	struct use *use = context;
	char path[512];

	(void)dir;
	if (strlen(name) > 255)
		return HGX_OK;
	snprintf(path, sizeof(path), "sys/fs/btrfs/%s/devices", name);
	root_list(use->root, path, use_btrfs_device, use);
	return HGX_OK;
}

/* An imported pool, whether or not one of its file systems is mounted (zvols). */
static int use_pool(void *context, int dir, const char *name)
{
	struct use *use = context;
	char path[512], text[64];

	(void)dir;
	snprintf(path, sizeof(path), "proc/spl/kstat/zfs/%.255s/state", name);
	if (root_read(use->root, path, text, sizeof(text)) >= 0)
		mark_pool(use, name);
	return HGX_OK;
}

static int use_holder(void *context, int dir, const char *name)
{
	struct use *use = context;
	char reason[300];

	(void)dir;
	snprintf(reason, sizeof(reason), "is part of %s", name);
	begin_block(use, use->first, reason);
	return HGX_OK;
}

/* A host that boots over the network and keeps all its drives for VMs has no block
 * devices. */
static bool may_lack_blocks(const struct hgx_topo *topo)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->kind == HGX_NVME && node->pci->driver &&
		    !strcmp(node->pci->driver, "nvme"))
			return false;
	return true;
}

void use_drives(struct use *use)
{
	bool mounts, blocks;

	blocks = root_list(use->root, "sys/class/block", add_block, use) == HGX_OK &&
		 (use->block_count || may_lack_blocks(use->topo));
	mounts = use_each_line(use, "proc/1/mountinfo", use_mountinfo);
	mounts |= use_each_line(use, "proc/self/mountinfo", use_mountinfo);
	mounts |= use_each_line(use, "proc/mounts", use_mounts);
	use_each_line(use, "proc/swaps", use_swap);
	root_list(use->root, "sys/fs/btrfs", use_btrfs, use);
	root_list(use->root, "proc/spl/kstat/zfs", use_pool, use);
	for (size_t i = 0; i < use->block_count; i++) {
		char name[256], path[512];

		if (sscanf(use->blocks[i], "%*s %255s", name) != 1)
			continue;
		use->first = name;
		snprintf(path, sizeof(path), "sys/class/block/%s/holders", name);
		root_list(use->root, path, use_holder, use);
	}
	if (!mounts || !blocks)
		use_unknown(use, RULE_DRIVE_USE_UNKNOWN, HGX_NVME,
			    mounts ? "sys/class/block" : "proc/self/mountinfo", "drives");
}
