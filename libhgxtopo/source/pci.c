/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads PCI functions from sysfs in one pass over sys/bus/pci/devices. The target of each
 * link gives the parent (Linux Documentation/ABI/testing/sysfs-bus-pci). */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "source/pci.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/link.h"
#include "util/macros.h"
#include "util/utf8.h"
#include "model/build.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/caps.h"
#include "source/capture.h"
#include "source/limits.h"
#include "source/root.h"

#define DEVICES "sys/bus/pci/devices"

/* Files that old kernels lack, and kernels without NUMA, but for all devices. */
static const char *const everywhere[] = { "revision", "numa_node" };

struct scan {
	struct hgx_topo *topo;
	const struct root *root;
	struct hgx_error *err;
	size_t functions;
	struct {
		size_t count;
		struct hgx_node *first;
	} lacking[ARRAY_SIZE(everywhere)];
};

/* Host bridge and parent function in a path such as
 * "sys/devices/pci0000:15/0000:15:01.0/0000:16:00.0". */
struct place {
	struct hgx_bdf self, parent;
	unsigned depth; /* PCI functions in the path, below the last host bridge */
	uint32_t domain;
	unsigned bus;
};

static bool place_read(const char *path, struct place *out)
{
	bool bridge = false;
	int length = 0;

	memset(out, 0, sizeof(*out));
	while (*path) {
		size_t part = strcspn(path, "/");
		struct hgx_bdf address;

		if (part < 32 &&
		    sscanf(path, "pci%8x:%2x%n", &out->domain, &out->bus, &length) == 2 &&
		    (size_t)length == part) {
			bridge = true;
			out->depth = 0;
		} else if (bridge && bdf_read(path, part, &address)) {
			out->parent = out->self;
			out->self = address;
			out->depth++;
		}
		path += part + (path[part] == '/');
	}
	return bridge && out->depth;
}

/* Reads a number of at most @most that ends at @stop, and moves the cursor past it. */
static bool hex_read(const char **cursor, char stop, uint32_t most, uint32_t *out)
{
	unsigned long value;
	char *end;

	if (!isxdigit((unsigned char)**cursor))
		return false;
	value = strtoul(*cursor, &end, 16);
	if (*end != stop || value > most)
		return false;
	*out = (uint32_t)value;
	*cursor = end + 1;
	return true;
}

/* The text after a key at the start of a line; NULL if there is none. */
static const char *value_of(const char *text, const char *key)
{
	const char *found = strstr(text, key);

	return found && (found == text || found[-1] == '\n') ? found + strlen(key) : NULL;
}

static bool ids_of(const char *text, const char *key, uint32_t *vendor, uint32_t *device)
{
	const char *value = value_of(text, key);

	return value && hex_read(&value, ':', 0xffff, vendor) &&
	       hex_read(&value, '\n', 0xffff, device);
}

static bool read_identity(struct scan *scan, struct hgx_pci *pci, int dir)
{
	uint32_t vendor, device, subvendor, subdevice;
	char text[4096], *driver;
	const char *class_code;

	if (root_read_at(dir, "uevent", text, sizeof(text) - 1) < 0)
		return false;
	strcat(text, "\n"); /* root_read_at() removes that of the last line */
	class_code = value_of(text, "PCI_CLASS=");
	if (!ids_of(text, "PCI_ID=", &vendor, &device) || !class_code ||
	    !hex_read(&class_code, '\n', 0xffffff, &pci->class_code))
		return false;
	if (!ids_of(text, "PCI_SUBSYS_ID=", &subvendor, &subdevice))
		subvendor = subdevice = 0;
	pci->vendor = (uint16_t)vendor;
	pci->device = (uint16_t)device;
	pci->subsystem_vendor = (uint16_t)subvendor;
	pci->subsystem_device = (uint16_t)subdevice;
	driver = strstr(text, "DRIVER=");
	if (driver && (driver == text || driver[-1] == '\n')) {
		driver += strlen("DRIVER=");
		driver[strcspn(driver, "\n")] = '\0';
		text_clean(driver);
		pci->driver = arena_string(&scan->topo->arena, driver);
	}
	return true;
}

static void note_value(const struct scan *scan, const struct hgx_node *node, const char *name,
		       char *text)
{
	text_clean(text);
	finding_add(&scan->topo->findings, &scan->topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, node,
		    NULL,
		    "%s: %s in sysfs is '%s', which is not possible for a device: treated as "
		    "unknown",
		    node->name, name, text);
}

