/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what distinguishes a device from others of its model, on the host and in a guest
 * alike: serial numbers of drives, node GUIDs of NICs, UUIDs of GPUs. Each can be read
 * only while the driver is bound. */
#include <stdio.h>
#include <string.h>
#include "source/ids.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/utf8.h"
#include "model/topo.h"
#include "source/os.h"
#include "source/root.h"

struct ids {
	struct hgx_topo *topo;
	const struct root *root;
};

static const char *clean_copy(struct hgx_topo *topo, const char *text)
{
	char *copy = (char *)arena_string(&topo->arena, text);

	if (copy)
		text_clean(copy);
	return copy;
}

static int add_drive(void *context, int dir, const char *name)
{
	struct ids *ids = context;
	char path[4096], file[4160], text[64];
	struct hgx_node *node;
	size_t length;

	if (!root_link_path(dir, "sys/class/nvme", name, path, sizeof(path)))
		return HGX_OK;
	node = function_in_path(ids->topo, path);
	snprintf(file, sizeof(file), "%s/serial", path);
	if (!node || root_read(ids->root, file, text, sizeof(text)) <= 0)
		return HGX_OK;
	for (length = strlen(text); length && text[length - 1] == ' '; length--)
		text[length - 1] = '\0'; /* the field has 20 characters, padded with spaces */
	if (length)
		node->pci->drive_serial = clean_copy(ids->topo, text);
	return HGX_OK;
}

static int add_nic(void *context, int dir, const char *name)
{
	struct ids *ids = context;
	char path[4096], file[4160], text[64];
	struct hgx_node *node;

	if (!root_link_path(dir, "sys/class/infiniband", name, path, sizeof(path)))
		return HGX_OK;
	node = function_in_path(ids->topo, path);
	snprintf(file, sizeof(file), "%s/node_guid", path);
	if (!node || root_read(ids->root, file, text, sizeof(text)) <= 0 ||
	    strspn(text, "0:") == strlen(text))
		return HGX_OK;
	node->pci->guid = clean_copy(ids->topo, text);
	return HGX_OK;
}

/* "GPU UUID: \t GPU-8d1e…"; the driver writes question marks while the GPU sleeps. */
static int add_gpu(void *context, int dir, const char *name)
{
	static const char key[] = "GPU UUID:";
	struct ids *ids = context;
	char file[320], text[4096], *value;
	struct hgx_bdf address;
	struct hgx_node *node;

	(void)dir;
	if (!bdf_read(name, strlen(name), &address))
		return HGX_OK;
	node = topo_find(ids->topo, bdf_text(address).text);
	snprintf(file, sizeof(file), "proc/driver/nvidia/gpus/%s/information", name);
	if (!node || !node->pci || root_read(ids->root, file, text, sizeof(text)) <= 0)
		return HGX_OK;
	value = strstr(text, key);
	if (!value)
		return HGX_OK;
	value += strlen(key);
	value += strspn(value, " \t");
	value[strcspn(value, "\n")] = '\0';
	if (*value && !strchr(value, '?'))
		node->pci->guid = clean_copy(ids->topo, value);
	return HGX_OK;
}

int source_ids(struct hgx_topo *topo, const struct root *root, struct hgx_error *err)
{
	struct ids ids = { topo, root };

	root_list(root, "sys/class/nvme", add_drive, &ids);
	root_list(root, "sys/class/infiniband", add_nic, &ids);
	root_list(root, "proc/driver/nvidia/gpus", add_gpu, &ids);
	return topo->arena.failed ? fail_memory(err) : HGX_OK;
}
