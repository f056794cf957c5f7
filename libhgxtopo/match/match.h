/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Which device of a running guest is which device of the planned one.
 *
 * GPUs, NICs, NVMe drives and NVSwitches are matched by GUID, then by serial number, where both
 * sides know them and no other device has the same; then by model, if there is one of it only;
 * then by address; then by order. In a guest without the switches of the planned one neither
 * address nor order tells anything. */
#ifndef HGX_MATCH_MATCH_H
#define HGX_MATCH_MATCH_H

#include "model/topo.h"

/** How a pair was found. */
enum match_way { MATCH_NONE, MATCH_GUID, MATCH_SERIAL, MATCH_MODEL, MATCH_ADDRESS, MATCH_ORDER };

struct match_device {
	const struct hgx_node *node;
	const char *guid, *drive; /**< its numbers; NULL if unknown or shared with another device */
	struct match_device *other; /**< of the other side; NULL if there is none */
	enum match_way way;
};

struct match_side {
	struct match_device *devices; /**< by address */
	size_t count;
};

struct match {
	struct match_side seen, planned;
};

/** Matches the devices of two topologies, which are borrowed. Free it with match_free(), also
 *  after a failure. */
int match_make(struct match *match, const struct hgx_topo *seen, const struct hgx_topo *planned,
	       struct hgx_error *err);
void match_free(struct match *match);
/** Whether no GPU or NIC of the running guest is below a switch, as some are in the plan. */
bool match_is_flat(const struct match *match);
/** Whether two devices are of one kind and model (vendor and device id). */
bool match_alike(const struct hgx_node *a, const struct hgx_node *b);

#endif
