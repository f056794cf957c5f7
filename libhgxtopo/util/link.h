#ifndef HGX_UTIL_LINK_H
#define HGX_UTIL_LINK_H

#include <stdbool.h>
#include "hgxtopo.h"

#define MAX_LANES 32
bool link_speed_known(uint32_t speed);
uint32_t link_speed_of_code(unsigned code);
struct hgx_link link_both(struct hgx_link a, struct hgx_link b);

#endif
