/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * NICs that the host uses: with an address or a route, or below a bridge or bond that has one. */
#ifndef HGX_SOURCE_USE_NET_H
#define HGX_SOURCE_USE_NET_H

#include "source/use_mark.h"

/** Marks them. */
void use_nics(struct use *use);

#endif
