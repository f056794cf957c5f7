/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which drives the host needs: those that are mounted or swapped on, directly or through
 * what is stacked on them, and those that hold a pool. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "source/use_drive.h"
#include "util/arena.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/told.h"
#include "source/use_mark.h"

static void mark_block(struct use *use, const char *name);

static int mark_slave(void *context, int dir, const char *name)
{
	(void)dir;
	mark_block(context, name);
	return HGX_OK;
}

/* A partition's directory is in that of its drive. */
static void mark_parent(struct use *use, const char *name)
{
	char path[4096], place[4096], text[16], *last = NULL;
	int dir;

	snprintf(path, sizeof(path), "sys/class/block/%s/partition", name);
	if (!told_text(use, path, text, sizeof(text)))
		return;
	dir = root_dir(use->root, "sys/class/block");
	if (dir >= 0 && root_link_path(dir, "sys/class/block", name, place, sizeof(place)))
		last = strrchr(place, '/');
	if (dir >= 0)
		close(dir);
	if (!last) {
		told_nothing(use, path, "the drive of this partition could not be found");
		return;
	}
	*last = '\0';
	mark_block(use, strrchr(place, '/') ? strrchr(place, '/') + 1 : place);
}

/* A block device must be readable, unless the machine has no list of them at all. */
static bool is_readable(struct use *use, const char *path)
{
	int dir = root_dir(use->root, path);

	if (dir >= 0)
		close(dir);
	else if (use->block_count)
		told_nothing(use, path, strerror(errno));
	return dir >= 0;
}

