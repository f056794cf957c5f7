/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the drives that the host uses: those mounted or used as swap, directly or below
 * stacked devices, and those that may be part of a pool. */
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
#include "source/use_mark.h"
#include "source/use_read.h"

static void mark_block(struct use *use, const char *name);

static int mark_slave(void *context, int dir, const char *name)
{
	(void)dir;
	mark_block(context, name);
	return HGX_OK;
}

/* sysfs puts the directory of a partition into that of its drive. */
static void mark_parent(struct use *use, const char *name)
{
	char path[4096], place[4096], text[16], *last = NULL;
	int dir;

	snprintf(path, sizeof(path), "sys/class/block/%s/partition", name);
	if (!use_read_text(use, path, text, sizeof(text)))
		return;
	dir = root_dir(use->root, "sys/class/block");
	if (dir >= 0 && root_link_path(dir, "sys/class/block", name, place, sizeof(place)))
		last = strrchr(place, '/');
	if (dir >= 0)
		close(dir);
	if (!last) {
		use_doubt(use, path, "the drive of this partition could not be found");
		return;
	}
	*last = '\0';
	mark_block(use, strrchr(place, '/') ? strrchr(place, '/') + 1 : place);
}

/* A block device that cannot be read raises a doubt, unless the machine has no list of
 * them. */
static bool is_readable(struct use *use, const char *path)
{
	int dir = root_dir(use->root, path);

	if (dir >= 0)
		close(dir);
	else if (use->block_count)
		use_doubt(use, path, strerror(errno));
	return dir >= 0;
}

/* Marks a block device, the drive of a partition, and the devices below a stacked one. */
static void mark_block(struct use *use, const char *name)
{
	char path[512];

	if (strlen(name) > 255)
		return;
	snprintf(path, sizeof(path), "sys/class/block/%s", name);
	if (use->depth >= MAX_STACK_DEPTH || ++use->visits > MAX_VISITS) {
		use_doubt(use, path, "too many devices lie on each other");
		return;
	}
	use->depth++;
	use_mark(use, "block", name);
	if (is_readable(use, path)) {
		strcat(path, "/slaves");
		use_read_entries(use, path, mark_slave);
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
	use_read_text(use, path, number, sizeof(number));
	snprintf(path, sizeof(path), "sys/class/block/%s/dm/name", name);
	use_read_text(use, path, mapped, sizeof(mapped));
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

/* The block device that "259:1", "/dev/nvme0n1p1" or "/dev/mapper/vg0-root" stands for;
 * NULL if there is none. */
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

/* In these files the kernel writes a space as \040 (octal). */
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

/* No file says which drives a pool uses, so it may use any. */
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

/* Marks the device of a mount, or its devices: bcachefs names all, separated by colons. */
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

/* A device in use that sys/class/block does not list: the drives below it are unknown. */
static void doubt_missing(struct use *use, const char *device, const char *reason)
{
	char why[4400];

	snprintf(why, sizeof(why), "it has no %s, which %s", device, reason);
	if (use->block_count)
		use_doubt(use, "sys/class/block", why);
}

/* Whether a name such as "nvme1n1p2" or "sda2" is that of a partition of the drive. */
static bool is_partition_of(const char *name, const char *drive)
{
	size_t length = strlen(drive);
	bool digit = length && drive[length - 1] >= '0' && drive[length - 1] <= '9';

	if (strncmp(name, drive, length) || (digit && name[length] != 'p'))
		return false;
	name += length + digit;
	return *name && strspn(name, "0123456789") == strlen(name);
}

/* Marks the drive of a partition that sys/class/block does not list, if the name of the source
 * tells it: a capture may lack the partitions. */
static bool begin_partition(struct use *use, const char *source, const char *reason)
{
	const char *last = strrchr(source, '/');

	for (size_t i = 0; last && !strncmp(source, "/dev/", 5) && i < use->block_count; i++) {
		char name[256];

		if (sscanf(use->blocks[i], "%*s %255s", name) != 1 ||
		    !is_partition_of(last + 1, name))
			continue;
		use->first = last + 1;
		use->reason = reason;
		use->visits = 0;
		mark_block(use, name);
		return true;
	}
	return false;
}

/* @device is what must lead to a block device; NULL if the mount may have none. */
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
	if (device && !found && !begin_partition(use, source, reason))
		doubt_missing(use, device, reason);
}

/* proc(5): 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root
 * rw,errors=continue. The major number is 0 if no block device, or more than one, is
 * mounted. */
static void use_mountinfo(struct use *use, char *line)
{
	char number[32], where[4096], type[64], source[4096];
	char *rest = strstr(line, " - ");

	if (rest && sscanf(line, "%*d %*d %31s %*s %4095s", number, where) == 2 &&
	    sscanf(rest, " - %63s %4095s", type, source) == 2)
		use_mount(use, number, source, where, type,
			  strncmp(number, "0:", 2) ? number : NULL);
}

/* Without mountinfo the source must name a known block device, or the use is in doubt:
 * /dev/root, for example, does not say which device it is. */
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
	else if (!strcmp(type, "partition") && !begin_partition(use, source, "is used as swap"))
		doubt_missing(use, source, "is used as swap");
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
	use_read_entries(use, path, use_btrfs_device);
	return HGX_OK;
}

