/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How fast the network port of a NIC is. */
#ifndef HGX_SOURCE_RATE_H
#define HGX_SOURCE_RATE_H

#include <stdint.h>
#include "source/root.h"

/** Mb/s of the port of a device of @type "net" or "infiniband"; 0: unknown, or it has no link. */
uint32_t source_rate(const struct root *root, const char *type, const char *name);

#endif
