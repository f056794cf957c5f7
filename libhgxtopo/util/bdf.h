/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * PCI addresses: domain, bus, device and function, as lspci writes them ("0000:19:00.0"). */
#ifndef HGX_UTIL_BDF_H
#define HGX_UTIL_BDF_H

#include <stdbool.h>
#include "hgxtopo.h"

/** Bytes for an address as text, the domain with up to eight digits (Intel VMD). */
#define BDF_TEXT 24

/** A text by value, for use in an argument of printf(). */
struct bdf_text {
	char text[BDF_TEXT];
};

/** In full and in lower case: "0000:19:00.0". */
struct bdf_text bdf_text(struct hgx_bdf address);
/** Reads "0000:19:00.0" or "19:00.0", in either case. Nothing may follow within @length.
 *  False: not an address; *@out is untouched. */
bool bdf_read(const char *text, size_t length, struct hgx_bdf *out);
/** Below, equal to or above 0, as for qsort(): by domain, bus, device, function. */
int bdf_compare(struct hgx_bdf a, struct hgx_bdf b);
/** Whether two functions are of one device (same domain, bus and device number). */
bool bdf_same_card(struct hgx_bdf a, struct hgx_bdf b);

#endif
