/* Installed versions of libvirt, QEMU and OVMF, without running anything. */
#ifndef HGX_SOURCE_SOFTWARE_H
#define HGX_SOURCE_SOFTWARE_H

#include "model/topo.h"
#include "source/root.h"

void source_software(struct hgx_topo *topo, const struct root *root);
bool version_is_clean(const char *text); /* such as "9.0.0" */

#endif
