/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Kinds of node (enum hgx_kind): one row each in a table. */
#ifndef HGX_MODEL_KIND_H
#define HGX_MODEL_KIND_H

#include <stdbool.h>
#include "hgxtopo.h"

/** Whether the head of hgx_emit_tree() says how many there are. */
enum kind_count { COUNT_NEVER, COUNT_IF_ANY, COUNT_ALWAYS };

struct kind {
	const char *name;   /**< in JSON, dumps and aliases: "root-port" */
	const char *label;  /**< in sentences: "root port" */
	const char *plural; /**< "root ports" */
	bool pci;	    /**< a PCI function */
	bool bridge;	    /**< may have PCI functions below it */
	bool fabric;   /**< goes with all GPUs of the board: switches or manages their NVLinks */
	bool computes; /**< what a VM is made for: the option gpus chooses it, others go with it */
	bool matched;  /**< a running guest's are matched with those of its plan */
	enum kind_count counted; /**< in the head of hgx_emit_tree() */
	const char *column; /**< its columns in hgx_emit_matrix(): "GPU" for GPU0; NULL: none */
};

/** How many kinds there are. They are counted from 0 without a gap. */
unsigned kind_count(void);
/** The row of a kind. */
const struct kind *kind_of(enum hgx_kind kind);
/** Whether nodes of the kind are devices: PCI functions that are not bridges. */
bool kind_is_device(enum hgx_kind kind);
/** Whether nodes of the kind are GPUs or what is chosen like them. */
bool kind_computes(enum hgx_kind kind);
/** The kind of that name; -1 if there is none. */
int kind_by_name(const char *name);
/** Whether a node of one kind can be the child of a node of the other. */
bool kind_may_hang_on(enum hgx_kind child, enum hgx_kind parent);

#endif
