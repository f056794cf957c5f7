/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The part of the JSON that says where the devices of a guest are on its host, and what other parts
 * are written with too. */
#ifndef HGX_EMIT_JSON_ORIGIN_H
#define HGX_EMIT_JSON_ORIGIN_H

#include <stdbool.h>
#include <stdio.h>
#include "format/json.h"
#include "model/origin.h"

/** Puts a link, or null if it is unknown. */
bool json_put_link(struct json *object, const char *key, struct hgx_link link);
/** Puts what a processor is, but for the number of its package. */
bool json_put_processor(struct json *object, const struct hgx_processor *processor);
/** Writes an element of a list on a line of its own, and frees it: a whole document would take
 *  megabytes. False: the value is NULL. */
bool json_write_element(FILE *stream, struct json *value, size_t index);
/** Writes the lists "origin_nodes", "origin_switches" and "origins". False: there is no memory. */
bool json_write_origins(FILE *stream, const struct origins *origins);

#endif
