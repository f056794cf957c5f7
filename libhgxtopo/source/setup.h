/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How a host is set up for VMs: the kernel's command line, KVM, and what is installed. */
#ifndef HGX_SOURCE_SETUP_H
#define HGX_SOURCE_SETUP_H

#include "model/topo.h"
#include "source/root.h"

/** Sets topo->setup. What cannot be read is unknown. Reads the versions, so source_software() comes
 *  before it. */
int source_setup(struct hgx_topo *topo, const struct root *root);

#endif
