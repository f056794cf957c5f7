/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The aliases that a plan writes: strictly those forms, but not those of spare ports. */
#ifndef HGX_DOMAIN_ALIAS_H
#define HGX_DOMAIN_ALIAS_H

#include <stdbool.h>
#include "hgxtopo.h"

bool alias_is_ours(const char *alias);
bool alias_is_spare(const char *alias, unsigned *number);
/* The kind of the device that the alias names; HGX_OTHER: it tells none. */
enum hgx_kind alias_kind(const char *alias);

#endif
