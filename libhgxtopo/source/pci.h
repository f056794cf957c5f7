/* PCI functions, from one pass over sysfs. */
#ifndef HGX_SOURCE_PCI_H
#define HGX_SOURCE_PCI_H

#include "model/topo.h"
#include "source/root.h"

int source_pci(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