/* Marks a drive, the drive of a partition, and what a stacked device lies on. */
static void mark_block(struct use *use, const char *name)
{
	char path[512];

	if (strlen(name) > 255)
		return;
	snprintf(path, sizeof(path), "sys/class/block/%s", name);
	if (use->depth >= DEEPEST_STACK || ++use->visits > MAX_VISITS) {
		told_nothing(use, path, "too many devices lie on each other");
		return;
	}
	use->depth++;
	use_mark(use, "block", name);
	if (is_readable(use, path)) {
		strcat(path, "/slaves");
		told_entries(use, path, mark_slave);
		mark_parent(use, name);
	}
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
	told_text(use, path, number, sizeof(number));
	snprintf(path, sizeof(path), "sys/class/block/%s/dm/name", name);
	told_text(use, path, mapped, sizeof(mapped));
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

/* Of /dev/nvme0n1p2, or of several: bcachefs names all its devices, with colons. */
static bool begin_sources(struct use *use, char *source, const char *reason)
{
	char name[256], *save = NULL;
	bool found = false;

	for (char *part = strtok_r(source, ":", &save); part; part = strtok_r(NULL, ":", &save))
		if (block_of(use, part, name)) {
			begin_block(use, name, reason);
			found = true;
		}
	return found;
}

/* It is in use, and not in sys/class/block: what it lies on is unknown. */
static void tell_missing(struct use *use, const char *device, const char *reason)
{
	char why[4400];

	snprintf(why, sizeof(why), "it has no %s, which %s", device, reason);
	if (use->block_count)
		told_nothing(use, "sys/class/block", why);
}

/* @device: by which it must be found; NULL: it need not be on a block device. */
static void use_mount(struct use *use, const char *number, char *source, char *where,
		      const char *type, const char *device)
{
	char reason[4200], name[256];
	bool found = false;

	unescape(where);
	unescape(source);
	snprintf(reason, sizeof(reason), "is mounted at %s", where);
	if (!strcmp(type, "zfs"))
		mark_pool(use, source);
	if (number && block_of(use, number, name)) {
		begin_block(use, name, reason);
		found = true;
	}
	found |= begin_sources(use, source, reason);
	if (device && !found)
		tell_missing(use, device, reason);
}

/* proc(5): 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 * The major number is 0 where no block device, or more than one, is mounted. */
static void use_mountinfo(struct use *use, char *line)
{
	char number[32], where[4096], type[64], source[4096];
	char *rest = strstr(line, " - ");

	if (rest && sscanf(line, "%*d %*d %31s %*s %4095s", number, where) == 2 &&
	    sscanf(rest, " - %63s %4095s", type, source) == 2)
		use_mount(use, number, source, where, type,
			  strncmp(number, "0:", 2) ? number : NULL);
}

/* Without mountinfo: /dev/root, for one, does not say which device it is. */
static void use_mounts(struct use *use, char *line)
{
	char source[4096], where[4096], type[64], device[4096];
	bool alone;

	if (sscanf(line, "%4095s %4095s %63s", source, where, type) != 3)
		return;
	strcpy(device, source);
	alone = !use->mountinfo && !strncmp(device, "/dev/", 5) && strcmp(device, "/dev/fuse");
	use_mount(use, NULL, source, where, type, alone ? device : NULL);
}

static void use_swap(struct use *use, char *line)
{
	char source[4096], type[32], name[256];

	if (sscanf(line, "%4095s %31s", source, type) != 2)
		return;
	unescape(source);
	if (block_of(use, source, name))
		begin_block(use, name, "is used as swap");
	else if (!strcmp(type, "partition"))
		tell_missing(use, source, "is used as swap");
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
	told_entries(use, path, use_btrfs_device);
	return HGX_OK;
}

/* An imported pool, whether or not one of its file systems is mounted (zvols). */
static int use_pool(void *context, int dir, const char *name)
{
	struct use *use = context;
	char path[512], text[64];

	(void)dir;
	snprintf(path, sizeof(path), "proc/spl/kstat/zfs/%.255s/state", name);
	if (told_text(use, path, text, sizeof(text)))
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

/* A drive that the host may use: not one that is held for VMs or has no driver. */
static bool may_be_used(const struct hgx_pci *pci)
{
	for (size_t i = 0; i < pci->os_device_count; i++)
		if (!strcmp(pci->os_devices[i].type, "block"))
			return true;
	return pci->class_code >> 16 == 0x01 && pci->driver && strcmp(pci->driver, "vfio-pci") &&
	       strcmp(pci->driver, "pci-stub");
}

static void keep_untold(struct use *use)
{
	struct hgx_topo *topo = use->topo;
	unsigned kept = 0;

	for (struct hgx_node *node = topo->all; node; node = node->all) {
		if (!node->pci || node->pci->host_use || !may_be_used(node->pci))
			continue;
		node->pci->host_use = arena_format(&topo->arena, "it may be in use: %s",
						   use->untold);
		kept++;
	}
	if (kept)
		finding_add(&topo->findings, &topo->arena, RULE_DRIVE_USE_UNKNOWN, HGX_WARNING,
			    NULL, "make it readable, or read the machine again",
			    "%s: which drives the host itself uses is unknown, so they stay with "
			    "the host: %u",
			    use->untold, kept);
}

/* As an ordinary user one does not see the mounts of process 1, and has the same oneself. */
static bool read_mounts(struct use *use)
{
	const char *first = "proc/1/mountinfo";

	use->mountinfo = use_each_line(use, first, use_mountinfo);
	if (!use->mountinfo && !(use->root->live && errno == EACCES))
		told_failed(use, first, errno);
	use->mountinfo |= told_lines(use, "proc/self/mountinfo", use_mountinfo);
	return told_lines(use, "proc/mounts", use_mounts) || use->mountinfo;
}

static bool is_drive(const struct hgx_topo *topo, const char *name)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		for (size_t i = 0; node->pci && i < node->pci->os_device_count; i++)
			if (!strcmp(node->pci->os_devices[i].type, "block") &&
			    !strcmp(node->pci->os_devices[i].name, name))
				return true;
	return false;
}

/* Whether a captured link leads to nothing: archives lose empty directories. */
static bool is_lost(const struct use *use, const char *name)
{
	char path[512], target[4096];
	int list = use->root->live ? -1 : root_dir(use->root, "sys/class/block"), dir = -1;
	bool lost = false;

	if (list >= 0 && root_link_name(list, name, target, sizeof(target))) {
		snprintf(path, sizeof(path), "sys/class/block/%s", name);
		dir = root_dir(use->root, path);
		lost = dir < 0 && errno == ENOENT;
	}
	if (dir >= 0)
		close(dir);
	if (list >= 0)
		close(list);
	return lost;
}

/* Of many devices nobody needs to know more than their names: loop0, ram0. */
static void use_holders(struct use *use)
{
	for (size_t i = 0; i < use->block_count; i++) {
		char name[256], path[512];

		if (sscanf(use->blocks[i], "%*s %255s", name) != 1)
			continue;
		use->first = name;
		snprintf(path, sizeof(path), "sys/class/block/%s", name);
		if (is_drive(use->topo, name) && !is_lost(use, name) && !is_readable(use, path))
			continue;
		strcat(path, "/holders");
		told_entries(use, path, use_holder);
	}
}

void use_drives(struct use *use)
{
	int code = told_entries(use, "sys/class/block", add_block);
	bool blocks = !code && (use->block_count || may_lack_blocks(use->topo));
	bool mounts = read_mounts(use);

	use->topo->arena.failed |= code == HGX_NO_MEMORY;
	told_lines(use, "proc/swaps", use_swap);
	told_entries(use, "sys/fs/btrfs", use_btrfs);
	told_entries(use, "proc/spl/kstat/zfs", use_pool);
	use_holders(use);
	if (use->untold)
		keep_untold(use);
	else if (!mounts || !blocks)
		use_unknown(use, RULE_DRIVE_USE_UNKNOWN, HGX_NVME,
			    mounts ? "sys/class/block" : "proc/self/mountinfo", "drives");
}
