/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * UTF-8 (RFC 3629) in texts from outside: what may appear in XML and on a terminal. */
#ifndef HGX_UTIL_UTF8_H
#define HGX_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/** The length of the character at @text, of which @left bytes are there; 0 if it is not one.
 *  For a terminated text @left may be any large number. */
unsigned utf8_length(const char *text, size_t left);
/** Whether the @left bytes at @text start a character of which more bytes are to come. */
bool utf8_is_cut(const char *text, size_t left);
/** Whether a text is valid UTF-8 without control characters, U+FFFE and U+FFFF. */
bool text_is_clean(const char *text);
/** Replaces each byte that text_is_clean() would refuse with '?', in place. */
void text_clean(char *text);
/** Whether these bytes are nothing but the white space of JSON and XML, or none at all. */
bool text_is_blank(const char *data, size_t length);

#endif
