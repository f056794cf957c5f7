/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCIe link speeds: per lane, in MT/s (PCI Express Base Specification 7.5.3.18, Supported
 * Link Speeds). */
#include <stdbool.h>
#include "util/link.h"
#include "util/macros.h"

static const uint32_t speeds[] = { 2500, 5000, 8000, 16000, 32000, 64000, 128000 };

bool link_speed_known(uint32_t speed)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i] == speed)
			return true;
	return false;
}

uint32_t link_speed_of_code(unsigned code)
{
	return code && code <= ARRAY_SIZE(speeds) ? speeds[code - 1] : 0;
}

struct hgx_link link_both(struct hgx_link a, struct hgx_link b)
{
	struct hgx_link link = a;

	if (b.speed && (!link.speed || b.speed < link.speed))
		link.speed = b.speed;
	if (b.width && (!link.width || b.width < link.width))
		link.width = b.width;
	return link;
}
