#ifndef HGX_UTIL_UTF8_H
#define HGX_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Of the character at @text, which has @left bytes; 0: it is none (RFC 3629). A text that ends
 * with a zero byte may be said to have any number. */
unsigned utf8_length(const char *text, size_t left);
bool text_is_clean(const char *text);
void text_clean(char *text); /* control characters and bytes that are no UTF-8 become '?' */

#endif
