/* Which devices the host itself needs: drives and NICs in use, and the endpoints that manage
 * a PCIe switch. (The console is known from boot_vga, in source_pci.c.) */
#include <stdlib.h>
#include <string.h>
#include "use.h"

void use_mark(struct use *use, const char *type, const char *name)
{
	struct hgx_topo *topo = use->topo;

	for (struct hgx_node *node = topo->all; node; node = node->all) {
		for (size_t i = 0; node->pci && i < node->pci->os_device_count; i++) {
			const struct hgx_os_device *os = &node->pci->os_devices[i];
			char text[512];

			if (node->pci->host_use || strcmp(os->type, type) || strcmp(os->name, name))
				continue;
			if (strcmp(name, use->first))
				snprintf(text, sizeof(text), "%s %s (through %s)", name,
					 use->reason, use->first);
			else
				snprintf(text, sizeof(text), "%s %s", name, use->reason);
			text_clean(text);
			node->pci->host_use = arena_string(&topo->arena, text);
		}
	}
}

bool use_each_line(struct use *use, const char *path, void (*each)(struct use *, char *))
{
	char *text = root_read_all(use->root, path), *save = NULL;

	if (!text)
		return false;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		each(use, line);
	free(text);
	return true;
}

void use_unknown(struct use *use, const char *rule, enum hgx_kind kind, const char *file,
		 const char *what)
{
	for (struct hgx_node *node = use->topo->all; node; node = node->all) {
		if (node->kind != kind)
			continue;
		finding_add(&use->topo->findings, &use->topo->arena, rule, HGX_WARNING, NULL,
			    "look at each of them before you start a VM",
			    "%s cannot be read: which %s the host itself uses is unknown", file,
			    what);
		return;
	}
}

/* By place and vendor: an endpoint of the switch's own vendor below it, or a further
 * function beside its upstream port; not a function of a card that is something else: the
 * switches of AMD's GPUs and of BlueField NICs are of the card's vendor too. */
static bool manages_switch(const struct hgx_node *node)
{
	const struct hgx_node *parent = node->parent;
	bool beside_switch = false;

	if (node->kind != HGX_OTHER)
		return false;
	for (const struct hgx_node *beside = parent->first; beside; beside = beside->next) {
		if (!bdf_same_card(beside->pci->address, node->pci->address))
			continue;
		beside_switch |= beside->kind == HGX_SWITCH_UP;
		if (beside->kind != HGX_OTHER && beside->kind != HGX_SWITCH_UP)
			return false;
	}
	return beside_switch ||
	       (parent->kind == HGX_SWITCH_DOWN && parent->pci->vendor == node->pci->vendor);
}

void source_use(struct hgx_topo *topo, const struct root *root)
{
	struct use use = { .topo = topo, .root = root };

	use_drives(&use);
	use_nics(&use);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci && !node->pci->host_use && manages_switch(node))
			node->pci->host_use = "management of the PCIe switch";
	while (use.block_count)
		free(use.blocks[--use.block_count]);
	free(use.blocks);
}
