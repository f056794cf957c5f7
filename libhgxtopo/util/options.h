/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * An options struct holds what a caller of the library asks for. It starts with its size, because
 * the caller may be built against another version of the library, whose struct is shorter or
 * longer. */
#ifndef HGX_UTIL_OPTIONS_H
#define HGX_UTIL_OPTIONS_H

#include "hgxtopo.h"

/** HGX_INVALID unless @words is one of enum hgx_words. */
int options_words(int words, struct hgx_error *err);
/** HGX_INVALID unless @reserved, a member for later versions, is 0. */
int options_reserved(int reserved, struct hgx_error *err);
/** Copies the members that both versions know from @theirs, which may be NULL, into @own. Both
 *  structs start with their size. HGX_INVALID: @theirs ends at offset @first or before, where the
 *  second member starts, or in the middle of a member, or what it has beyond our size is not
 *  zero. */
int options_copy(void *own, const void *theirs, size_t first, struct hgx_error *err);

#endif
