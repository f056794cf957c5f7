#ifndef HGX_UTIL_BDF_H
#define HGX_UTIL_BDF_H

#include <stdbool.h>
#include "hgxtopo.h"

#define BDF_TEXT 24
struct bdf_text {
	char text[BDF_TEXT];
};
struct bdf_text bdf_text(struct hgx_bdf address);
bool bdf_read(const char *text, size_t length, struct hgx_bdf *out);
int bdf_compare(struct hgx_bdf a, struct hgx_bdf b);
bool bdf_same_card(struct hgx_bdf a, struct hgx_bdf b);

#endif
