/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the NICs that the host uses: those with an address or a route, and those below a
 * bond, bridge or VLAN that has one. */
#include <ifaddrs.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "source/use_net.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/root.h"
#include "source/use_mark.h"

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

	if (strlen(name) > 63 || strchr(name, '/') || use->depth >= MAX_STACK_DEPTH ||
	    ++use->visits > MAX_VISITS)
		return;
	use->depth++;
	use_mark(use, "net", name);
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

/* /proc/net/route lists the main table with one next hop for each route. Almost every
 * configured address has a route there; on the running machine, use_addresses() finds the
 * others. */
static void use_route(struct use *use, char *line)
{
	char name[64];
	unsigned destination, mask;

	if (sscanf(line, "%63s %8x %*8x %*x %*d %*d %*d %8x", name, &destination, &mask) != 3)
		return;
	net_begin(use, name, destination || mask ? "has an IPv4 address" : "has the default route");
}

/* The kernel adds link-local addresses (scope 20) by itself. */
static void use_inet6(struct use *use, char *line)
{
	char name[64];
	unsigned scope;

	if (sscanf(line, "%*s %*x %*x %2x %*x %63s", &scope, name) == 2 && scope != 0x20)
		net_begin(use, name, "has an IPv6 address");
}

/* Fields: destination, its length, source, its length, next hop, metric, two counts,
 * flags, name. */
static void use_route6(struct use *use, char *line)
{
	char destination[33], name[64];
	unsigned flags;

	if (sscanf(line, "%32s %*x %*s %*x %*s %*x %*x %*x %8x %63s", destination, &flags, name) !=
	    3)
		return;
	/* the kernel adds reject, link-local (fe80::/10) and multicast (ff00::/8) routes
	 * by itself */
	if (flags & 0x200 || !strcmp(name, "lo") || !strncmp(destination, "ff", 2) ||
	    !strncmp(destination, "fe8", 3))
		return;
	net_begin(use, name, "has an IPv6 route");
}

/* Finds the addresses of this network namespace that have no route in the main table. */
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

/* A NIC with a driver but without a name here may belong to another network namespace. */
static void warn_nameless(struct use *use)
{
	for (struct hgx_node *node = use->topo->all; node; node = node->all) {
		const char *driver = node->pci ? node->pci->driver : NULL;

		if (node->kind != HGX_NIC || !driver || has_os_device(node->pci) ||
		    !strcmp(driver, "vfio-pci") || !strcmp(driver, "pci-stub"))
			continue;
		finding_add(&use->topo->findings, &use->topo->arena, RULE_NIC_NAMELESS, HGX_WARNING,
			    node, "check whether a container or another network namespace uses it",
			    "%s is bound to the driver %s but has no network device here",
			    node->name, driver);
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

void use_nics(struct use *use)
{
	bool routes;
	int dir = root_dir(use->root, "sys/class/net");

	routes = use_each_line(use, "proc/1/net/route", use_route);
	routes |= use_each_line(use, "proc/net/route", use_route);
	use_each_line(use, "proc/1/net/if_inet6", use_inet6);
	use_each_line(use, "proc/net/if_inet6", use_inet6);
	use_each_line(use, "proc/1/net/ipv6_route", use_route6);
	use_each_line(use, "proc/net/ipv6_route", use_route6);
	use_addresses(use);
	root_list(use->root, "sys/class/net", use_master, use);
	if (dir < 0 || !routes)
		use_unknown(use, RULE_NIC_USE_UNKNOWN, HGX_NIC,
			    routes ? "sys/class/net" : "proc/net/route", "NICs");
	else
		warn_nameless(use);
	if (dir >= 0)
		close(dir);
}
