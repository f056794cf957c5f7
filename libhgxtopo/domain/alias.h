/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The aliases that a plan writes, by which an element of an earlier run is recognized. */
#ifndef HGX_DOMAIN_ALIAS_H
#define HGX_DOMAIN_ALIAS_H

#include <stdbool.h>
#include "hgxtopo.h"

/** Whether the alias has exactly a form that a plan writes. Spare ports do not count. */
bool alias_is_ours(const char *alias);
/** Whether the alias is that of a spare port, and its number. */
bool alias_is_spare(const char *alias, unsigned *number);
/** The kind of device that the alias names; HGX_OTHER if it names none. */
enum hgx_kind alias_kind(const char *alias);

#endif
