/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What parts of our JSON are read with. After the first wrong member every later one reads as
 * absent; reader.code says whether there was one. */
#ifndef HGX_SOURCE_JSON_LOAD_H
#define HGX_SOURCE_JSON_LOAD_H

#include <stdbool.h>
#include "util/macros.h"
#include "model/topo.h"
#include "format/json.h"

/** A topology that is being read. */
struct load {
	struct hgx_topo *topo;
	struct json_reader reader;
};

/** Names the node that errors from here on are about. */
void load_about(struct load *load, const char *format, ...) PRINTF(2, 3);
/** A text that is not empty, in the arena of the topology; NULL if it is absent or null. */
const char *load_string(struct load *load, const struct json *object, const char *key);
/** A number from 0 to @max; -1 if it is absent or null. */
int load_known(struct load *load, const struct json *object, const char *key, int64_t max);
/** Whether a text, the value of @key, is a PCI address as bdf_text() writes it. False: that is an
 *  error of the reader; *@out is not to be used. */
bool load_address(struct load *load, const char *key, const char *text, struct hgx_bdf *out);
/** A link of a speed that PCIe has; zero if it is absent or null. */
struct hgx_link load_link(struct load *load, const struct json *object, const char *key);
/** What a processor is, but for the number of its package. */
void load_processor(struct load *load, const struct json *object, struct hgx_processor *processor);
/** Calls @each for the elements of a list that must be there and has at most @most. With @objects,
 *  each has to be an object. */
void load_list(struct load *load, const struct json *top, const char *key, int most, bool objects,
	       void (*each)(struct load *load, const struct json *item));

#endif
