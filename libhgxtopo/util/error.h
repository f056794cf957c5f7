#ifndef HGX_UTIL_ERROR_H
#define HGX_UTIL_ERROR_H

#include "hgxtopo.h"
#include "util/macros.h"

int fail(struct hgx_error *err, enum hgx_code code, const char *format, ...) PRINTF(3, 4);
int fail_memory(struct hgx_error *err);

#endif
