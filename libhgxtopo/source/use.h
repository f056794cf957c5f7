/* Which devices the host itself needs. */
#ifndef HGX_SOURCE_USE_H
#define HGX_SOURCE_USE_H

#include "model/topo.h"
#include "source/root.h"

void source_use(struct hgx_topo *topo, const struct root *root);

#endif
