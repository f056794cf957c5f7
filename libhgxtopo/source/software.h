/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Installed versions of libvirt, QEMU and OVMF, from the files of the package manager and of the
 * programs. Nothing is run. */
#ifndef HGX_SOURCE_SOFTWARE_H
#define HGX_SOURCE_SOFTWARE_H

#include "model/topo.h"
#include "source/root.h"

/** Sets the versions of the topology; one that is not found stays NULL. */
void source_software(struct hgx_topo *topo, const struct root *root);
/** Whether a text is a version such as "9.0.0". */
bool version_is_clean(const char *text);

#endif
