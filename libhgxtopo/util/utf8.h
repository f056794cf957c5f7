#ifndef HGX_UTIL_UTF8_H
#define HGX_UTIL_UTF8_H

#include <stdbool.h>

bool text_is_clean(const char *text);
void text_clean(char *text); /* control characters and bytes that are no UTF-8 become '?' */

#endif
