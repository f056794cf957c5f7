/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Writing an NCCL topology file. */
#ifndef HGX_EMIT_NCCL_H
#define HGX_EMIT_NCCL_H

#include "hgxtopo.h"

/** hgx_emit_nccl(), of a host also with only the devices that @guest has; NULL: all. */
int nccl_write(const struct hgx_topo *topo, const struct hgx_topo *guest,
	       const struct hgx_nccl_options *options, char **out, struct hgx_error *err);

#endif
