/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The part of our JSON that says where the devices of a guest are on its host. */
#ifndef HGX_SOURCE_JSON_ORIGIN_H
#define HGX_SOURCE_JSON_ORIGIN_H

#include "source/json_load.h"

/** Stores in the topology, which is complete, the origins of its devices, if there are any in the
 *  JSON. HGX_SYNTAX, HGX_BROKEN: not as json-format.md says; HGX_LIMIT: a list is too long;
 *  HGX_NO_MEMORY. */
int read_origins(struct load *load, const struct json *top);

#endif
