/* NICs that manage the NVLinks of a board without NVSwitches on the PCI bus. */
#ifndef HGX_SOURCE_NVLINK_H
#define HGX_SOURCE_NVLINK_H

#include "model/topo.h"
#include "source/root.h"

void source_nvlink(struct hgx_topo *topo, const struct root *root);

#endif
