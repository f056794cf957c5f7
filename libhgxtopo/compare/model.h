/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The model of a machine: what hosts of one purchase have in common even if one of them is broken.
 * The names of devices depend on the pci.ids that are installed; their ids do not. */
#ifndef HGX_COMPARE_MODEL_H
#define HGX_COMPARE_MODEL_H

#include <stdbool.h>
#include "model/topo.h"

struct machine_model {
	bool guest;	       /**< what a guest sees; it is no host's norm, nor has it one of these */
	const char *processor; /**< "Intel(R) Xeon(R) Platinum 8480C" */
	const char *gpus; /**< ids of the models of its GPUs and accelerators, ascending, however
			       many it has: "10de:2330"; "" without any */
	const char *text; /**< all of it, for people */
};

/** The texts live in @arena, which remembers if there is no memory. */
struct machine_model machine_model_of(const struct hgx_topo *topo, struct arena *arena);

#endif
