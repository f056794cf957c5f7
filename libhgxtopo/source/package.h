/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Packages that sysfs does not number. */
#ifndef HGX_SOURCE_PACKAGE_H
#define HGX_SOURCE_PACKAGE_H

#include <stdbool.h>
#include "model/topo.h"

/** Gives the CPUs that have no package one for each NUMA node. Returns HGX_NO_MEMORY or HGX_OK. */
int source_packages(struct hgx_topo *topo);
/** Whether there is a package of that number. */
bool package_exists(const struct hgx_topo *topo, uint32_t id);
/** The family or model of a processor at the start of a text; -1 if it is not one. */
int processor_number(const char *text);

/** Whether a text can be the vendor of a processor: all that there are begin with letters. */
bool is_vendor(const char *text);

#endif
