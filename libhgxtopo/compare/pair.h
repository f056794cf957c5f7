/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Which PCI function of one topology is which of another, for two looks at one host, or for two
 * hosts of one model.
 *
 * GUIDs and serial numbers decide where both topologies have them; then the place: device and
 * function numbers from the root bus down, which stay when the firmware numbers the buses anew;
 * then, within a model, the order; then the place again, for a device of another model. Virtual
 * functions take no part: how many there are is a setting of their physical function. */
#ifndef HGX_COMPARE_PAIR_H
#define HGX_COMPARE_PAIR_H

#include <stddef.h>
#include "hgxtopo.h"

/** The function that has no counterpart. */
#define PAIR_NONE SIZE_MAX

struct pair_side {
	const struct hgx_node **nodes; /**< by address */
	size_t *other; /**< index of the counterpart on the other side, or PAIR_NONE */
	size_t count;
};

struct pairs {
	struct pair_side a, b;
};

/** Pairs the functions of two topologies, which are borrowed. Free it with pairs_free(), also after
 *  a failure. HGX_OK or HGX_NO_MEMORY. */
int pairs_make(struct pairs *pairs, const struct hgx_topo *a, const struct hgx_topo *b);
void pairs_free(struct pairs *pairs);
/** The index of a function on its side; PAIR_NONE for any other node. */
size_t pair_index(const struct pair_side *side, const struct hgx_node *node);

#endif
