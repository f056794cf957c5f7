/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * All that hgx_compare() compares as a number, whatever is numbered anew: hosts of one shape and
 * the same number do not differ. It takes drives of all models for alike; and what only one of two
 * hosts could read makes other numbers, though it is no difference. */
#ifndef HGX_COMPARE_SETTINGS_H
#define HGX_COMPARE_SETTINGS_H

#include <stdint.h>
#include "hgxtopo.h"

/** HGX_OK or HGX_NO_MEMORY. */
int settings_of(const struct hgx_topo *topo, uint64_t *out);

#endif
