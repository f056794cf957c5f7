/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Macros that every room needs. */
#ifndef HGX_UTIL_MACROS_H
#define HGX_UTIL_MACROS_H

/** The number of elements of an array (not of a pointer). */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/** Lets the compiler check the arguments of a function that takes a printf format: the format
 *  is parameter @f, its first argument parameter @a, both counted from 1. */
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

#endif
