/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HGX_UTIL_OPTIONS_H
#define HGX_UTIL_OPTIONS_H

#include "hgxtopo.h"

/* The member `words`: HGX_INVALID if it is not one of enum hgx_words. */
int options_words(int words, struct hgx_error *err);
int options_copy(void *own, const void *theirs, size_t first, struct hgx_error *err);

#endif
