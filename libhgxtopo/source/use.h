/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Which devices the host itself uses. */
#ifndef HGX_SOURCE_USE_H
#define HGX_SOURCE_USE_H

#include "model/topo.h"
#include "source/root.h"

/** Sets host_use of the devices that the host uses. Drives also get it when their use is in
 *  doubt: a file that would show it exists but cannot be read, or @blocks_known (source_os()) is
 *  false. Files that do not exist, such as proc/ of a captured root, leave no doubt; the finding
 *  drive-use-unknown reports them. */
void source_use(struct hgx_topo *topo, const struct root *root, bool blocks_known);

#endif
