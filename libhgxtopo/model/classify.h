#ifndef HGX_MODEL_CLASSIFY_H
#define HGX_MODEL_CLASSIFY_H

#include "hgxtopo.h"

void kind_classify(struct hgx_topo *topo);

#endif