/* An imported pool is in use even if none of its file systems is mounted (zvols). */
static int use_pool(void *context, int dir, const char *name)
{
	struct use *use = context;
	char path[512], text[64];

	(void)dir;
	snprintf(path, sizeof(path), "proc/spl/kstat/zfs/%.255s/state", name);
	if (use_read_text(use, path, text, sizeof(text)))
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

/* Whether the host may have no block device at all: it may boot over the network and keep
 * every drive for VMs. */
static bool may_lack_blocks(const struct hgx_topo *topo)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->kind == HGX_NVME && node->pci->driver &&
		    !strcmp(node->pci->driver, "nvme"))
			return false;
	return true;
}

/* Whether the host may use a drive: it has a driver, and that does not hold it for VMs. */
static bool may_be_used(const struct hgx_pci *pci)
{
	for (size_t i = 0; i < pci->os_device_count; i++)
		if (!strcmp(pci->os_devices[i].type, "block"))
			return true;
	return pci->class_code >> 16 == 0x01 && pci->driver && strcmp(pci->driver, "vfio-pci") &&
	       strcmp(pci->driver, "pci-stub");
}

static void keep_doubtful(struct use *use)
{
	struct hgx_topo *topo = use->topo;
	unsigned count = 0;

	for (struct hgx_node *node = topo->all; node; node = node->all) {
		if (!node->pci || node->pci->host_use || !may_be_used(node->pci))
			continue;
		node->pci->host_use = arena_format(&topo->arena, "it may be in use: %s",
						   use->doubt);
		count++;
	}
	if (count)
		finding_add(&topo->findings, &topo->arena, RULE_DRIVE_USE_UNKNOWN, HGX_WARNING,
			    NULL, "make it readable, or read the machine again",
			    "%s: which drives the host itself uses is unknown, so they stay with "
			    "the host: %u",
			    use->doubt, count);
}

/* An ordinary user cannot see the mounts of process 1, but normally has the same ones. */
static bool read_mounts(struct use *use)
{
	const char *first = "proc/1/mountinfo";

	use->mountinfo = use_each_line(use, first, use_mountinfo);
	if (!use->mountinfo && !(use->root->live && errno == EACCES))
		use_read_failed(use, first, errno);
	use->mountinfo |= use_read_lines(use, "proc/self/mountinfo", use_mountinfo);
	return use_read_lines(use, "proc/mounts", use_mounts) || use->mountinfo;
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

/* Whether a link in a captured root points to nothing: archives lose empty directories. */
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

/* Marks devices that a stacked device holds, mounted or not. Devices that are not drives,
 * such as loop0 and ram0, need not be readable. */
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
		use_read_entries(use, path, use_holder);
	}
}

void use_drives(struct use *use)
{
	int code = use_read_entries(use, "sys/class/block", add_block);
	bool blocks = !code && (use->block_count || may_lack_blocks(use->topo));
	bool mounts = read_mounts(use);

	use->topo->arena.failed |= code == HGX_NO_MEMORY;
	use_read_lines(use, "proc/swaps", use_swap);
	use_read_entries(use, "sys/fs/btrfs", use_btrfs);
	use_read_entries(use, "proc/spl/kstat/zfs", use_pool);
	use_holders(use);
	if (use->doubt)
		keep_doubtful(use);
	else if (!mounts || !blocks)
		use_unknown(use, RULE_DRIVE_USE_UNKNOWN, HGX_NVME,
			    mounts ? "sys/class/block" : "proc/self/mountinfo", "drives");
}
