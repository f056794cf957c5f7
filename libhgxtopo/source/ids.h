/* Numbers that belong to one device alone, as its driver tells them. */
#ifndef HGX_SOURCE_IDS_H
#define HGX_SOURCE_IDS_H

#include "model/topo.h"
#include "source/root.h"

int source_ids(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
