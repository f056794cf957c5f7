/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads PCIe capabilities and looks up names, through libpci. */
#include <pci/pci.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/caps.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/link.h"
#include "util/macros.h"
#include "util/utf8.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/root.h"

/* libpci reports a fatal error through a hook that must not return and gets no context. A
 * thread uses one access structure at a time, so the hook finds its jump buffer through a
 * thread-local pointer. */
static _Thread_local jmp_buf *escape;

static void on_error(char *format, ...) __attribute__((noreturn));
static void on_error(char *format, ...)
{
	(void)format;
	longjmp(*escape, 1);
}

static void on_message(char *format, ...)
{
	(void)format;
}

static const char *name_list(const struct root *root, char *buffer, size_t size)
{
	static const char *const places[] = { "usr/share/misc/pci.ids",
					      "usr/share/hwdata/pci.ids" };

	for (size_t i = 0; i < ARRAY_SIZE(places) && !root->live; i++)
		if (root_is_file(root, places[i])) {
			snprintf(buffer, size, "%s/%s", root->path, places[i]);
			return buffer;
		}
	return NULL;
}

static struct pci_access *access_new(const struct root *root)
{
	struct pci_access *access = pci_alloc();
	char path[4200], parameter[] = "sysfs.path";

	access->error = on_error;
	access->warning = access->debug = on_message;
	/* PCI_ACCESS_AUTO would silently list the running machine when the path is wrong */
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	if (!root->live) {
		snprintf(path, sizeof(path), "%s/sys/bus/pci", root->path);
		pci_set_param(access, parameter, path);
	}
	if (name_list(root, path, sizeof(path)))
		pci_set_name_list_path(access, strdup(path), 1);
	return access;
}

/* Configuration space is slow on real hardware: only bridges and devices that a VM may
 * get are read. */
bool caps_are_read(const struct hgx_pci *pci)
{
	switch (pci->class_code >> 16) {
	case 0x02:
	case 0x03:
	case 0x12:
		return true;
	case 0x01:
		return pci->class_code >> 8 == 0x0108;
	case 0x06:
		return pci->class_code >> 8 == 0x0604 || pci->class_code >> 8 == 0x0680;
	default:
		return false;
	}
}

static void read_extended(struct pci_dev *device, unsigned id, unsigned control, bool readable,
			  struct hgx_capability *out)
{
	struct pci_cap *cap = readable ? pci_find_cap(device, id, PCI_CAP_EXTENDED) : NULL;

	out->state = !readable ? HGX_UNKNOWN : cap ? HGX_PRESENT : HGX_ABSENT;
	if (!cap)
		return;
	out->bits = pci_read_word(device, (int)cap->addr + 4);
	out->control = pci_read_word(device, (int)(cap->addr + control));
}

/* The Device Serial Number as lspci writes it. The register holds the lower half first. */
static const char *read_serial(struct arena *arena, struct pci_dev *device)
{
	struct pci_cap *cap = pci_find_cap(device, PCI_EXT_CAP_ID_DSN, PCI_CAP_EXTENDED);
	uint32_t low, high;

	if (!cap)
		return NULL;
	low = pci_read_long(device, (int)cap->addr + 4);
	high = pci_read_long(device, (int)cap->addr + 8);
	if (!low && !high)
		return NULL;
	return arena_format(arena, "%02x-%02x-%02x-%02x-%02x-%02x-%02x-%02x", high >> 24,
			    high >> 16 & 0xff, high >> 8 & 0xff, high & 0xff, low >> 24,
			    low >> 16 & 0xff, low >> 8 & 0xff, low & 0xff);
}

/* Link Capabilities and Link Status have speed and width at the same bits, 3:0 and 9:4. */
static struct hgx_link link_of_register(uint32_t bits)
{
	uint32_t speed = link_speed_of_code(bits & 0xf), width = bits >> 4 & 0x3f;

	return (struct hgx_link){ speed, speed && width <= MAX_LANES ? width : 0 };
}

/* Whether the device does not answer: it is asleep, unplugged or off the bus. A virtual
 * function legally has all ones as ids, but not as class. */
static bool config_unreadable(struct pci_dev *device)
{
	return pci_read_long(device, PCI_VENDOR_ID) == 0xffffffff &&
	       pci_read_long(device, PCI_CLASS_REVISION) == 0xffffffff;
}

/* libpci reads a file that is missing, or cut, as all ones. */
static bool config_missing(const struct root *root, struct hgx_node *node)
{
	char path[80];
	long length;

	if (root->live)
		return false;
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config", node->name);
	length = root_size(root, path);
	if (length >= 64)
		return false;
	node->pci->kind_inferred = node->pci->class_code >> 8 == 0x0604;
	finding_add(
		&node->topo->findings, &node->topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, node,
		"capture the machine again",
		"%s: config in sysfs is %s: its capabilities (port type, ACS, ATS) and its link "
		"are unknown",
		node->name, length < 0 ? "missing" : "shorter than 64 bytes");
	return true;
}

