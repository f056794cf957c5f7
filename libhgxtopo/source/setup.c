/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads how a host is set up for VMs. Nothing is run. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/setup.h"
#include "util/arena.h"
#include "util/macros.h"
#include "model/setup.h"

#define CPUINFO_BYTES 16384 /* the first processor has its flags in it */
#define IDS_BYTES 4096
#define MODPROBE "etc/modprobe.d"
#define DPKG "var/lib/dpkg/status"

static const char *const emulators[] = {
	"usr/bin/qemu-system-x86_64",
	"usr/libexec/qemu-kvm",
	"usr/bin/kvm",
};
static const char *const daemons[] = {
	"usr/sbin/libvirtd",
	"usr/sbin/virtqemud",
};
static const char *const firmwares[] = {
	"usr/share/OVMF/OVMF_CODE_4M.fd",	"usr/share/OVMF/OVMF_CODE.fd",
	"usr/share/edk2/ovmf/OVMF_CODE.fd",	"usr/share/edk2/x64/OVMF_CODE.4m.fd",
	"usr/share/qemu/ovmf-x86_64-code.bin",	"usr/share/qemu/edk2-x86_64-code.fd",
	"usr/share/edk2-ovmf/x64/OVMF_CODE.fd",
};

static bool any_exists(const struct root *root, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (root_exists(root, paths[i]))
			return true;
	return false;
}

/* Whether a program is there. A capture that has the list of packages tells what is not. */
static int installed(const struct root *root, const char *version, const char *const *paths,
		     size_t count)
{
	if (version || any_exists(root, paths, count))
		return HGX_PRESENT;
	return root->live || root_is_file(root, DPKG) ? HGX_ABSENT : HGX_UNKNOWN;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
		if ((at == list || strchr(" \t", at[-1])) && strchr(" \t\n", at[length]))
			return true;
	return false;
}

static void read_flags(struct setup *setup, const struct root *root)
{
	char *text = malloc(CPUINFO_BYTES), *flags, *end;

	if (text && root_read(root, "proc/cpuinfo", text, CPUINFO_BYTES) > 0 &&
	    (flags = strstr(text, "\nflags")) != NULL && (flags = strchr(flags, ':')) != NULL &&
	    (end = strchr(flags, '\n')) != NULL) {
		*end = '\0';
		setup->virtualizes = has_word(flags, "vmx") || has_word(flags, "svm") ?
					     HGX_PRESENT :
					     HGX_ABSENT;
		setup->guest = has_word(flags, "hypervisor") ? HGX_PRESENT : HGX_ABSENT;
	}
	free(text);
}

/* A capture has no device nodes, unless somebody made them. */
static int read_kvm(const struct root *root)
{
	if (root_exists(root, "dev/kvm"))
		return HGX_PRESENT;
	return root_exists(root, "dev") ? HGX_ABSENT : HGX_UNKNOWN;
}

/* ---------------------------------------------------------------- vfio-pci */

struct ids {
	struct hgx_topo *topo;
	const char *list;
};

static void add_ids(struct ids *ids, const char *value, size_t length)
{
	struct arena *arena = &ids->topo->arena;

	if (!length || !memcmp(value, "(null)", length < 6 ? length : 6))
		return;
	ids->list = ids->list ? arena_format(arena, "%s,%.*s", ids->list, (int)length, value) :
				arena_format(arena, "%.*s", (int)length, value);
}

/* The value of each word that begins with @key. */
static void add_words(struct ids *ids, const char *text, const char *key)
{
	for (const char *at = text; (at = strstr(at, key)) != NULL;) {
		bool begins = at == text || strchr(" \t\n\"", at[-1]);

		at += strlen(key);
		if (begins)
			add_ids(ids, at, strcspn(at, " \t\n\""));
	}
}

static int read_modprobe(void *context, int dir, const char *name)
{
	struct ids *ids = context;
	char text[IDS_BYTES];

	if (root_read_at(dir, name, text, sizeof(text)) <= 0)
		return HGX_OK;
	for (char *next = NULL, *line = strtok_r(text, "\n", &next); line;
	     line = strtok_r(NULL, "\n", &next)) {
		if (strncmp(line, "options ", 8))
			continue;
		if (!strncmp(line + 8, "vfio-pci ", 9) || !strncmp(line + 8, "vfio_pci ", 9))
			add_words(ids, line + 8, "ids=");
	}
	return HGX_OK;
}

static const char *read_vfio_ids(struct hgx_topo *topo, const struct root *root,
				 const char *cmdline)
{
	struct ids ids = { .topo = topo };
	char text[IDS_BYTES];
	long length = root_read(root, "sys/module/vfio_pci/parameters/ids", text, sizeof(text));

	if (length > 0)
		add_ids(&ids, text, (size_t)length);
	if (cmdline) {
		add_words(&ids, cmdline, "vfio-pci.ids=");
		add_words(&ids, cmdline, "vfio_pci.ids=");
	}
	root_list(root, MODPROBE, read_modprobe, &ids);
	return ids.list;
}

/* Of any group: it says how Linux set the IOMMU up. */
static const char *read_iommu(struct hgx_topo *topo, const struct root *root)
{
	char path[64], text[32];

	for (const struct hgx_node *node = topo->all; node; node = node->all) {
		if (!node->pci || node->pci->iommu_group < 0)
			continue;
		snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/type",
			 node->pci->iommu_group);
		return root_read(root, path, text, sizeof(text)) > 0 ?
			       arena_string(&topo->arena, text) :
			       NULL;
	}
	return NULL;
}

int source_setup(struct hgx_topo *topo, const struct root *root)
{
	struct setup *setup = arena_alloc(&topo->arena, sizeof(*setup));
	char text[IDS_BYTES];

	if (!setup)
		return HGX_NO_MEMORY;
	*setup = (struct setup){ .virtualizes = HGX_UNKNOWN, .guest = HGX_UNKNOWN };
	if (root_read(root, "proc/cmdline", text, sizeof(text)) > 0)
		setup->cmdline = arena_string(&topo->arena, text);
	read_flags(setup, root);
	setup->kvm = read_kvm(root);
	setup->qemu = installed(root, topo->qemu, emulators, ARRAY_SIZE(emulators));
	setup->libvirt = installed(root, topo->libvirt, daemons, ARRAY_SIZE(daemons));
	setup->ovmf = installed(root, topo->ovmf, firmwares, ARRAY_SIZE(firmwares));
	setup->vfio_ids = read_vfio_ids(topo, root, setup->cmdline);
	setup->iommu = read_iommu(topo, root);
	topo->setup = setup;
	return HGX_OK;
}
