/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices the host itself needs. */
#ifndef HGX_SOURCE_USE_H
#define HGX_SOURCE_USE_H

#include "model/topo.h"
#include "source/root.h"

/* Sets host_use. A drive of which it cannot be told whether the host uses it stays with the
 * host too: when something that would tell is there and cannot be read, or @blocks_known is
 * false (source_os()). What is not there at all, as in a captured root without proc/, keeps
 * nothing: the finding drive-use-unknown tells it. */
void source_use(struct hgx_topo *topo, const struct root *root, bool blocks_known);

#endif
