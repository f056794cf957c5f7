/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * A running guest that does not mirror the host: where its devices are in the planned guest. */
#ifndef HGX_MATCH_ORIGIN_H
#define HGX_MATCH_ORIGIN_H

#include "match/match.h"

/** Stores in @topo where its matched devices are by the planned guest, if its own tree shows
 *  something else. The seen devices of the match are nodes of @topo. HGX_REFUSED: a GPU or NIC
 *  could be one of several; HGX_NO_MEMORY. */
int match_origins(struct hgx_topo *topo, const struct match *match, const struct hgx_topo *planned,
		  struct hgx_error *err);

#endif
