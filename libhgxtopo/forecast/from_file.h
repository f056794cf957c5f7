/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What an NCCL topology file tells. */
#ifndef HGX_FORECAST_FROM_FILE_H
#define HGX_FORECAST_FROM_FILE_H

#include "forecast/told.h"
#include "format/nccl_file.h"

/** Where a file is taken from. */
struct file_source {
	const struct nccl_document *file;
	bool exact; /**< the network plugin names a NIC by its own address, not by device 00 */
	const struct hgx_topo *topo; /**< the machine that the file was written for, which knows the
					  ports of NICs; NULL: unknown */
};

/** Fills @told, which starts zeroed. Its findings name what NCCL takes for something else.
 * HGX_BROKEN: NCCL crashes or gives up on the file. */
int told_from_file(struct telling *told, const struct file_source *source, struct hgx_error *err);
/** What a <pci> is to NCCL, or with @rccl to RCCL: enum told_kind; -1: nothing that paths go
 *  through. */
int told_kind_of(const struct nccl_element *element, bool rccl);
/** An attribute as a number; @absent if it is not there or empty. */
int told_number(const struct nccl_element *element, const char *key, int absent);

#endif
