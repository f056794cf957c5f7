/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How the devices of a running guest were matched, and where the guest differs from the plan. */
#ifndef HGX_MATCH_REPORT_H
#define HGX_MATCH_REPORT_H

#include "match/match.h"

/** Adds it to the findings of @topo, the topology to which the seen devices belong. */
void match_report(struct hgx_topo *topo, const struct match *match, const struct hgx_topo *planned);

#endif
