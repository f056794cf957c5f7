/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Writing an NCCL topology file. */
#ifndef HGX_EMIT_NCCL_H
#define HGX_EMIT_NCCL_H

#include "emit/nccl_tree.h"

/** hgx_emit_nccl() with a choice of devices. */
int nccl_write(const struct hgx_topo *topo, struct nccl_choice choice,
	       const struct hgx_nccl_options *options, char **out, struct hgx_error *err);

#endif
