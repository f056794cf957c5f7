#ifndef HGX_UTIL_OPTIONS_H
#define HGX_UTIL_OPTIONS_H

#include "hgxtopo.h"

int options_copy(void *own, const void *theirs, size_t first, struct hgx_error *err);

#endif
