/* Which devices the host itself needs: the drives it is mounted on and swaps to, with what
 * is stacked on them; the NICs with an address or a route; the endpoints that manage a
 * PCIe switch. (The console is known from boot_vga, in source_pci.c.) */
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "internal.h"

#define DEEPEST_STACK 16
#define MOST_VISITS 4096

struct use {
	struct hgx_topo *topo;
	const struct root *root;
	const char *reason; /* of the mark that is being spread */
	const char *first;  /* the device it began with */
	unsigned depth;
	unsigned visits; /* of this mark: stacks that name each other end */
	char **blocks;	 /* "8:1 sda1 root-lv" */
	size_t block_count;
};

/* Marks the functions that have an OS device of that type and name. */
static void mark_functions(struct use *use, const char *type, const char *name)
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

static void mark_block(struct use *use, const char *name);

static int mark_slave(void *context, int dir, const char *name)
{
	(void)dir;
	mark_block(context, name);
	return HGX_OK;
}

/* A drive, the drive of a partition, and what a stacked device lies on. */
static void mark_block(struct use *use, const char *name)
{
	char path[4096], place[4096], text[16];
	int dir;

	if (strlen(name) > 255 || use->depth >= DEEPEST_STACK || ++use->visits > MOST_VISITS)
		return;
	use->depth++;
	mark_functions(use, "block", name);
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

/* The device of "259:1", "/dev/nvme0n1p1" or "/dev/mapper/vg0-root"; NULL: none. */
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

/* The kernel writes blanks in these files as \040 (octal). */
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

/* An imported pool, with or without a mounted file system (zvols). */
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

static void net_mark(struct use *use, const char *name);

static int net_lower(void *context, int dir, const char *name)
{
	(void)dir;
	if (!strncmp(name, "lower_", 6))
		net_mark(context, name + 6);
	return HGX_OK;
}

/* A bond, bridge or VLAN in use needs the NICs below it. */
static void net_mark(struct use *use, const char *name)
{
	char path[512];

	if (strlen(name) > 63 || strchr(name, '/') || use->depth >= DEEPEST_STACK ||
	    ++use->visits > MOST_VISITS)
		return;
	use->depth++;
	mark_functions(use, "net", name);
	snprintf(path, sizeof(path), "sys/class/net/%s", name);
	root_list(use->root, path, net_lower, use);
	use->depth--;
}

static void net_begin(struct use *use, const char *name, const char *reason)
{
	use->first = name;
	use->reason = reason;
	use->visits = 0;
	net_mark(use, name);
}

/* The main table's routes, the first next hop of each: nearly every configured address
 * leaves one. (On the running machine use_addresses() sees them all.) */
static void use_route(struct use *use, char *line)
{
	char name[64];
	unsigned destination, mask;

	if (sscanf(line, "%63s %8x %*8x %*x %*d %*d %*d %8x", name, &destination, &mask) != 3)
		return;
	net_begin(use, name, destination || mask ? "has an IPv4 address" : "has the default route");
}

/* Link-local addresses (scope 20) come by themselves. */
static void use_inet6(struct use *use, char *line)
{
	char name[64];
	unsigned scope;

	if (sscanf(line, "%*s %*x %*x %2x %*x %63s", &scope, name) == 2 && scope != 0x20)
		net_begin(use, name, "has an IPv6 address");
}

/* Destination, its length, source, its length, next hop, metric, counts, flags, name. */
static void use_route6(struct use *use, char *line)
{
	char destination[33], name[64];
	unsigned flags;

	if (sscanf(line, "%32s %*x %*s %*x %*s %*x %*x %*x %8x %63s", destination, &flags, name) !=
	    3)
		return;
	/* reject routes, link-local (fe80::/10) and multicast (ff00::/8) come by themselves */
	if (flags & 0x200 || !strcmp(name, "lo") || !strncmp(destination, "ff", 2) ||
	    !strncmp(destination, "fe8", 3))
		return;
	net_begin(use, name, "has an IPv6 route");
}

/* Addresses without a route in the main table, of this network namespace. */
static void use_addresses(struct use *use)
{
	struct ifaddrs *list;

	if (!use->root->live || getifaddrs(&list))
		return;
	for (struct ifaddrs *item = list; item; item = item->ifa_next)
		if (item->ifa_addr && item->ifa_addr->sa_family == AF_INET)
			net_begin(use, item->ifa_name, "has an IPv4 address");
	freeifaddrs(list);
}

static bool has_os_device(const struct hgx_pci *pci)
{
	for (size_t i = 0; i < pci->os_device_count; i++)
		if (strcmp(pci->os_devices[i].type, "block"))
			return true;
	return false;
}

/* A NIC that works and has no name here may belong to another network namespace. */
static void tell_nameless(struct use *use)
{
	for (struct hgx_node *node = use->topo->all; node; node = node->all) {
		const char *driver = node->pci ? node->pci->driver : NULL;

		if (node->kind != HGX_NIC || !driver || has_os_device(node->pci) ||
		    !strcmp(driver, "vfio-pci") || !strcmp(driver, "pci-stub"))
			continue;
		finding_add(&use->topo->findings, &use->topo->arena, "nic-nameless", HGX_WARNING,
			    node, "look whether a container or another network namespace uses it",
			    "%s has the driver %s and no network device here", node->name, driver);
	}
}

static int use_master(void *context, int dir, const char *name)
{
	struct use *use = context;
	char path[512], master[64], reason[128];
	int device;

	(void)dir;
	snprintf(path, sizeof(path), "sys/class/net/%.255s", name);
	device = root_dir(use->root, path);
	if (device < 0)
		return HGX_OK;
	if (root_link_name(device, "master", master, sizeof(master))) {
		snprintf(reason, sizeof(reason), "is a port of %s", master);
		net_begin(use, name, reason);
	}
	close(device);
	return HGX_OK;
}

static bool each_line(struct use *use, const char *path, void (*each)(struct use *, char *))
{
	char *text = root_read_all(use->root, path), *save = NULL;

	if (!text)
		return false;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		each(use, line);
	free(text);
	return true;
}

static void unknown_use(struct use *use, const char *rule, enum hgx_kind kind, const char *file,
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

static void use_drives(struct use *use)
{
	bool mounts;

	root_list(use->root, "sys/class/block", add_block, use);
	mounts = each_line(use, "proc/1/mountinfo", use_mountinfo);
	mounts |= each_line(use, "proc/self/mountinfo", use_mountinfo);
	mounts |= each_line(use, "proc/mounts", use_mounts);
	each_line(use, "proc/swaps", use_swap);
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
	if (!mounts || !use->block_count)
		unknown_use(use, "drive-use-unknown", HGX_NVME,
			    mounts ? "sys/class/block" : "proc/self/mountinfo", "drives");
}

static void use_nics(struct use *use)
{
	bool routes;
	int dir = root_dir(use->root, "sys/class/net");

	routes = each_line(use, "proc/1/net/route", use_route);
	routes |= each_line(use, "proc/net/route", use_route);
	each_line(use, "proc/1/net/if_inet6", use_inet6);
	each_line(use, "proc/net/if_inet6", use_inet6);
	each_line(use, "proc/1/net/ipv6_route", use_route6);
	each_line(use, "proc/net/ipv6_route", use_route6);
	use_addresses(use);
	root_list(use->root, "sys/class/net", use_master, use);
	if (dir < 0 || !routes)
		unknown_use(use, "nic-use-unknown", HGX_NIC,
			    routes ? "sys/class/net" : "proc/net/route", "NICs");
	else
		tell_nameless(use);
	if (dir >= 0)
		close(dir);
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
