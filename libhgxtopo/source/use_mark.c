/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marks devices that the host uses, and reads the files that show it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/use_mark.h"
#include "util/arena.h"
#include "util/utf8.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/root.h"

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

void use_unknown(struct use *use, enum rule_id rule, enum hgx_kind kind, const char *file,
		 const char *what)
{
	for (struct hgx_node *node = use->topo->all; node; node = node->all) {
		if (node->kind != kind)
			continue;
		finding_add(&use->topo->findings, &use->topo->arena, rule, HGX_WARNING, NULL,
			    "check each of them before you start a VM",
			    "%s cannot be read: which %s the host itself uses is unknown", file,
			    what);
		return;
	}
}
