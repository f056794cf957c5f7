/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the names that the operating system gives to devices: net, infiniband and block
 * devices, slots. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/os.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/utf8.h"
#include "model/topo.h"
#include "source/rate.h"
#include "source/root.h"

struct find {
	struct hgx_topo *topo;
	const struct root *root;
	const char *type, *dir;
	bool incomplete; /* some block devices could not be read */
};

struct hgx_node *function_in_path(const struct hgx_topo *topo, const char *path)
{
	struct hgx_node *found = NULL;

	while (*path) {
		size_t part = strcspn(path, "/");
		struct hgx_bdf address;

		if (bdf_read(path, part, &address)) {
			struct hgx_node *node = topo_find(topo, bdf_text(address).text);

			found = node ? node : found;
		}
		path += part + (path[part] == '/');
	}
	return found;
}

static int add_name(struct hgx_topo *topo, struct hgx_node *node, const char *type,
		    const char *name)
{
	struct hgx_pci *pci = node->pci;
	struct hgx_os_device *list = arena_alloc(&topo->arena,
						 (pci->os_device_count + 1) * sizeof(*list));
	char *copy = (char *)arena_string(&topo->arena, name);

	if (!list)
		return HGX_NO_MEMORY;
	text_clean(copy);
	if (pci->os_device_count)
		memcpy(list, pci->os_devices, pci->os_device_count * sizeof(*list));
	list[pci->os_device_count++] = (struct hgx_os_device){ type, copy };
	pci->os_devices = list;
	return HGX_OK;
}

/* With native multipath a drive belongs to a subsystem, which has links to its
 * controllers: sys/devices/virtual/nvme-subsystem/nvme-subsys0/{nvme0 -> …,nvme0n1}. */
struct subsystem {
	struct find *find;
	const char *path, *drive;
};

/* Whether the entry is not a link into the root. With any other errno its target is
 * unknown, for example because the device has just gone. */
static bool is_no_link(int error)
{
	return error == EINVAL || error == EXDEV;
}

static int add_controller(void *context, int dir, const char *name)
{
	struct subsystem *subsystem = context;
	char path[4096];
	struct hgx_node *node;

	if (strncmp(name, "nvme", 4) || strchr(name, 'n') != strrchr(name, 'n'))
		return HGX_OK;
	if (!root_link_path(dir, subsystem->path, name, path, sizeof(path))) {
		subsystem->find->incomplete |= !is_no_link(errno);
		return HGX_OK;
	}
	node = function_in_path(subsystem->find->topo, path);
	return node ? add_name(subsystem->find->topo, node, "block", subsystem->drive) : HGX_OK;
}

static int add_multipath(struct find *find, const char *path, const char *name)
{
	struct subsystem subsystem = { find, path, name };
	char parent[4096];
	size_t length = strlen(path) - strlen(strrchr(path, '/'));
	int code;

	if (!strstr(path, "/nvme-subsystem/"))
		return HGX_OK;
	memcpy(parent, path, length);
	parent[length] = '\0';
	subsystem.path = parent;
	code = root_list(find->root, parent, add_controller, &subsystem);
	find->incomplete |= code == HGX_UNREADABLE;
	return code == HGX_NO_MEMORY ? code : HGX_OK;
}

/* Leaves out partitions and the hidden paths of multipath drives (nvme0c0n1). */
static bool is_whole_drive(const struct find *find, const char *path)
{
	char file[4160], text[16];
	const char *name = strrchr(path, '/');
	const char *c = name ? strchr(name, 'c') : NULL;

	if (name && !strncmp(name, "/nvme", 5) && c && strchr(c, 'n'))
		return false;
	snprintf(file, sizeof(file), "%s/partition", path);
	return root_read(find->root, file, text, sizeof(text)) < 0;
}

/* InfiniBand devices come after those of the network: theirs is the rate that counts. */
static int add_device(struct find *find, struct hgx_node *node, const char *name)
{
	uint32_t rate = source_rate(find->root, find->type, name);

	node->pci->net_speed = rate ? rate : node->pci->net_speed;
	return add_name(find->topo, node, find->type, name);
}

static int add_class(void *context, int dir, const char *name)
{
	struct find *find = context;
	bool is_block = !strcmp(find->type, "block");
	struct hgx_node *node;
	char path[4096];

	if (!root_link_path(dir, find->dir, name, path, sizeof(path))) {
		find->incomplete |= is_block && !is_no_link(errno);
		return HGX_OK;
	}
	if (is_block && !is_whole_drive(find, path))
		return HGX_OK;
	node = function_in_path(find->topo, path);
	if (node)
		return add_device(find, node, name);
	return is_block ? add_multipath(find, path, name) : HGX_OK;
}

static int add_slot(void *context, int dir, const char *name)
{
	struct find *find = context;
	char path[512], text[64];
	struct hgx_bdf slot;

	(void)dir;
	snprintf(path, sizeof(path), "sys/bus/pci/slots/%s/address", name);
	if (strlen(name) > 255 || root_read(find->root, path, text, sizeof(text) - 2) <= 0)
		return HGX_OK;
	strcat(text, ".0"); /* the slot "0000:85:00" has all functions of the device */
	if (!bdf_read(text, strlen(text), &slot))
		return HGX_OK;
	for (; slot.function < 8; slot.function++) {
		struct hgx_node *node = topo_find(find->topo, bdf_text(slot).text);
		char *copy;

		if (!node || !(copy = (char *)arena_string(&find->topo->arena, name)))
			continue;
		text_clean(copy);
		node->pci->slot = copy;
	}
	return HGX_OK;
}

int source_os(struct hgx_topo *topo, const struct root *root, bool *blocks_known,
	      struct hgx_error *err)
{
	static const char *const classes[][2] = {
		{ "net", "sys/class/net" },
		{ "infiniband", "sys/class/infiniband" },
		{ "block", "sys/class/block" },
	};
	struct find find = { .topo = topo, .root = root };
	int code = HGX_OK;

	for (size_t i = 0; i < ARRAY_SIZE(classes) && code != HGX_NO_MEMORY; i++) {
		find.type = classes[i][0];
		find.dir = classes[i][1];
		code = root_list(root, find.dir, add_class, &find);
		find.incomplete |= code == HGX_UNREADABLE && !strcmp(find.type, "block");
	}
	*blocks_known = !find.incomplete;
	if (code != HGX_NO_MEMORY)
		code = root_list(root, "sys/bus/pci/slots", add_slot, &find);
	return code == HGX_NO_MEMORY ? fail_memory(err) : HGX_OK;
}
