/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The size of a huge page where none is named. */
#ifndef HGX_SOURCE_PAGES_H
#define HGX_SOURCE_PAGES_H

#include "model/topo.h"
#include "source/root.h"

/** Reads it from proc/meminfo. Without that file, it stays unknown. */
void source_pages(struct hgx_topo *topo, const struct root *root);

#endif