static void note_missing(const struct scan *scan, const struct hgx_node *node, const char *name,
			 const char *so)
{
	finding_add(&scan->topo->findings, &scan->topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, node,
		    scan->root->live ? NULL : "capture the machine again",
		    "%s: %s in sysfs is missing: %s", node->name, name, so);
}

/* A number from @least to @most; @absent if the file is not there, or not such a number. */
static long read_number(const struct scan *scan, const struct hgx_node *node, int dir,
			const char *name, long least, long most, long absent)
{
	char text[64], *end;
	long value;

	if (root_read_at(dir, name, text, sizeof(text)) < 0)
		return absent;
	value = strtol(text, &end, 0);
	if (end > text && !*end && value >= least && value <= most)
		return value;
	note_value(scan, node, name, text);
	return absent;
}

/* "32.0 GT/s PCIe", "16 GT/s", "Unknown", "Unknown speed" */
static uint32_t read_speed(const struct scan *scan, const struct hgx_node *node, int dir,
			   const char *name)
{
	char text[64];
	unsigned whole, tenth = 0;

	if (root_read_at(dir, name, text, sizeof(text)) < 0 || !strncmp(text, "Unknown", 7))
		return 0;
	if (sscanf(text, "%4u.%1u GT/s", &whole, &tenth) >= 1 && strstr(text, "GT/s") &&
	    link_speed_known(whole * 1000 + tenth * 100))
		return whole * 1000 + tenth * 100;
	note_value(scan, node, name, text);
	return 0;
}

static struct hgx_link read_link(const struct scan *scan, const struct hgx_node *node, int dir,
				 const char *speed, const char *width)
{
	struct hgx_link link = { read_speed(scan, node, dir, speed), 0 };
	long lanes = link.speed ? read_number(scan, node, dir, width, 0, 255, 0) : 0;

	/* the kernel writes 255 if it does not know the width */
	if (lanes > 0 && lanes <= MAX_LANES)
		link.width = (uint32_t)lanes;
	return link;
}

/* The file has a line for each resource: start, end, flags (linux/ioport.h). Those after
 * the ROM belong to SR-IOV and to bridge windows. */
