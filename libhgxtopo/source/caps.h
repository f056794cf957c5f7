/* What configuration space tells of a function. The only room that includes pci/pci.h. */
#ifndef HGX_SOURCE_CAPS_H
#define HGX_SOURCE_CAPS_H

#include "model/topo.h"
#include "source/root.h"

bool caps_wanted(const struct hgx_pci *pci); /* source_caps() will read its capabilities */
void source_links(struct hgx_topo *topo, const struct root *root);
int source_caps(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