static void read_capabilities(struct pci_access *access, struct hgx_node *node)
{
	struct hgx_pci *pci = node->pci;
	struct hgx_bdf a = pci->address;
	struct pci_dev *device = pci_get_dev(access, (int)a.domain, a.bus, a.device, a.function);
	struct pci_cap *express;
	u8 probe[4];

	if (config_unreadable(device)) {
		pci->kind_inferred = pci->class_code >> 8 == 0x0604;
		finding_add(&node->topo->findings, &node->topo->arena, RULE_NO_ANSWER, HGX_WARNING,
			    node, "check the kernel log; a cold boot may bring it back",
			    "%s does not answer: its configuration space reads as all ones",
			    node->name);
		pci_free_dev(device);
		return;
	}
	/* an ordinary user can read only the first 64 bytes */
	if (!pci_read_block(device, 64, probe, sizeof(probe))) {
		pci->kind_inferred = pci->class_code >> 8 == 0x0604;
		pci_free_dev(device);
		return;
	}
	express = pci_find_cap(device, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
	if (express) {
		/* a conventional device has only 256 bytes */
		bool extended = pci_read_block(device, 256, probe, sizeof(probe)) != 0;

		pci->port_type = (pci_read_word(device, (int)express->addr + PCI_EXP_FLAGS) &
				  PCI_EXP_FLAGS_TYPE) >>
				 4;
		pci->link_max = link_of_register(
			pci_read_long(device, (int)express->addr + PCI_EXP_LNKCAP));
		pci->link_now = link_of_register(
			pci_read_word(device, (int)express->addr + PCI_EXP_LNKSTA));
		read_extended(device, PCI_EXT_CAP_ID_ACS, 6, extended, &pci->acs);
		read_extended(device, PCI_EXT_CAP_ID_ATS, 6, extended, &pci->ats);
		if (extended)
			pci->device_serial = read_serial(&node->topo->arena, device);
	} else {
		pci->acs.state = pci->ats.state = HGX_ABSENT;
	}
	pci_free_dev(device);
}

static const char *look_up(struct hgx_topo *topo, struct pci_access *access, int what,
			   const struct hgx_pci *pci)
{
	char buffer[256];
	char *name = pci_lookup_name(access, buffer, sizeof(buffer),
				     what | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB, pci->vendor,
				     pci->device);

	if (!name || !*name)
		return NULL;
	text_clean(name);
	return arena_string(&topo->arena, name);
}

static int by_id(const void *a, const void *b)
{
	const struct hgx_pci *x = (*(struct hgx_node *const *)a)->pci;
	const struct hgx_pci *y = (*(struct hgx_node *const *)b)->pci;

	if (x->vendor != y->vendor)
		return (int)x->vendor - y->vendor;
	return (int)x->device - y->device;
}

/* Looks up each id once: a server has hundreds of functions but only a few dozen models. */
static void name_all(struct hgx_topo *topo, struct pci_access *access, struct hgx_node **nodes,
		     size_t count)
{
	qsort(nodes, count, sizeof(*nodes), by_id);
	for (size_t i = 0; i < count; i++) {
		struct hgx_pci *pci = nodes[i]->pci, *last = i ? nodes[i - 1]->pci : NULL;

		pci->vendor_name = last && last->vendor == pci->vendor ?
					   last->vendor_name :
					   look_up(topo, access, PCI_LOOKUP_VENDOR, pci);
		pci->device_name = last && !by_id(&nodes[i - 1], &nodes[i]) ?
					   last->device_name :
					   look_up(topo, access, PCI_LOOKUP_DEVICE, pci);
	}
}

int source_caps(struct hgx_topo *topo, const struct root *root, struct hgx_error *err)
{
	struct hgx_node **nodes = malloc(topo->count * sizeof(*nodes));
	struct pci_access *volatile access = NULL;
	volatile int code = HGX_OK;
	size_t count = 0;
	jmp_buf jump;

	if (!nodes)
		return fail_memory(err);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci)
			nodes[count++] = node;
	escape = &jump;
	if (!count) {
		/* nothing to look up */
	} else if (setjmp(jump)) {
		code = fail_option(
			err, RULE_PCI_UNREADABLE, root_option(root),
			"%s: libpci cannot read sys/bus/pci there; use a shorter path or "
			"capture the machine again",
			root->path);
	} else {
		access = access_new(root);
		pci_init(access);
		for (size_t i = 0; i < count; i++)
			if (caps_are_read(nodes[i]->pci) && !config_missing(root, nodes[i]))
				read_capabilities(access, nodes[i]);
		name_all(topo, access, nodes, count);
	}
	if (access)
		pci_cleanup(access);
	escape = NULL;
	free(nodes);
	return code;
}