static void read_bars(const struct scan *scan, const struct hgx_node *node, int dir)
{
	struct hgx_pci *pci = node->pci;
	char text[4096], *line = text;

	if (root_read_at(dir, "resource", text, sizeof(text)) < 0) {
		note_missing(scan, node, "resource", "its BARs are unknown");
		return;
	}
	for (size_t i = 0; i < HGX_BARS && line; i++) {
		unsigned long long start, end, flags;

		if (sscanf(line, "0x%llx 0x%llx 0x%llx", &start, &end, &flags) != 3) {
			line[strcspn(line, "\n")] = '\0';
			note_value(scan, node, "resource", line);
			return;
		}

		if (flags && end >= start && end - start >= (uint64_t)MAX_MEMORY_BYTES) {
			char size[64];

			snprintf(size, sizeof(size), "0x%llx to 0x%llx", start, end);
			note_value(scan, node, "resource", size);
		} else if (flags && end >= start) {
			pci->bars[i].size = end - start + 1;
			pci->bars[i].flags = (flags & 0x100 ? HGX_BAR_IO : 0) |
					     (flags & 0x100000 ? HGX_BAR_64BIT : 0) |
					     (flags & 0x2000 ? HGX_BAR_PREFETCH : 0);
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

static void read_links(const struct scan *scan, struct hgx_node *node, int dir)
{
	struct hgx_pci *pci = node->pci;

	pci->link_max = read_link(scan, node, dir, "max_link_speed", "max_link_width");
	pci->link_now = read_link(scan, node, dir, "current_link_speed", "current_link_width");
}

static int read_group(const struct scan *scan, const struct hgx_node *node, char *name)
{
	char *end;
	long value = isdigit((unsigned char)*name) ? strtol(name, &end, 10) : -1;

	if (value >= 0 && value <= INT32_MAX && !*end)
		return (int)value;
	note_value(scan, node, "iommu_group", name);
	return -1;
}

static void read_relations(struct scan *scan, struct hgx_node *node, int dir)
{
	struct hgx_pci *pci = node->pci;
	struct hgx_bdf address;
	char name[64];

	if (root_link_name(dir, "iommu_group", name, sizeof(name)))
		pci->iommu_group = read_group(scan, node, name);
	if (root_link_name(dir, "physfn", name, sizeof(name)) &&
	    bdf_read(name, strlen(name), &address))
		node->pf_name = arena_string(&scan->topo->arena, bdf_text(address).text);
	pci->sriov_total = (int)read_number(scan, node, dir, "sriov_totalvfs", 0,
					    MAX_VIRTUAL_FUNCTIONS, 0);
	if (!scan->root->live && !faccessat(dir, "sriov_numvfs", F_OK, 0) &&
	    faccessat(dir, "sriov_totalvfs", F_OK, 0))
		note_missing(scan, node, "sriov_totalvfs",
			     "whether it can have virtual functions is unknown");
	if (pci->sriov_total > 0)
		pci->sriov_enabled = (int)read_number(scan, node, dir, "sriov_numvfs", 0,
						      MAX_VIRTUAL_FUNCTIONS, 0);
	if (pci->class_code >> 8 == 0x0300 &&
	    read_number(scan, node, dir, "boot_vga", 0, 1, 0) == 1)
		pci->host_use = "the console of the host: boot_vga is 1";
}

static void count_lacking(struct scan *scan, struct hgx_node *node, int dir)
{
	scan->functions++;
	for (size_t i = 0; i < ARRAY_SIZE(everywhere) && !scan->root->live; i++)
		if (faccessat(dir, everywhere[i], F_OK, 0) && !scan->lacking[i].count++)
			scan->lacking[i].first = node;
}

static void note_lacking(const struct scan *scan)
{
	for (size_t i = 0; i < ARRAY_SIZE(everywhere); i++)
		if (scan->lacking[i].count && scan->lacking[i].count < scan->functions)
			note_missing(scan, scan->lacking[i].first, everywhere[i],
				     arena_format(&scan->topo->arena,
						  "treated as unknown, as for %zu of %zu devices",
						  scan->lacking[i].count, scan->functions));
}

static int add_function(struct scan *scan, const struct place *place, int dir)
{
	struct hgx_topo *topo = scan->topo;
	struct hgx_node *node;
	char parent[BDF_TEXT];

	if (place->depth > 1)
		strcpy(parent, bdf_text(place->parent).text);
	else
		snprintf(parent, sizeof(parent), "pci%04x:%02x", place->domain, place->bus);
	/* any function may have others below it; kind_classify() decides */
	node = build_pci(topo, HGX_BRIDGE, place->self, parent);
	if (!node)
		return fail_memory(scan->err);
	if (!read_identity(scan, node->pci, dir))
		return fail_about(scan->err, RULE_SYSFS_BROKEN, root_option(scan->root), node->name,
				  "%s: " DEVICES
				  "/%s/uevent has no PCI_ID and PCI_CLASS; capture the "
				  "machine again",
				  scan->root->path, node->name);
	count_lacking(scan, node, dir);
	node->pci->revision = (int)read_number(scan, node, dir, "revision", 0, MAX_REVISION, -1);
	node->pci->numa_node = (int)read_number(scan, node, dir, "numa_node", -1, MAX_ELEMENTS, -1);
	/* libpci reads the links of the others from registers, which saves four files each */
	if (!caps_are_read(node->pci))
		read_links(scan, node, dir);
	read_bars(scan, node, dir);
	read_relations(scan, node, dir);
	return HGX_OK;
}

/* Whether the device has just been unplugged from the running machine. */
static bool vanished(const struct scan *scan, int error)
{
	return scan->root->live && (error == ENOENT || error == ENODEV);
}

/* libpci opens config itself: it would follow a link out of the root, and block on a
 * pipe. */
static bool config_misleads(int device)
{
	struct stat status;

	return !fstatat(device, "config", &status, AT_SYMLINK_NOFOLLOW) && !S_ISREG(status.st_mode);
}

static int scan_one(void *context, int dir, const char *name)
{
	struct scan *scan = context;
	struct place place;
	char path[4096];
	int device, code;

	if (!root_link_path(dir, DEVICES, name, path, sizeof(path)))
		return vanished(scan, errno) ?
			       HGX_OK :
			       fail_about(scan->err, RULE_SYSFS_BROKEN, root_option(scan->root),
					  name,
					  "%s: " DEVICES
					  "/%s is not a link to a directory below the root; "
					  "capture the machine with its links",
					  scan->root->path, name);
	if (!place_read(path, &place) || strcmp(bdf_text(place.self).text, name))
		return fail_about(scan->err, RULE_SYSFS_BROKEN, root_option(scan->root), name,
				  "%s: " DEVICES
				  "/%s points to %s, which is not that device's directory; "
				  "capture the machine again",
				  scan->root->path, name, path);
	device = root_dir_beneath(scan->root, path);
	if (device < 0 && vanished(scan, errno))
		return HGX_OK;
	if (device < 0)
		return fail_about(scan->err, RULE_SYSFS_BROKEN, root_option(scan->root), name,
				  "%s: " DEVICES "/%s points to %s: %s; capture the machine again",
				  scan->root->path, name, path, strerror(errno));
	if (!scan->root->live && config_misleads(device))
		code = fail_about(scan->err, RULE_SYSFS_CONFIG, root_option(scan->root), name,
				  "%s: %s/config is not a regular file; capture the machine again",
				  scan->root->path, path);
	else if (scan->root->live && faccessat(device, "uevent", R_OK, 0) && vanished(scan, errno))
		code = HGX_OK;
	else
		code = add_function(scan, &place, device);
	close(device);
	if (!code && !scan->root->live)
		code = capture_linked(scan->root, path, scan->err);
	return code;
}

static int by_order(const void *a, const void *b)
{
	return node_compare(*(struct hgx_node *const *)a, *(struct hgx_node *const *)b);
}

/* Adds a host bridge for each root bus that has functions. */
static int add_host_bridges(struct hgx_topo *topo, struct hgx_error *err)
{
	size_t count = 0;
	struct hgx_node **tops = malloc(topo->count * sizeof(*tops));
	const char *last = "";
	int code = HGX_OK;

	if (!tops)
		return fail_memory(err);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci && !strncmp(node->parent_name, "pci", 3))
			tops[count++] = node;
	qsort(tops, count, sizeof(*tops), by_order);
	for (size_t i = 0; i < count; i++) {
		unsigned domain, bus;

		if (strcmp(last, tops[i]->parent_name) &&
		    sscanf(tops[i]->parent_name, "pci%x:%x", &domain, &bus) == 2 &&
		    !build_host_bridge(topo, domain, (uint8_t)bus))
			code = fail_memory(err);
		last = tops[i]->parent_name;
	}
	free(tops);
	return code;
}

/* Devices right below a root bus whose links are missing. */
static int check_root_bus(void *context, int dir, const char *name)
{
	struct scan *scan = context;
	char path[64];

	(void)dir;
	if (strncmp(name, "pci", 3) || strlen(name) > 16)
		return HGX_OK;
	snprintf(path, sizeof(path), "sys/devices/%s", name);
	return capture_linked(scan->root, path, scan->err);
}

static int check_root_buses(struct scan *scan)
{
	int code = scan->root->live ? HGX_OK :
				      root_list(scan->root, "sys/devices", check_root_bus, scan);

	return code == HGX_MISSING || code == HGX_UNREADABLE ? HGX_OK : code;
}

int source_pci(struct hgx_topo *topo, const struct root *root, struct hgx_error *err)
{
	struct scan scan = { .topo = topo, .root = root, .err = err };
	int code = root_list(root, DEVICES, scan_one, &scan);

	if (code == HGX_MISSING || code == HGX_UNREADABLE) {
		finding_add(&topo->findings, &topo->arena, RULE_NO_PCI, HGX_WARNING, NULL, NULL,
			    DEVICES " cannot be read: no PCI devices are shown");
		return HGX_OK;
	}
	if (!code)
		code = check_root_buses(&scan);
	note_lacking(&scan);
	return code ? code : add_host_bridges(topo, err);
}

void source_links(struct hgx_topo *topo, const struct root *root)
{
	struct scan scan = { .topo = topo, .root = root };

	for (struct hgx_node *node = topo->all; node; node = node->all) {
		char path[64];
		int dir;

		if (!node->pci || node->pci->port_type >= 0 || !caps_are_read(node->pci))
			continue;
		snprintf(path, sizeof(path), DEVICES "/%s", node->name);
		dir = root_dir(root, path);
		if (dir < 0)
			continue;
		read_links(&scan, node, dir);
		close(dir);
	}
}
