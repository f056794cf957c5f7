/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers tell the speed of a port only while it has a link; without one, InfiniBand ports have the
 * lowest rate there is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/limits.h"
#include "source/rate.h"

#define MBPS_PER_GBPS 1000

static bool read_port(const struct root *root, const char *name, const char *file, char *text,
		      size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "sys/class/infiniband/%.255s/ports/1/%s", name, file);
	return root_read(root, path, text, size) > 0;
}

/* "400 Gb/sec (4X NDR)", "2.5 Gb/sec (1X SDR)" */
static uint32_t infiniband_rate(const struct root *root, const char *name)
{
	char text[64], *end;
	unsigned long gbps;

	if (!read_port(root, name, "state", text, sizeof(text)) || !strstr(text, "ACTIVE") ||
	    !read_port(root, name, "rate", text, sizeof(text)))
		return 0;
	gbps = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || strncmp(end, " Gb/sec", 7) ||
	    gbps > MAX_NET_SPEED / MBPS_PER_GBPS)
		return 0;
	return (uint32_t)gbps * MBPS_PER_GBPS;
}

/* "400000"; "-1" without a link */
static uint32_t net_rate(const struct root *root, const char *name)
{
	char path[512], text[64], *end;
	unsigned long mbps;

	snprintf(path, sizeof(path), "sys/class/net/%.255s/speed", name);
	if (root_read(root, path, text, sizeof(text)) <= 0 || *text < '0' || *text > '9')
		return 0;
	mbps = strtoul(text, &end, 10);
	return *end || mbps > MAX_NET_SPEED ? 0 : (uint32_t)mbps;
}

uint32_t source_rate(const struct root *root, const char *type, const char *name)
{
	if (!strcmp(type, "infiniband"))
		return infiniband_rate(root, name);
	return strcmp(type, "net") ? 0 : net_rate(root, name);
}
