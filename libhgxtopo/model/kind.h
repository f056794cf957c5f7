/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Kinds of node (enum hgx_kind): one row each in a table. */
#ifndef HGX_MODEL_KIND_H
#define HGX_MODEL_KIND_H

#include <stdbool.h>
#include "hgxtopo.h"

struct kind {
	const char *name;  /**< in JSON and dumps: "root-port" */
	const char *label; /**< in sentences: "root port" */
	bool pci;	   /**< a PCI function */
	bool bridge;	   /**< may have PCI functions below it */
};

/** The row of a kind. */
const struct kind *kind_of(enum hgx_kind kind);
/** The kind of that name; -1 if there is none. */
int kind_by_name(const char *name);
/** Whether a node of one kind can be the child of a node of the other. */
bool kind_may_hang_on(enum hgx_kind child, enum hgx_kind parent);

#endif
