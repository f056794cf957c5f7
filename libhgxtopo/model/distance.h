#ifndef HGX_MODEL_DISTANCE_H
#define HGX_MODEL_DISTANCE_H

#include <stdbool.h>
#include "hgxtopo.h"

const struct hgx_node *top_switch(const struct hgx_node *node);
bool shares_switch_with_gpu(const struct hgx_node *node);

#endif
